// `probe` as a user runs it: its output, its files, and an unchanged account however it ends.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { type DialectName, dialects, type EmulatorState, startEmulator } from "../../emulator/index.ts";
import { deepTest } from "../depth.ts";
import { account, onStack, stack } from "./account.ts";
import { command, expectError, expectPlain, jsonOf, startCommand } from "./commandLine.ts";
import { until } from "./processes.ts";

interface Report {
  dialects: Record<string, { observed: unknown; default: unknown; why: string | null }>;
  differences: { action: string; field: string }[];
  left: unknown[];
}

const full = ["probe", "--yes", "--domain", "push.example.com", "--whole-domain"];
const set = { duplicateRule: "overwrite", inUse: "cascade", timeFormat: "iso", unsetField: "null" } as const;

let before: EmulatorState;

// The search for objects that no list shows yet lasts a third of it.
onStack(() => ({ env: { TENCENTCLOUD_LVB_REQUEST_TIMEOUT: "6" } }));

beforeEach(() => {
  account.emulator.clearFaults();
  account.emulator.clearRequests();
  account.emulator.configure({ latency: 0, throttle: null });
  account.emulator.setDialects({ ...defaults(), ...set });
  before = account.emulator.state();
});

const defaults = () => Object.fromEntries(Object.entries(dialects).map(([name, dialect]) => [name, dialect.default]));

const written = () => account.emulator.requests().filter(({ action }) => /^(Create|Modify|Delete)/.test(action));

test("its observations can be passed to an emulator, on the command line and in a test", async () => {
  account.emulator.setDialects({ readLag: 150 });
  const file = join(stack.project, "account.lvb.json");
  const report = await jsonOf<Report>(stack, [...full, "--out", file]);
  expect(Object.keys(report.dialects)).toEqual(Object.keys(dialects));
  for (const [name, value] of Object.entries(set)) {
    const { default: expected } = dialects[name as DialectName];
    expect(report.dialects[name]).toEqual({ observed: value, default: expected, why: null });
  }
  // test/unit measures it exactly, independent of the machine's load.
  expect(Number(report.dialects.readLag?.observed)).toBeGreaterThan(100);
  expect([report.differences, report.left]).toEqual([[], []]);
  expect(account.emulator.state()).toEqual(before);

  const text = readFileSync(file, "utf8");
  expect(text).not.toMatch(/emulator-id|emulator-key|100000000001|push\.example\.com/);
  const inTest = await startEmulator({ dialects: JSON.parse(text) });
  expect(inTest.dialects()).toMatchObject(set);
  await inTest.stop();

  let printed = "";
  const running = startCommand(stack, ["emulator", "--dialects", file, "--dialect", "inUse=InternalError.ConfInUsed"], {
    onOutput: (output) => {
      printed += output;
    },
  });
  await until("the emulator listens", () => printed.includes("Look inside"));
  const [url] = /http:\S+/.exec(printed) ?? [];
  const answer = await fetch(`${url}/_emulator/dialects`);
  expect(await answer.json()).toMatchObject({ ...set, inUse: "InternalError.ConfInUsed" });
  running.signal("SIGTERM");
  await running.result;
});

test("prints a table with the reasons for missing answers, and does nothing without a confirmation", async () => {
  expectError(await command(stack, ["probe"]), 2, /asks for confirmation, which needs a terminal/);
  expect(written()).toEqual([]);
  const result = await command(stack, ["probe", "--yes"]);
  expect(result.exitCode, result.output).toBe(0);
  expect(result.stdout).toMatch(/^unsetField +null +empty +differs$/m);
  expect(result.stdout).toMatch(
    /^inUse +- +FailedOperation.ConfInUsed +needs a rule on a push domain: pass --domain$/m,
  );
  expect(result.stderr).toMatch(/^On account 100000000001 .*, 8 of 14 experiments:\n.*named lvb-probe-[0-9a-f]{8}-/s);
  expectPlain(result);
  expect(account.emulator.state()).toEqual(before);
});

test("a throttled run with a wrong domain still observes templates, and leaves nothing", async () => {
  account.emulator.configure({ throttle: 20 });
  const report = await jsonOf<Report>(stack, ["probe", "--yes", "--domain", "play.example.com"]);
  expect(report.dialects.inUse).toMatchObject({
    observed: null,
    why: expect.stringMatching(/not an enabled push domain/),
  });
  expect(report.dialects.unsetField).toMatchObject({ observed: "null" });
  expect(account.emulator.state()).toEqual(before);
});

test("a suspended account gets a reason for each dialect, and no write", async () => {
  account.emulator.addFaults([{ action: "*", kind: "code", code: "ResourceNotFound.StopService", times: 1000 }]);
  const report = await jsonOf<Report>(stack, full, { exitCode: 1 });
  for (const { observed, why } of Object.values(report.dialects))
    expect([observed, why]).toEqual([null, expect.any(String)]);
  expect(report.dialects.inUse?.why).toMatch(/ResourceNotFound.StopService.*in arrears/);
  expect(written()).toEqual([]);
});

test("an observation without a dialect is reported, with exit code 4", async () => {
  account.emulator.addFaults([
    { action: "DescribeLiveCallbackRules", kind: "alter", field: "Region", value: "x", times: 99 },
  ]);
  const report = await jsonOf<Report>(stack, full, { exitCode: 4 });
  expect(report.differences).toMatchObject([
    { action: "DescribeLiveCallbackRules", field: "Region", account: "x", emulator: null },
  ]);
  const { stderr } = await command(stack, ["probe", "--yes", "--domain", "push.example.com"]);
  expect(stderr).toMatch(/^differs from the emulator in Region of DescribeLiveCallbackRules/m);
});

test.each(["CreateLiveCallbackTemplate", "CreateLiveCallbackRule", "DescribeLiveCallbackRules"])(
  "Ctrl-C in %s removes what was created",
  async (action) => {
    account.emulator.configure({ latency: 20 });
    const running = startCommand(stack, full);
    const made = () => written().length > 0 && account.emulator.requests().some((request) => request.action === action);
    await until("the call is made", made);
    running.signal("SIGINT");
    const { exitCode, stderr } = await running.result;
    expect(exitCode, stderr).toBe(130);
    expect(stderr).toMatch(/interrupted; all test objects are removed/);
    expect(account.emulator.state()).toEqual(before);
  },
);

deepTest("after a kill, --sweep shows and removes only what is left over", async () => {
  account.emulator.configure({ latency: 20 });
  const running = startCommand(stack, full);
  await until("a rule is made", () => account.emulator.state().rules.length > before.rules.length);
  // From here on, lists lag.
  account.emulator.setDialects({ readLag: 1000 });
  running.kill();
  await running.result;
  account.emulator.configure({ latency: 0 });
  expectError(await command(stack, ["probe", "--sweep"]), 2, /asks for confirmation, which needs a terminal/);
  const swept = await jsonOf<{ found: unknown[]; left: unknown[] }>(stack, ["probe", "--sweep", "--yes"]);
  expect(swept.found).toContainEqual(expect.objectContaining({ kind: "template" }));
  expect(swept.left).toEqual([]);
  expect(account.emulator.state()).toEqual(before);
  expect(await jsonOf(stack, ["probe", "--sweep"])).toEqual({ found: [], left: [] });
});
