import * as pulumi from "@pulumi/pulumi";
import type { ResourceName } from "../runtime";
import { typeToken } from "./handlersText";

/** Whether a value is a resource of this type; `instanceof` would miss another copy of this package. */
export function isOfType(value: unknown, resource: ResourceName): boolean {
  if (!pulumi.CustomResource.isInstance(value)) return false;
  return "__pulumiType" in value && value.__pulumiType === typeToken(resource);
}
