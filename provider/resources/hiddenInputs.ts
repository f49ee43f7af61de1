import type * as pulumi from "@pulumi/pulumi";
import type { ResourceName } from "../runtime";
import { typeToken } from "./handlersText";
import { urnOf } from "./urn";

/** Values that the handlers need and the host doesn't pass, added to the inputs. Empty for a lookup. */
export function hiddenInputs(resource: ResourceName, name: string, options: pulumi.CustomResourceOptions | undefined) {
  if (options?.id !== undefined) return {};
  return {
    __urn: urnOf(name, typeToken(resource), options?.parent),
    __import: options?.import,
    // The engine needs the changed properties for this option, and the host doesn't pass them.
    __replaceOnChanges: options?.replaceOnChanges?.length ? options.replaceOnChanges : undefined,
  };
}
