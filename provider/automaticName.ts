import { createHash } from "node:crypto";

/** With the hash, 30 characters: what the console accepts as a template's name (EN/31074). */
const longestPart = 22;

/**
 * The name of a template that the program doesn't name: the same in each run, and another one for each resource of each
 * stack. So a run that was killed finds its own template again, and never that of another resource.
 */
export function automaticName(resourceName: string, urn: string, organization: string): string {
  const readable = Array.from(resourceName)
    .slice(0, longestPart)
    .join("")
    .replace(/[^\p{Script=Han}A-Za-z0-9_-]/gu, "-");
  const identity = JSON.stringify([organization, urn]);
  const hash = createHash("sha256").update(identity).digest("hex").slice(0, 7);
  return `${readable}-${hash}`;
}
