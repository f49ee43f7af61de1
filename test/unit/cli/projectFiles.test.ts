// Projects as users write them, and as `import --out` writes them.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { newProject } from "../../../cli/importing/projectFiles.ts";
import { usesPlugin } from "../../../cli/stack/project.ts";

test.each<[string, boolean]>([
  ["runtime: nodejs\n", false],
  ["runtime: bun\n", false],
  ["runtime:\n  name: nodejs\n  options:\n    nodeargs: --trace-warnings\n", false],
  ["runtime: python\n", true],
  ['runtime: "yaml" # of Pulumi\nresources: {}\n', true],
  ["runtime:\r\n  name: python\r\n  options:\r\n    toolchain: uv\r\n", true],
  ["runtime:\n  options:\n    toolchain: uv\n\n  # The name last.\n  name: python\n", true],
  ["runtime: # see below\n  name: go\n", true],
  ["runtime: { name: python, options: { toolchain: uv } }\n", true],
])("a project with %j uses the plugin: %s", (runtime, plugin) => {
  const folder = mkdtempSync(join(tmpdir(), "lvb-runtime-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "Pulumi.yaml"), `name: live\r\n${runtime}description: name: x\n`);
  expect(usesPlugin(folder)).toBe(plugin);
});

test.each([
  ["live events", "live-events"],
  ["2026", "2026"],
  ["直播回调", "live-callbacks"],
  ["-直播-v1.", "v1"],
])("a new project in a folder %s has the name %s, as text", (folder, name) => {
  const { written } = newProject(join("/srv", folder), "");
  expect(written["Pulumi.yaml"]).toMatch(new RegExp(`^name: "${name}"$`, "m"));
});
