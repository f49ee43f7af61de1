import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { formatUtc } from "../../../emulator/times.ts";
import type { CallbackEvent } from "../../../receiver/index.ts";
import { verifyCallback } from "../../../receiver/index.ts";
import { serve } from "../provider/live/servers.ts";
import { admin, rule, running, stoppedClock, template } from "./running.ts";
import { call } from "./signedClient.ts";

const stream = { domain: "push.example.com", app: "live", stream: "s" };

/** A receiver that keeps its events. Its first answers have these statuses, all others 200. */
async function receiver(...statuses: number[]) {
  const events: { path: string | undefined; event: CallbackEvent; body: string }[] = [];
  const { url } = await serve(async (request, response) => {
    const body = await text(request);
    events.push({ path: request.url, event: JSON.parse(body), body });
    response.writeHead(statuses.shift() ?? 200).end('{"code":0}');
  });
  return { url, events, paths: () => events.map(({ path }) => path) };
}

function both(url: string) {
  return { ...template, StreamBeginNotifyUrl: `${url}/begin`, StreamEndNotifyUrl: `${url}/end`, CallbackKey: "key1" };
}

test("a new rule delivers only after the window", async () => {
  const clock = stoppedClock(Date.now());
  const emulator = await running({ clock: clock.read, propagation: 600 });
  const { url, events } = await receiver();
  const { TemplateId: _, ...fields } = both(url);
  const { response } = await call(emulator, "CreateLiveCallbackTemplate", fields);
  await call(emulator, "CreateLiveCallbackRule", { ...rule, TemplateId: response.TemplateId });
  clock.advance(599);
  const early = { status: null, reason: "the rule for push.example.com/live is not in effect yet" };
  expect(await emulator.push(stream)).toMatchObject([
    { event: 1, ...early },
    { event: 0, ...early },
  ]);
  expect(events).toEqual([]);
  clock.advance(1);
  const due = new Date(clock.read()).toISOString();
  expect(await emulator.push(stream)).toEqual([
    { event: 1, url: `${url}/begin`, due, status: 200, delivery: 1 },
    { event: 0, url: `${url}/end`, due, status: 200, delivery: 2 },
  ]);
  expect(events.map(({ event }) => event)).toMatchObject([
    {
      event_type: 1,
      app: "push.example.com",
      appname: "live",
      stream_id: "s",
      t: Math.floor(clock.read() / 1000) + 600,
    },
    { event_type: 0, push_duration: expect.any(String) },
  ]);
  for (const { body } of events) {
    expect(verifyCallback(body, ["other", "key1"], { now: clock.read() })).toMatchObject({ ok: true, keyIndex: 1 });
  }
});

test("an edit, a change of template and a removal take effect after the window", async () => {
  const clock = stoppedClock();
  const emulator = await running({ clock: clock.read, propagation: 10 });
  const { url, paths } = await receiver();
  const old = { ...template, StreamBeginNotifyUrl: `${url}/old` };
  emulator.setState({
    templates: [old, { ...old, TemplateId: 8, StreamBeginNotifyUrl: `${url}/eight` }],
    rules: [rule],
  });
  clock.advance(10);
  const steps: [string, () => void][] = [
    [
      "/new",
      () =>
        emulator.setState({
          ...emulator.state(),
          templates: emulator
            .state()
            .templates.map((one) => (one.TemplateId === 7 ? { ...one, StreamBeginNotifyUrl: `${url}/new` } : one)),
        }),
    ],
    ["/eight", () => emulator.setState({ ...emulator.state(), rules: [{ ...rule, TemplateId: 8 }] })],
  ];
  let before = "/old";
  for (const [after, change] of steps) {
    change();
    clock.advance(9.999);
    await emulator.push(stream);
    clock.advance(0.001);
    await emulator.push(stream);
    expect(paths().slice(-2)).toEqual([before, after]);
    before = after;
  }
  emulator.setState({});
  clock.advance(9);
  const noEnd = { event: 0, status: null, reason: "template 8 in effect has no StreamEndNotifyUrl" };
  expect(await emulator.push(stream)).toMatchObject([{ event: 1, status: 200 }, noEnd]);
  clock.advance(1);
  const gone = { status: null, reason: "no rule for push.example.com/live" };
  expect(await emulator.push(stream)).toMatchObject([gone, gone]);
});

test("with a window of 0, every change is in effect at once", async () => {
  const emulator = await running({ propagation: 0 });
  const { url } = await receiver();
  emulator.setState({ templates: [both(url)], rules: [rule] });
  expect(await emulator.push(stream)).toMatchObject([{ status: 200 }, { status: 200 }]);
});

