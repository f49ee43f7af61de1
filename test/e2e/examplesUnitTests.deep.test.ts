// `npm test` in the unit-tests example, with the packed package.
import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../../tools/pulumi-cli/process.mts";
import { createStack, type Stack } from "./harness.ts";

let stack: Stack;

beforeAll(async () => {
  stack = await createStack({ example: "unit-tests" });
  // The packages of a program, and a test runner.
  const nodeModules = stack.ownNodeModules();
  mkdirSync(join(nodeModules, ".bin"));
  for (const name of ["vitest", ".bin/vitest"]) {
    symlinkSync(resolve(__dirname, "../../node_modules", name), join(nodeModules, name));
  }
});

afterAll(() => stack?.dispose());

test("the tests with mocks and the tests with the emulator pass", async () => {
  const options = { cwd: stack.project, env: { ...stack.env, NO_COLOR: "1" }, timeoutMs: 120_000 };
  const { exitCode, output } = await run("npm", ["test"], options);
  expect(exitCode, output).toBe(0);
  expect(output).toMatch(/Tests +5 passed/);
  // No stack and no configuration is left in the project.
  expect(readdirSync(stack.project).filter((name) => /^Pulumi\..+\.yaml$/.test(name))).toEqual([]);
});
