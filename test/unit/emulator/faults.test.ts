import { expect, test } from "vitest";
import type { Fault } from "../../../emulator/index.ts";
import { admin, running, template } from "./running.ts";
import { call, send } from "./signedClient.ts";

const create = "CreateLiveCallbackTemplate";
const parameters = { TemplateName: "one", RecordNotifyUrl: "https://example.com", CallbackKey: "secret" };

/** What a client sees: a status and text, or a broken connection. */
async function outcome(emulator: { port: number }): Promise<{ status: number; text: string } | "broken"> {
  const answer = await send(emulator, create, parameters).catch(() => undefined);
  const text = await answer?.text().catch(() => undefined);
  return answer === undefined || text === undefined ? "broken" : { status: answer.status, text };
}

const cases: { fault: Fault; seen: unknown; committed: boolean; code?: string }[] = [
  {
    fault: { action: create, kind: "code", code: "InternalError.DBError" },
    seen: { status: 200, text: expect.stringContaining('"Code":"InternalError.DBError"') },
    committed: false,
    code: "InternalError.DBError",
  },
  { fault: { action: create, kind: "refuse" }, seen: "broken", committed: false },
  { fault: { action: create, kind: "resetBefore" }, seen: "broken", committed: false },
  { fault: { action: create, kind: "resetAfterCommit" }, seen: "broken", committed: true },
  { fault: { action: create, kind: "truncate" }, seen: "broken", committed: true },
  { fault: { action: create, kind: "http5xx" }, seen: { status: 503, text: expect.any(String) }, committed: false },
  {
    fault: { action: "*", kind: "http5xx", code: 502 },
    seen: { status: 502, text: expect.any(String) },
    committed: false,
  },
  {
    fault: { action: create, kind: "html" },
    seen: { status: 200, text: expect.stringContaining("<html>") },
    committed: false,
  },
  { fault: { action: create, kind: "empty" }, seen: { status: 200, text: "" }, committed: false },
];

test.each(cases)(
  "the fault $fault.kind meets one call",
  async ({ fault, seen, committed, code = `fault:${fault.kind}` }) => {
    const emulator = await running();
    emulator.addFaults([fault]);
    expect(await outcome(emulator)).toEqual(seen);
    expect(emulator.state().templates).toHaveLength(committed ? 1 : 0);
    const masked = { ...parameters, CallbackKey: "***" };
    expect(emulator.requests()).toEqual([{ time: expect.any(String), action: create, parameters: masked, code }]);
    expect(await call(emulator, create, parameters)).toMatchObject({ code: null });
  },
);

test.each([
  ["hang", false],
  ["hangAfterCommit", true],
] as const)("the fault %s lasts until the faults are cleared", async (kind, committed) => {
  const emulator = await running();
  emulator.addFaults([{ action: create, kind }]);
  const waiting = outcome(emulator);
  await expect.poll(() => emulator.requests()).toHaveLength(1);
  expect(emulator.requests()).toMatchObject([{ code: `fault:${kind}` }]);
  expect(emulator.state().templates).toHaveLength(committed ? 1 : 0);
  emulator.clearFaults();
  expect(await waiting).toBe("broken");
});

test("stop() doesn't wait for a call that hangs", async () => {
  const emulator = await running();
  emulator.addFaults([{ action: create, kind: "hang" }]);
  const waiting = outcome(emulator);
  await expect.poll(() => emulator.requests()).toHaveLength(1);
  await emulator.stop();
  expect(await waiting).toBe("broken");
});

test("the fault redirect answers with the given location", async () => {
  const emulator = await running();
  emulator.addFaults([{ action: create, kind: "redirect", location: "http://127.0.0.2/elsewhere" }]);
  const answer = await send(emulator, create, parameters);
  expect([answer.status, answer.headers.get("location")]).toEqual([307, "http://127.0.0.2/elsewhere"]);
});

test("faults meet the calls of their action in order", async () => {
  const emulator = await running();
  emulator.addFaults([
    { action: create, kind: "code", code: "First", times: 2 },
    { action: "DescribeLiveCallbackRules", kind: "code", code: "Other" },
    { action: "*", kind: "code", code: "Last" },
  ]);
  const codes = [];
  for (const action of [create, create, create, create, "DescribeLiveCallbackRules", "DescribeLiveCallbackRules"]) {
    codes.push((await call(emulator, action, action === create ? parameters : {})).code);
  }
  expect(codes).toEqual(["First", "First", "Last", null, "Other", null]);
});

test("faults can be added and cleared over HTTP, and wrong ones are refused", async () => {
  const emulator = await running();
  const post = (body: unknown) => admin(emulator, "POST", "faults", body);
  expect(await post([{ action: create, kind: "code", code: "X", times: 3 }])).toMatchObject({ status: 200 });
  expect(await call(emulator, create, parameters)).toMatchObject({ code: "X" });
  await admin(emulator, "DELETE", "faults");
  expect(await call(emulator, create, parameters)).toMatchObject({ code: null });
  expect(await post([{ action: create, kind: "nothing" }])).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining("0.kind") },
  });
  expect(await post([{ action: create, kind: "code" }])).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining("0.code") },
  });
  expect(await post([{ action: create, kind: "hang", times: 0 }])).toMatchObject({ status: 400 });
  expect(await post([{ action: create, kind: "http5xx", code: 404 }])).toMatchObject({ status: 400 });
  expect(await post({ action: create, kind: "hang" })).toMatchObject({ status: 400 });
});

test("calls above the rate are refused until the second has passed", async () => {
  let now = Date.now();
  const emulator = await running({ throttle: 2, clock: () => now });
  const list = async () => (await call(emulator, "DescribeLiveCallbackRules")).code;
  expect([await list(), await list(), await list()]).toEqual([null, null, "RequestLimitExceeded"]);
  now += 500;
  expect([await list(), await list()]).toEqual([null, "RequestLimitExceeded"]);
  emulator.configure({ throttle: null });
  expect(await list()).toBe(null);
});

test("a call executes after the latency, even if its client gives up", async () => {
  const emulator = await running({ latency: 150 });
  emulator.setState({ templates: [template] });
  const gone = call(emulator, "DeleteLiveCallbackTemplate", { TemplateId: 7 });
  const start = performance.now();
  await send(emulator, create, parameters, { signal: AbortSignal.timeout(50) }).catch(() => undefined);
  await gone;
  expect(performance.now() - start).toBeGreaterThan(100);
  // The client of this call gave up.
  await expect.poll(() => emulator.state().templates).toMatchObject([{ TemplateName: "one" }]);
});
