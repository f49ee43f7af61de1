// The code blocks of the documentation, so that tests can run what a reader copies.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

/** A code block of a page. */
export interface CodeBlock {
  page: string;
  line: number;
  language: string;
  text: string;
}

/** All blocks of a page, given its path from the root of the repository. */
export function codeBlocks(page: string): CodeBlock[] {
  const source = readFileSync(resolve(__dirname, "..", page), "utf8");
  return [...source.matchAll(/^( *)```(\w*)\n(.*?)^ *```$/gms)].map((match) => ({
    page,
    line: source.slice(0, match.index).split("\n").length + 1,
    language: match[2] ?? "",
    text: (match[3] ?? "").replace(new RegExp(`^${match[1] ?? ""}`, "gm"), ""),
  }));
}

/** The only block of a page with this text. */
export function codeBlock(page: string, text: string): string {
  const [found, ...others] = codeBlocks(page).filter((block) => block.text.includes(text));
  if (!found || others.length > 0) throw new Error(`${page} must have one block of code with ${text}`);
  return found.text;
}
