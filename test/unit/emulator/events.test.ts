// Which events a push causes, what they contain, and which rules they need.
import { text } from "node:stream/consumers";
import { beforeAll, expect, test } from "vitest";
import type { StateInput } from "../../../emulator/index.ts";
import { formatUtc } from "../../../emulator/times.ts";
import { idempotencyKey, verifyCallback } from "../../../receiver/index.ts";
import { listen } from "../../loopback.ts";
import { admin, rule, running, template } from "./running.ts";
import { call } from "./signedClient.ts";

const domain = "push.example.com";
const stream = { domain, app: "live", stream: "s" };
const everyEvent = [1, 0, 100, 200, 315, 317, 321, 332, 341] as const;
const urlFields = [
  "StreamBeginNotifyUrl",
  "StreamEndNotifyUrl",
  "RecordNotifyUrl",
  "SnapshotNotifyUrl",
  "AudioAuditNotifyUrl",
  "PornCensorshipNotifyUrl",
  "PushExceptionNotifyUrl",
  "RecordStatusNotifyUrl",
  "RecordExceptionNotifyUrl",
] as const;

let url: string;
let bodies: { path: string; body: string }[] = [];

beforeAll(async () => {
  const receiver = await listen(async (request, response) => {
    bodies.push({ path: request.url ?? "", body: await text(request) });
    response.end();
  });
  url = receiver.url;
  return receiver.stop;
});

async function pushed(account: StateInput, events?: readonly (typeof everyEvent)[number][]) {
  const emulator = await running({ propagation: 0 });
  const urls = Object.fromEntries(urlFields.map((field) => [field, `${url}/${field}`]));
  emulator.setState({ templates: [{ ...template, ...urls, CallbackKey: "key1" }], rules: [rule], ...account });
  bodies = [];
  return emulator.push({ ...stream, ...(events && { events }) });
}

const recordRules = [{ DomainName: domain, TemplateId: 51 }];
const snapshotRules = [{ DomainName: domain, AppName: "live", TemplateId: 61 }];
const moderated = [{ TemplateId: 61, PornFlag: 1 }];
const unmoderated = [{ TemplateId: 61 }];

test("all nine event types are signed and sent to their own URL", async () => {
  const deliveries = await pushed({ recordRules, snapshotRules, snapshotTemplates: moderated }, everyEvent);
  expect(deliveries).toEqual(
    everyEvent.map((event, index) => ({
      event,
      url: `${url}/${urlFields[index]}`,
      due: expect.any(String),
      status: 200,
      delivery: index + 1,
    })),
  );
  expect(bodies.map(({ path }) => path.slice(1))).toEqual(urlFields);
  const verified = bodies.map(({ body }) => verifyCallback(body, "key1"));
  expect(verified).toMatchObject(everyEvent.map((event_type) => ({ ok: true, event: { event_type } })));
  const keys = verified.map((result) => (result.ok ? idempotencyKey(result.event) : ""));
  expect(new Set(keys).size).toBe(everyEvent.length);
  for (const { body } of bodies) expect(body).toContain('"s"');
});

const noRecordRule = [100, 332, 341] as const;
const noSnapshotRule = [200, 317] as const;

test.each<[string, StateInput, readonly (typeof everyEvent)[number][], RegExp]>([
  ["no record rule", { snapshotRules, snapshotTemplates: moderated }, noRecordRule, /no record rule/],
  [
    "a record rule of another app",
    { recordRules: [{ DomainName: domain, AppName: "vod", TemplateId: 51 }] },
    noRecordRule,
    /no record rule in effect for push\.example\.com\/live\/s/,
  ],
  [
    "a record rule of another stream",
    { recordRules: [{ DomainName: domain, AppName: "live", StreamName: "t", TemplateId: 51 }] },
    noRecordRule,
    /no record rule/,
  ],
  ["no snapshot rule", { recordRules, snapshotTemplates: moderated }, noSnapshotRule, /no snapshot rule/],
  ["a snapshot rule without its template", { snapshotRules }, noSnapshotRule, /snapshot template 61 does not exist/],
  ["moderation that is off", { snapshotRules, snapshotTemplates: unmoderated }, [317], /PornFlag is 0/],
  ["no rule", { rules: [] }, everyEvent, /no rule for push\.example\.com\/live/],
  ["no URL", { templates: [{ ...template, StreamBeginNotifyUrl: "" }] }, everyEvent, /has no \w+NotifyUrl/],
])("with %s, the events that need it are not sent, and the answer says why", async (_, account, events, reason) => {
  const deliveries = await pushed(account, events);
  expect(deliveries).toMatchObject(
    events.map((event) => ({ event, status: null, reason: expect.stringMatching(reason) })),
  );
  expect(bodies).toEqual([]);
});

test("without a list of events, a push sends a start and an end", async () => {
  expect(await pushed({ recordRules })).toMatchObject([{ event: 1 }, { event: 0 }]);
  const others = { rules: [{ ...rule, AppName: "vod" }] };
  const reason = "no rule for push.example.com/live; the domain has rules for vod";
  expect(await pushed(others)).toMatchObject([
    { event: 1, reason },
    { event: 0, reason },
  ]);
});

test("events can be listed over HTTP, and wrong lists are refused", async () => {
  const emulator = await running({ propagation: 0 });
  const post = async (events: unknown) => {
    const { status, body } = await admin(emulator, "POST", "push", { ...stream, events });
    return [status, JSON.stringify(body)];
  };
  expect(await post([100])).toEqual([200, expect.stringContaining("no rule for")]);
  for (const wrong of [[99], ["1"], 1, Array(101).fill(1)]) {
    expect(await post(wrong)).toEqual([400, expect.stringMatching(/events.*must be/)]);
  }
});

test("only the events 0, 1, 100 and 200 are recorded", async () => {
  const emulator = await running({ propagation: 0 });
  const urls = Object.fromEntries(urlFields.map((field) => [field, url]));
  emulator.setState({
    templates: [{ ...template, ...urls }],
    rules: [rule],
    recordRules,
    snapshotRules,
    snapshotTemplates: moderated,
  });
  await emulator.push({ ...stream, events: everyEvent });
  const at = (ms: number) => formatUtc(Date.now() + ms);
  const query = { StartTime: at(-60_000), EndTime: at(60_000), StreamName: "s", PageNum: 1, PageSize: 100 };
  const { response } = await call(emulator, "DescribeCallbackRecordsList", query);
  const list = response.DataInfoList as { EventType: number }[];
  expect(list.map(({ EventType }) => EventType)).toEqual([1, 0, 100, 200]);
});
