// `status` and `wait` read only the state: they need no credentials, no network and no API call.
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { deepTest } from "../depth.ts";
import { account, onStack, program, stack } from "./account.ts";
import { command, expectError, expectPlain, jsonOf, startCommand } from "./commandLine.ts";
import type { StateResource } from "./harness.ts";
import { until } from "./processes.ts";

interface Status {
  stack: string;
  state: string;
  effectiveAt: string | null;
  resources: {
    kind: string;
    name: string;
    id: string;
    object: string;
    changedAt: string | null;
    earliestEffectiveAt: string | null;
    effectiveAt: string | null;
    state: string;
    remainingSeconds: number;
  }[];
}

interface Wait {
  stack: string;
  effective: boolean;
  timedOut: boolean;
  effectiveAt: string | null;
  verified: boolean | null;
  changes: { id: string; what: string }[];
}

const declared = program(`
  const first = new lvb.CallbackTemplate("first", { templateName: "first", streamBeginNotifyUrl: url });
  const second = new lvb.CallbackTemplate("second", {
    templateName: "second", streamBeginNotifyUrl: url, description: process.env.DESCRIPTION, callbackKey: "KeyOfTheState1",
  });
  new lvb.DomainTemplateBinding("live", { domainName: "push.example.com", appName: "live", templateId: first.templateId });
  new lvb.DomainTemplateBinding("vod", { domainName: "push.example.com", appName: "vod", templateId: second.templateId });
`);

/** Without access to the API, and without the passphrase of the secrets. */
const offline = {
  TENCENTCLOUD_SECRET_ID: undefined,
  TENCENTCLOUD_SECRET_KEY: undefined,
  TENCENTCLOUD_LVB_ENDPOINT: "http://127.0.0.1:1",
  PULUMI_CONFIG_PASSPHRASE: undefined,
};

onStack(
  () => ({ program: declared }),
  () => stack.up(),
);

beforeEach(() => account.emulator.clearRequests());

describe("status", () => {
  test("shows each state, and an edit of a template counts for its bindings", async () => {
    await shift({ first: 700, live: 700, second: 10, vod: 700 });
    const status = await jsonOf<Status>(stack, ["status"], { env: offline });
    expect(status).toMatchObject({ stack: "test", state: "propagating" });
    expect(status.resources.map(({ kind, name, object, state }) => [kind, name, object, state])).toEqual([
      ["template", "first", "first", "effective"],
      ["template", "second", "second", "propagating"],
      ["binding", "live", "push.example.com/live", "effective"],
      ["binding", "vod", "push.example.com/vod", "propagating"],
    ]);
    const [first, second, , vod] = status.resources;
    expect(status.effectiveAt).toBe(second?.effectiveAt);
    expect(vod).toMatchObject({ changedAt: second?.changedAt, effectiveAt: second?.effectiveAt });
    expect(vod?.remainingSeconds).toBeGreaterThan(0);
    expect(first?.remainingSeconds).toBe(0);

    await shift({ first: 700, live: 400, second: 700, vod: 700 });
    expect(await jsonOf<Status>(stack, ["status"], { env: offline })).toMatchObject({ state: "settling" });
    await shift({ first: 700, live: 700, second: 700, vod: 700 });
    expect(await jsonOf<Status>(stack, ["status"], { env: offline })).toMatchObject({ state: "effective" });
    expect(account.emulator.requests()).toEqual([]);
  });

  test("prints a table without escape sequences", async () => {
    await shift({ first: 400, live: 700, second: 10, vod: 700 });
    for (const env of [offline, { ...offline, NO_COLOR: "1" }]) {
      const result = await command(stack, ["status"], { env });
      expect(result.exitCode, result.output).toBe(0);
      expectPlain(result);
      const [head, ...rows] = result.stdout.trimEnd().split("\n");
      expect(head).toMatch(/^ +NAME +OBJECT +CHANGED +EFFECTIVE +STATE$/);
      expect(rows).toEqual([
        expect.stringMatching(/^template +first +first .* settling \d+m \d\ds$/),
        expect.stringMatching(/^template +second +second .* propagating \d+m \d\ds$/),
        expect.stringMatching(/^binding +live +push\.example\.com\/live .* settling \d+m \d\ds$/),
        expect.stringMatching(/^binding +vod +push\.example\.com\/vod .* propagating \d+m \d\ds$/),
      ]);
      expect(result.stderr).toMatch(/^stack test is effective in \d+m \d\ds\n$/);
    }
    expect(account.emulator.requests()).toEqual([]);
  });

  test("shows an unknown change as effective", async () => {
    await shift({ first: undefined, live: 700, second: 700, vod: 700 });
    const { resources } = await jsonOf<Status>(stack, ["status"], { env: offline });
    expect(resources[0]).toMatchObject({ changedAt: null, effectiveAt: null, state: "effective", remainingSeconds: 0 });
    expect((await command(stack, ["status"], { env: offline })).stdout).toMatch(/^template +first +first +unknown/m);
  });

  test("says that a stack is empty", async () => {
    await stack.succeed("stack", "init", "empty", "--no-select");
    const status = { stack: "empty", state: "effective", effectiveAt: null, resources: [] };
    expect(await jsonOf<Status>(stack, ["status", "--stack", "empty"])).toEqual(status);
    const { exitCode, stdout, stderr } = await command(stack, ["status", "--stack", "empty"]);
    expect([exitCode, stdout, stderr]).toEqual([0, "", "stack empty has no callback templates or bindings\n"]);
  });
});

