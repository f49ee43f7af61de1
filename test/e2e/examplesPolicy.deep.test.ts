// The policy pack, run by the engine as an executable, since the language host that the tests can build runs no packs.
import { symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/index.ts";
import { createStack, type RunResult, type Stack } from "./harness.ts";

let emulator: Emulator;
let stack: Stack;

beforeAll(async () => {
  emulator = await startEmulator();
  stack = await createStack({ example: "policy", emulator });
  // The pack needs packages that a program doesn't have.
  symlinkSync(resolve(__dirname, "../../node_modules"), join(stack.project, "policy-pack/node_modules"), "junction");
});

afterAll(async () => {
  stack?.dispose();
  await emulator?.stop();
});

function preview(...flags: string[]): Promise<RunResult> {
  return stack.pulumi("preview", "--policy-pack", "policy-pack/run", ...flags);
}

/** The violated rule, and the field. */
function violations({ output }: RunResult): string[] {
  return [...output.matchAll(/(lvb-[\w-]+) +\(.*\n(?: .*\n)*? +(\w+(?:Url|Key|Name)) /g)].map(
    ([, policy, field]) => `${policy}: ${field}`,
  );
}

test("a violation is refused, without showing a value", async () => {
  await stack.setConfig("callbackUrl", "http://stranger.example.net/lvb?token=policyToken1");
  await stack.setConfig("app", "");
  const refused = await preview();
  expect(refused.exitCode, refused.output).toBe(1);
  expect(violations(refused).sort()).toEqual([
    "lvb-https-only: streamBeginNotifyUrl",
    "lvb-https-only: streamEndNotifyUrl",
    "lvb-key-required: callbackKey",
    "lvb-known-hosts: streamBeginNotifyUrl",
    "lvb-known-hosts: streamEndNotifyUrl",
    "lvb-one-app-each: appName",
  ]);
  expect(refused.output).not.toMatch(/stranger|policyToken1/);
});

test("a correct program passes, even with a custom list of hosts", async () => {
  await stack.setConfig("callbackUrl", "https://callbacks.example.com/lvb");
  await stack.setConfig("callbackKey", "policyKey1", "--secret");
  await stack.setConfig("app", "live");
  const passed = await preview();
  expect(passed.exitCode, passed.output).toBe(0);
  expect(passed.output).not.toContain("policyKey1");

  await stack.setConfig("callbackUrl", "https://archive.example.com/lvb");
  const { exitCode, output } = await preview("--policy-pack-config", "policy-pack/hosts.json");
  expect(exitCode, output).toBe(0);
  expect(emulator.requests()).toEqual([]);
});
