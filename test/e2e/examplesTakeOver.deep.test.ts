// Runs the commands in the README of the take-over example in order, on the account that it describes.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/index.ts";
import { run } from "../../tools/pulumi-cli/process.mts";
import { createStack, type Stack } from "./harness.ts";

let emulator: Emulator;
let stack: Stack;

beforeAll(async () => {
  emulator = await startEmulator();
  stack = await createStack({ example: "take-over", emulator, stackName: "dev" });
  emulator.setState(JSON.parse(read("account.json")));
});

afterAll(async () => {
  stack?.dispose();
  await emulator?.stop();
});

function read(file: string): string {
  return readFileSync(join(stack.project, file), "utf8");
}

test("the commands of the README import the account, without a write", async () => {
  const before = emulator.state();
  const blocks = [...read("README.md").matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text = ""]) => text);
  const commands = blocks.join("").trim().split("\n");
  expect(commands.shift()).toBe("pulumi stack init dev");
  expect(commands.length).toBeGreaterThan(4);
  for (const command of commands) {
    const { project: cwd, env } = stack;
    const { exitCode, output } = await run("sh", ["-c", command], { cwd, env, timeoutMs: 120_000 });
    expect(exitCode, `${command}\n${output}`).toBe(0);
    expect(output).not.toContain("Key1");
  }

  const written = emulator.requests().filter(({ action }) => /^(Create|Modify|Delete)/.test(action));
  expect(written).toEqual([]);
  expect(emulator.state()).toEqual(before);
  expect(read("lvbCallbacks.ts")).toContain('"live-events"');
  const resources = stack.resources("CallbackTemplate", "DomainTemplateBinding");
  expect([...resources.values()].map(({ id }) => id).sort()).toEqual([
    "1001",
    "1002",
    "push-asia.example.com/live",
    "push.example.com/lectures",
    "push.example.com/live",
  ]);
  for (const [file, text] of stack.stateFiles()) expect(text, file).not.toMatch(/(liveEvents|recordings)Key1/);
});
