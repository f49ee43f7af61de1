import { createHash } from "node:crypto";

/** With the hash, 30 characters: what the console accepts as a template's name (EN/31074). */
const longestPart = 22;

/**
 * The name of a template that the program doesn't name: the same in each run, and another one for each resource of each
 * stack. So a run that was killed finds its own template again, and never that of another resource. `identity` is the URN
 * of the resource, with its organization before it where it is known: the engine doesn't tell plugins.
 */
export function automaticName(resourceName: string, ...identity: readonly string[]): string {
  const readable = Array.from(resourceName)
    .slice(0, longestPart)
    .join("")
    .replace(/[^\p{Script=Han}A-Za-z0-9_-]/gu, "-");
  const hash = createHash("sha256").update(JSON.stringify(identity)).digest("hex").slice(0, 7);
  return `${readable}-${hash}`;
}