describe("the project and the stack", () => {
  test("are found with --cwd, from a subfolder, and through a link", async () => {
    const below = join(stack.project, "src/deep");
    mkdirSync(below, { recursive: true });
    const elsewhere = dirname(stack.project);
    for (const [args, cwd] of [
      [["--cwd", stack.project], elsewhere],
      [["--cwd", "project/src/deep"], elsewhere],
      [[], below],
    ] as const) {
      expect(await jsonOf<Status>(stack, ["status", ...args], { cwd })).toMatchObject({ stack: "test" });
    }
  });

  test("are those of --stack, PULUMI_STACK or the selection, in this order", async () => {
    for (const name of ["selected", "other"]) await stack.succeed("stack", "init", name, "--no-select");
    await stack.succeed("stack", "select", "selected");
    const pick = async (args: string[], env: Record<string, string>) =>
      (await jsonOf<Status>(stack, ["status", ...args], { env })).stack;
    expect(await pick([], {})).toBe("selected");
    expect(await pick([], { PULUMI_STACK: "other" })).toBe("other");
    expect(await pick(["--stack", "test"], { PULUMI_STACK: "other" })).toBe("test");
    await stack.succeed("stack", "select", "test");
    expectError(await command(stack, ["status", "--stack", "nobody"]), 1, /no stack named 'nobody' found/);
    expectError(await command(stack, ["wait", "--stack", "nobody"]), 1, /no stack named 'nobody' found/);
  });

  test("work in a copy without installed packages", async () => {
    const copy = mkdtempSync(join(dirname(stack.project), "copy-"));
    cpSync(stack.project, copy, { recursive: true, filter: (file) => !file.endsWith("node_modules") });
    expect(await jsonOf<Status>(stack, ["status", "--stack", "test"], { cwd: copy })).toMatchObject({ stack: "test" });
    rmSync(copy, { recursive: true });
  });
});

