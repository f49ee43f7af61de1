import type * as pulumi from "@pulumi/pulumi";
import type { ResourceName } from "../runtime";
import { typeToken } from "./handlersText";
import { urnOf } from "./urn";

/** What the handlers need and the host doesn't pass: it travels beside the inputs. Nothing for a resource that is only read. */
export function hiddenInputs(resource: ResourceName, name: string, options: pulumi.CustomResourceOptions | undefined) {
  if (options?.id !== undefined) return {};
  return {
    __urn: urnOf(name, typeToken(resource), options?.parent),
    __import: options?.import,
    // The engine compares changed properties with this option, and the host passes it none.
    __replaceOnChanges: options?.replaceOnChanges?.length ? options.replaceOnChanges : undefined,
  };
}
