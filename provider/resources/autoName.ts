import * as pulumi from "@pulumi/pulumi";
import { automaticName } from "./automaticName";

/** The name that the program's process gives a template which the program doesn't name. */
export function autoName(resourceName: string, urn: string): string {
  return automaticName(resourceName, organization(), urn);
}

/** Missing under mocks that name none. */
function organization(): string {
  try {
    return pulumi.getOrganization();
  } catch {
    return "organization";
  }
}