describe("wait", () => {
  test("ends with the window of a real change, and says so in one line", async () => {
    stack.env.TENCENTCLOUD_LVB_PROPAGATION_SECONDS = "10";
    stack.env.DESCRIPTION = "changed";
    await shift({ first: 700, live: 700, second: 700, vod: 700 });
    await stack.up();
    account.emulator.clearRequests();
    const status = await jsonOf<Status>(stack, ["status"], { env: offline });
    const result = await command(stack, ["wait"], { env: offline });
    const endedAt = Date.now();
    const effectiveAt = Date.parse(String(status.effectiveAt));
    expect(result.exitCode, result.output).toBe(0);
    expect(endedAt).toBeGreaterThanOrEqual(effectiveAt);
    expect(endedAt).toBeLessThan(effectiveAt + 3000);
    expect(result.stdout).toBe("");
    expect(result.stderr).toMatch(/^stack test: 2 of 2 changes under way, \d+s left\nstack test is effective\n$/);
    expectPlain(result);
    expect(account.emulator.requests()).toEqual([]);
  });

  test("ends at once if nothing is pending", async () => {
    await shift({ first: 700, live: 700, second: 700, vod: 700 });
    const { exitCode, output } = await command(stack, ["wait"], { env: offline });
    expect([exitCode, output]).toEqual([0, "stack test is effective\n"]);
    expect(account.emulator.requests()).toEqual([]);
  });

  deepTest("continues if another run changes something", async () => {
    await shift({ first: 592, live: 700, second: 700, vod: 700 });
    let said = "";
    const waiting = startCommand(stack, ["wait", "--json"], { env: offline, onOutput: (text) => (said += text) });
    await until("it waits", () => said.includes("under way"));
    await shift({ first: 588, live: 588, second: 700, vod: 700 });
    const { effectiveAt } = await jsonOf<Status>(stack, ["status"]);
    const { exitCode, stdout, output } = await waiting.result;
    const endedAt = Date.now();
    expect(exitCode, output).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ effective: true, timedOut: false, verified: null, effectiveAt });
    expect(endedAt).toBeGreaterThanOrEqual(Date.parse(String(effectiveAt)));
  });

  test("--timeout gives up with 3", async () => {
    await shift({ first: 0, live: 0, second: 0, vod: 0 });
    expectError(await command(stack, ["wait", "--timeout", "1s"], { env: offline }), 3, /timed out: stack test /);
    const wait = await jsonOf<Wait>(stack, ["wait", "--timeout", "0.1s", "--verify"], { env: offline, exitCode: 3 });
    expect(wait).toMatchObject({ effective: false, timedOut: true, verified: null, changes: [] });
    for (const time of ["soon", "1d", "-1"]) {
      expectError(await command(stack, ["wait", `--timeout=${time}`]), 2, /--timeout <TIME>.* is invalid/);
    }
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("%s ends it at once, with 130", async (signal) => {
    await shift({ first: 0, live: 0, second: 0, vod: 0 });
    let said = "";
    const waiting = startCommand(stack, ["wait"], { env: offline, onOutput: (text) => (said += text) });
    await until("it waits", () => said.includes("under way"));
    waiting.signal(signal);
    const { exitCode, output } = await waiting.result;
    expect([exitCode, output]).toEqual([130, expect.stringMatching(/^stack test: 4 of 4 .* left\n$/)]);
  });

  test("--verify compares with the account once, and exits with 4 if someone changed it", async () => {
    await shift({ first: 700, live: 700, second: 700, vod: 700 });
    const calls = await account.calls(async () => {
      const { exitCode, output } = await command(stack, ["wait", "--verify"]);
      expect([exitCode, output]).toEqual([0, "stack test is effective, and the account matches the stack\n"]);
    });
    expect(calls.sort()).toEqual(["DescribeLiveCallbackRules", "DescribeLiveCallbackTemplates", "GetCallerIdentity"]);

    const before = account.emulator.state();
    account.edit(({ templates, rules }) => {
      for (const template of templates) {
        if (template.TemplateName === "first") template.Description = "edited";
        if (template.TemplateName === "second") template.CallbackKey = "";
      }
      rules.splice(
        rules.findIndex(({ AppName }) => AppName === "vod"),
        1,
      );
    });
    const result = await command(stack, ["wait", "--verify"]);
    expectError(result, 4, /3 objects differ from stack test\. Next: /);
    expect(result.stderr).toMatch(/^changed in the meantime: first: description was edited$/m);
    expect(result.stderr).toMatch(/^changed in the meantime: second: callbackKey was edited$/m);
    expect(result.stderr).toMatch(/^changed in the meantime: push\.example\.com\/vod: the binding is gone$/m);
    const wait = await jsonOf<Wait>(stack, ["wait", "--verify"], { exitCode: 4 });
    expect(wait).toMatchObject({ effective: true, timedOut: false, verified: false });
    expect(wait.changes).toHaveLength(3);
    account.emulator.setState(before);
    expect(await jsonOf<Wait>(stack, ["wait", "--verify"])).toMatchObject({ verified: true, changes: [] });

    // The credentials of another account prove nothing.
    const state = stack.readState();
    for (const { outputs } of state.deployment.resources ?? [])
      if (outputs?.accountId) outputs.accountId = "100000000002";
    stack.writeState(state);
    const elsewhere = await command(stack, ["wait", "--verify"]);
    expectError(
      elsewhere,
      1,
      /resources of stack test are not in the account of these credentials.*Next: use credentials/,
    );
  });
});

/** Sets how many seconds ago each was changed, with a window of 600 s; undefined: unknown. */
async function shift(secondsAgo: Record<string, number | undefined>): Promise<void> {
  const state = stack.readState();
  for (const resource of state.deployment.resources ?? []) {
    const name = resource.urn.split("::").at(-1) ?? "";
    if (Object.hasOwn(secondsAgo, name)) setPropagation(resource, secondsAgo[name]);
  }
  stack.writeState(state);
}

function setPropagation(resource: StateResource, secondsAgo: number | undefined): void {
  if (secondsAgo === undefined) {
    delete resource.outputs?.propagation;
    return;
  }
  const changedAt = Date.now() - 1000 * secondsAgo;
  const [earliestEffectiveAt, effectiveAt] = [300_000, 600_000].map((ms) => new Date(changedAt + ms).toISOString());
  resource.outputs = {
    ...resource.outputs,
    propagation: { changedAt: new Date(changedAt).toISOString(), earliestEffectiveAt, effectiveAt },
  };
}
