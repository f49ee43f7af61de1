// The life of a stack on a real account, with the real engine. `npm run test:live` uses the credentials of the environment;
// without them, and in every other run, an emulator is the account. See docs/live-account.md.
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Lists, readLists, removeLeftovers } from "../../cli/probing/leftovers.ts";
import { type Emulator, startEmulator } from "../../emulator/index.ts";
import { createCall } from "../../provider/live/actions.ts";
import { openTransport } from "../../provider/live/gateway.ts";
import { realClock } from "../../provider/live/retry.ts";
import { nothingConfigured, readSettings } from "../../provider/live/settings.ts";
import type { Transport } from "../../provider/live/transport.ts";
import { createStack, type Stack } from "./harness.ts";
import { type Relay, startRelay } from "./liveRelay.ts";

const isReal = process.env.LVB_LIVE === "1" && Boolean(process.env.TENCENTCLOUD_SECRET_ID);
const domain = isReal ? process.env.LVB_LIVE_DOMAIN : "push.example.com";
const url = process.env.LVB_LIVE_URL ?? "https://example.com/lvb-live";
const mostCalls = Number(process.env.LVB_LIVE_CALLS ?? 300);
/** Also the prefix of objects that a killed run left. */
const allRuns = "lvb-live-";
const prefix = `${allRuns}${randomBytes(4).toString("hex")}`;
const patienceMs = 60_000;
const patience = { clock: realClock, leastMs: 0, mostMs: patienceMs };

type Fields = Record<string, string | string[]>;

/** Two values of each field. The international site doesn't have all of them. */
const values: Record<string, readonly [string | string[], string | string[]]> = {
  templateName: [`${prefix}-first`, `${prefix}-renamed`],
  description: ["first", "second"],
  ...Object.fromEntries(
    ["streamBegin", "streamEnd", "record", "snapshot", "pornCensorship", "pushException"].map((name) => [
      `${name}NotifyUrl`,
      [`${url}/1`, `${url}/2`],
    ]),
  ),
  callbackKey: ["liveTestKey1", "liveTestKey2"],
  ...(!process.env.TENCENTCLOUD_LVB_ENDPOINT?.includes(".intl.") && {
    recordStatusNotifyUrl: [`${url}/1`, `${url}/2`],
    audioAuditNotifyUrl: [`${url}/1`, `${url}/2`],
    recordExceptionNotifyUrl: [`${url}/1`, `${url}/2`],
    recordExceptionLevels: [["error"], ["warning", "info"]],
  }),
};
const version = (index: 0 | 1): Fields =>
  Object.fromEntries(Object.entries(values).map(([name, both]) => [name, both[index]]));
const least: Fields = { templateName: `${prefix}-renamed`, streamBeginNotifyUrl: url };

let emulator: Emulator | undefined;
let transport: Transport;
let relay: Relay;
let stack: Stack;
let before: Lists;

const call: ReturnType<typeof createCall> = (...args) => createCall(transport, 15_000)(...args);

beforeAll(async () => {
  emulator = isReal ? undefined : await startEmulator();
  const env: NodeJS.ProcessEnv = emulator
    ? {
        TENCENTCLOUD_LVB_ENDPOINT: emulator.url,
        TENCENTCLOUD_SECRET_ID: "emulator-id",
        TENCENTCLOUD_SECRET_KEY: "emulator-key",
      }
    : process.env;
  transport = openTransport(readSettings(nothingConfigured, env), nothingConfigured, env, console.warn);
  expect(await removeLeftovers(call, allRuns, patience)).toEqual([]);
  before = await readLists(call);
  relay = await startRelay({ transport, prefix, domain, mostCalls });
  stack = await createStack({ emulator: relay });
});

afterAll(async () => {
  stack?.dispose();
  await relay?.stop();
  const left = await removeLeftovers(call, prefix, { ...patience, leastMs: 2000 });
  await emulator?.stop();
  expect(left).toEqual([]);
});

function declare(main: Fields | undefined, boundTo?: "main" | "other", importOther?: string): void {
  const other = { templateName: `${prefix}-other`, streamBeginNotifyUrl: url };
  const binding = boundTo && domain && { domainName: domain, appName: `${prefix}-app` };
  stack.setProgram(`
    const lvb = require("pulumi-tencentcloud-lvb");
    const main = ${JSON.stringify(main)} && new lvb.CallbackTemplate("main", ${JSON.stringify(main)});
    const other = new lvb.CallbackTemplate("other", ${JSON.stringify(other)}, ${JSON.stringify({ import: importOther })});
    ${binding ? `new lvb.DomainTemplateBinding("binding", { ...${JSON.stringify(binding)}, templateId: ${boundTo}.templateId });` : ""}
  `);
}

