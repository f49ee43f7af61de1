import * as pulumi from "@pulumi/pulumi";
import { automaticName } from "./automaticName";

/** The automatic name of a template without `templateName`, generated in the program's process. */
export function autoName(resourceName: string, urn: string): string {
  return automaticName(resourceName, organization(), urn);
}

/** Mocks may not set an organization. */
function organization(): string {
  try {
    return pulumi.getOrganization();
  } catch {
    return "organization";
  }
}
