import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(__dirname, "../../..");

function imports(pattern: string): string[] {
  const sources = globSync(pattern, { cwd: root }).map((file) => readFileSync(join(root, file), "utf8"));
  expect(sources).not.toEqual([]);
  return sources.flatMap((source) =>
    [...source.matchAll(/(?:from|import|require)\s*\(?\s*"([^"]+)"/g)].map(([, name]) => name ?? ""),
  );
}

test("the emulator knows nothing of the provider, and of the receiver the types and samples only", () => {
  const outside = imports("emulator/**/*.ts").filter(
    (name) => name.includes("../") && /provider|cli|receiver/.test(name),
  );
  expect(outside.sort()).toEqual(["../receiver", "../receiver/samples"]);
  expect(readFileSync(join(root, "emulator/events.ts"), "utf8")).toMatch(/import type \{[^}]*\} from "\.\.\/receiver"/);
});

test("the receiver needs nothing but node:crypto", () => {
  const outside = imports("receiver/**/*.ts").filter((name) => !name.startsWith("./"));
  expect(new Set(outside)).toEqual(new Set(["node:crypto"]));
});