/** This run's objects in the account, once reads show them: the readable fields of the main template, and the bound name. */
async function expectLive(main: Fields | undefined, boundTo?: string): Promise<void> {
  const { recordStatusNotifyUrl: _, recordExceptionLevels: levels, ...readable } = main ?? {};
  const live = async () => {
    const { templates, rules } = await readLists(call);
    const rule = rules.find(({ AppName }) => AppName === `${prefix}-app`);
    const found = templates.find(({ TemplateName }) => TemplateName === main?.templateName);
    const fields = Object.entries(found ?? {}).filter(
      ([name, value]) => name !== "TemplateId" && value && String(value),
    );
    return {
      main:
        found && Object.fromEntries(fields.map(([name, value]) => [name.replace(/^./, (c) => c.toLowerCase()), value])),
      boundTo: templates.find(({ TemplateId }) => rule && TemplateId === rule.TemplateId)?.TemplateName,
    };
  };
  // The API returns the level as one of two words.
  const withLevels = levels ? { ...readable, recordExceptionLevels: expect.any(Array) } : readable;
  const expected = { main: main && withLevels, boundTo: domain && boundTo };
  await expect.poll(live, { timeout: patienceMs, interval: 500 }).toEqual(expected);
}

test("up creates a template and binds it", async () => {
  declare(version(0), "main");
  await stack.up();
  await expectLive(version(0), `${prefix}-first`);
});

test("up edits each field", async () => {
  declare(version(1), "main");
  await stack.up();
  await expectLive(version(1), `${prefix}-renamed`);
  await stack.refresh("--expect-no-changes");
});

test("up clears every field that can be cleared", async () => {
  declare(least, "main");
  await stack.up();
  await expectLive(least, `${prefix}-renamed`);
});

test("up changes the template of the binding, although the reply is lost", async () => {
  declare(least, "other");
  relay.loseReplyOf("CreateLiveCallbackRule");
  await stack.up();
  await expectLive(least, `${prefix}-other`);
});

test("up changes the template back", async () => {
  declare(least, "main");
  await stack.up();
  await expectLive(least, `${prefix}-renamed`);
});

test("refresh shows someone's edit of the template, and up repairs it", async () => {
  const { id } = stack.resources("CallbackTemplate").get("main") ?? {};
  const edit = { TemplateId: Number(id), Description: "someone else", StreamBeginNotifyUrl: url };
  await call("ModifyLiveCallbackTemplate", edit, "always");
  await expectLive({ ...least, description: "someone else" }, `${prefix}-renamed`);
  expect((await stack.pulumi("refresh", "--preview-only", "--expect-no-changes")).exitCode).not.toBe(0);
  await stack.up("--refresh");
  await expectLive(least, `${prefix}-renamed`);
});

test("a forgotten template can be imported", async () => {
  const { urn = "", id } = stack.resources("CallbackTemplate").get("other") ?? {};
  await stack.succeed("state", "delete", urn, "--yes");
  declare(least, "main", id);
  const sent = relay.calls.length;
  await stack.up();
  expect(relay.calls.slice(sent).filter((action) => /^(Create|Modify|Delete)/.test(action))).toEqual([]);
  expect(stack.resources("CallbackTemplate").get("other")?.id).toBe(id);
  await expectLive(least, `${prefix}-renamed`);
});

test("destroy leaves the account as before", async () => {
  declare(least);
  await stack.up();
  await expectLive(least);
  await stack.destroy();
  await expect.poll(() => readLists(call), { timeout: patienceMs, interval: 500 }).toEqual(before);
});

test("no call concerned other objects, and the limit of calls was kept", () => {
  expect(relay.refused).toEqual([]);
  if (domain === undefined) console.log("test:live: no rule was made. Next: set LVB_LIVE_DOMAIN to a push domain");
  console.log(`test:live: ${relay.calls.length} calls ${isReal ? "to a real account" : "to the emulator"}`);
});

test("the relay blocks calls for other objects, and calls above the limit", async () => {
  const strict = await startRelay({ transport, prefix, domain, mostCalls: 1 });
  const ask = async (action: string, parameters: object) => {
    const request = { method: "POST", headers: { "x-tc-action": action }, body: JSON.stringify(parameters) };
    return (await fetch(strict.url, request)).text();
  };
  for (const [action, parameters] of [
    ["DeleteLiveCallbackTemplate", { TemplateId: 1 }],
    ["ModifyLiveCallbackTemplate", { TemplateId: 1, Description: "" }],
    ["DeleteLiveCallbackRule", { DomainName: domain, AppName: "live" }],
    ["CreateLiveCallbackRule", { DomainName: "other.example.com", AppName: prefix, TemplateId: 1 }],
    ["CreateLiveCallbackTemplate", { TemplateName: "other" }],
    ["AddLiveDomain", {}],
  ] as const) {
    expect(await ask(action, parameters)).toContain("kept back by the test");
  }
  expect(await ask("DescribeLiveCallbackRules", {})).toContain("Rules");
  expect(await ask("DescribeLiveCallbackRules", {})).toContain("more than 1 calls");
  await strict.stop();
});
