// `npm test` in the unit-tests example, with the package as a user has it.
import { mkdirSync, readdirSync, symlinkSync, unlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { run } from "../../tools/pulumi-cli/process.mts";
import { createStack, type Stack } from "./harness.ts";

let stack: Stack;

beforeAll(async () => {
  stack = await createStack({ example: "unit-tests" });
  // The packages of a program, and a test runner beside them.
  const nodeModules = join(stack.project, "node_modules");
  unlinkSync(nodeModules);
  mkdirSync(join(nodeModules, ".bin"), { recursive: true });
  const link = (folder: string, name: string) => symlinkSync(join(folder, name), join(nodeModules, name));
  const { nodeModules: installed } = inject("e2e");
  for (const name of readdirSync(installed).filter((entry) => !entry.startsWith("."))) link(installed, name);
  for (const name of ["vitest", ".bin/vitest"]) link(resolve(__dirname, "../../node_modules"), name);
});

afterAll(() => stack?.dispose());

test("mocks and emulator", async () => {
  const options = { cwd: stack.project, env: { ...stack.env, NO_COLOR: "1" }, timeoutMs: 120_000 };
  const { exitCode, output } = await run("npm", ["test"], options);
  expect(exitCode, output).toBe(0);
  expect(output).toMatch(/Tests +4 passed/);
  // Neither a stack nor its configuration is left in the project.
  expect(readdirSync(stack.project).filter((name) => /^Pulumi\..+\.yaml$/.test(name))).toEqual([]);
});
