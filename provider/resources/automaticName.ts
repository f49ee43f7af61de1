import { createHash } from "node:crypto";

/** With the hash, 30 characters: the console's limit for a template's name (EN/31074). */
const longestPart = 22;

/**
 * The automatic name of a template. It is the same in each run and different for each resource of each stack, so after an
 * interrupted run the next one finds its own template and never that of another resource. `identity` is the resource's
 * URN, after the organization if it is known: the engine doesn't pass it to plugins.
 */
export function automaticName(resourceName: string, ...identity: readonly string[]): string {
  const readable = Array.from(resourceName)
    .slice(0, longestPart)
    .join("")
    .replace(/[^\p{Script=Han}A-Za-z0-9_-]/gu, "-");
  const hash = createHash("sha256").update(JSON.stringify(identity)).digest("hex").slice(0, 7);
  return `${readable}-${hash}`;
}