test("the rule of an app comes before the rule of the whole domain", async () => {
  const emulator = await running({ propagation: 0 });
  const { url, paths } = await receiver();
  const domainWide = { ...template, TemplateId: 8, StreamBeginNotifyUrl: `${url}/domain` };
  emulator.setState({
    templates: [{ ...template, StreamBeginNotifyUrl: `${url}/app` }, domainWide],
    rules: [{ ...rule, AppName: "", TemplateId: 8 }, rule],
  });
  await emulator.push(stream);
  await emulator.push({ ...stream, app: "other" });
  expect(paths()).toEqual(["/app", "/domain"]);
});

test("events of a template without a key are unsigned", async () => {
  const emulator = await running({ propagation: 0 });
  const { url, events } = await receiver();
  emulator.setState({ templates: [{ ...both(url), CallbackKey: "" }], rules: [rule] });
  await emulator.push(stream);
  expect(events[0]?.event).not.toHaveProperty("sign");
  expect(events[0]?.event).not.toHaveProperty("t");
});

test("a failed delivery is retried, and every attempt is recorded", async () => {
  const emulator = await running({ propagation: 0, retrySeconds: 0.01 });
  const { url, events } = await receiver(500, 302);
  emulator.setState({ templates: [{ ...template, StreamBeginNotifyUrl: url }], rules: [rule] });
  expect(await emulator.push(stream)).toMatchObject([
    { event: 1, status: 500 },
    { event: 0, status: null },
  ]);
  await expect.poll(() => events).toHaveLength(3);
  expect(new Set(events.map(({ body }) => body)).size).toBe(1);

  const now = Date.now();
  const query = {
    StartTime: formatUtc(now - 60_000),
    EndTime: formatUtc(now + 60_000),
    StreamName: "s",
    PageNum: 1,
    PageSize: 2,
  };
  const records = async (more: Record<string, unknown> = {}) =>
    (await call(emulator, "DescribeCallbackRecordsList", { ...query, ...more })).response;
  await expect.poll(async () => (await records()).TotalNum).toBe(3);
  expect(await records()).toMatchObject({
    DataInfoList: [
      {
        EventType: 1,
        ResultCode: 500,
        StreamId: "s",
        Response: "status+code%3A500%2C+content%3D%7B%22code%22%3A0%7D",
        EventTime: expect.stringMatching(/Z$/),
      },
      { ResultCode: 302 },
    ],
    PageNum: 1,
    PageSize: 2,
    TotalPage: 2,
  });
  expect(await records({ ResultCode: 0 })).toMatchObject({ TotalNum: 1 });
  expect(await records({ ResultCode: 1 })).toMatchObject({ TotalNum: 2 });
  expect(await records({ EventType: 0 })).toMatchObject({ TotalNum: 0 });
  expect(await records({ StreamName: "other" })).toMatchObject({ TotalNum: 0 });
  const beijing = new Date(now + 8 * 3_600_000 - 60_000).toISOString().slice(0, 19).replace("T", " ");
  expect(await records({ StartTime: beijing })).toMatchObject({
    DataInfoList: [{ EventTime: expect.stringMatching(/^\S+ \S+$/) }, {}],
  });
  for (const wrong of [
    { StartTime: "today" },
    { EndTime: "2000-01-01T00:00:00Z" },
    { PageNum: 0 },
    { StartTime: "2000-01-01T00:00:00Z" },
  ]) {
    expect(await call(emulator, "DescribeCallbackRecordsList", { ...query, ...wrong })).toMatchObject({
      code: "InvalidParameterValue",
    });
  }
});

test("only loopback is called, and a receiver that doesn't answer has no status", async () => {
  const emulator = await running({ propagation: 0 });
  emulator.setState({
    templates: [{ ...template, StreamBeginNotifyUrl: "http://192.0.2.1/", StreamEndNotifyUrl: "http://127.0.0.1:1/" }],
    rules: [rule],
  });
  expect(await emulator.push(stream)).toMatchObject([
    { event: 1, status: null, reason: expect.stringContaining("loopback") },
    { event: 0, status: null, reason: expect.any(String) },
  ]);
});

test("a push to a domain that isn't a push domain is refused", async () => {
  const emulator = await running({ domains: [{ Name: "play.example.com", Type: 1 }] });
  const post = (body: unknown) => admin(emulator, "POST", "push", body);
  expect(await post({ ...stream, domain: "play.example.com" })).toEqual({
    status: 400,
    body: { error: expect.stringContaining("play.example.com") },
  });
  expect((await post({ domain: "push.example.com" })).status).toBe(400);
});
