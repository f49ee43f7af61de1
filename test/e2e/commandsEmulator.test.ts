// The output of `emulator` is all that a program needs: a shell runs its lines unchanged.
import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, expect, test } from "vitest";
import { program } from "./account.ts";
import { jsonOf, startCommand } from "./commandLine.ts";
import { createStack, type RunningProcess, type Stack } from "./harness.ts";
import { until } from "./processes.ts";

const declared = program(`
  const template = new lvb.CallbackTemplate("events", { streamBeginNotifyUrl: url });
  new lvb.DomainTemplateBinding("live", { domainName: "push.example.com", appName: "live", templateId: template.templateId });
`);

let stack: Stack;
let emulator: RunningProcess | undefined;

beforeEach(async () => {
  stack = await createStack({ program: declared });
});

afterEach(async () => {
  emulator?.signal("SIGTERM");
  await emulator?.result;
  stack.dispose();
});

/** Starts it, and sets in the stack's environment what the `export` lines set in a shell. */
async function followInstructions(...options: string[]): Promise<void> {
  let printed = "";
  emulator = startCommand(stack, ["emulator", ...options], {
    onOutput: (text) => {
      printed += text;
    },
  });
  await until("the emulator has said how to use it", () => printed.includes("Look inside"));
  const lines = printed.split("\n").filter((line) => line.trimStart().startsWith("export "));
  const script = [...lines, 'exec "$0" -p "JSON.stringify(process.env)"'].join("\n");
  const shown = execFileSync("sh", ["-c", script, process.execPath], { env: {}, encoding: "utf8" });
  const variables: Record<string, string> = JSON.parse(shown);
  for (const [name, value] of Object.entries(variables)) {
    if (name.startsWith("TENCENTCLOUD_")) stack.env[name] = value;
  }
}

test.each([
  [["--propagation", "40", "--account-id", "100000000009", "--secret-id", "it's me"], 40],
  [["--latency", "10"], 600],
])("with emulator %j, `status` shows its window of %d s", async (options, seconds) => {
  await followInstructions(...options);
  await stack.up();
  const status = await jsonOf<{ resources: { changedAt: string; effectiveAt: string }[] }>(stack, ["status"]);
  expect(status.resources).toHaveLength(2);
  for (const { changedAt, effectiveAt } of status.resources) {
    expect(Date.parse(effectiveAt) - Date.parse(changedAt)).toBe(seconds * 1000);
  }
  const settings = await fetch(`${stack.env.TENCENTCLOUD_LVB_ENDPOINT}/_emulator/settings`);
  expect(await settings.json()).toMatchObject({ propagation: seconds });
});
