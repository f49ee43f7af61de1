import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";

/** With the hash, 30 characters: what the console accepts as a template's name (EN/31074). */
const longestPart = 22;

/**
 * The name of a template for which the program gives none: the same in each run of this stack and no other's, so that
 * a run that was killed finds its own template again.
 */
export function autoName(resourceName: string): string {
  const readable = Array.from(resourceName)
    .slice(0, longestPart)
    .join("")
    .replace(/[^\p{Script=Han}A-Za-z0-9_-]/gu, "-");
  const identity = [organization(), pulumi.getProject(), pulumi.getStack(), resourceName];
  const hash = createHash("sha256").update(JSON.stringify(identity)).digest("hex").slice(0, 7);
  return `${readable}-${hash}`;
}

/** Missing under mocks that name none. */
function organization(): string {
  try {
    return pulumi.getOrganization();
  } catch {
    return "organization";
  }
}
