// The HTTP API of the console: deliveries, pending changes, edits, updates, and which requests it accepts.
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { get } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import type { Emulator } from "../../../emulator/index.ts";
import type { Update } from "../../../emulator/updates.ts";
import { admin, rule, running, stoppedClock, template } from "./running.ts";
import { call } from "./signedClient.ts";

const stream = { domain: "push.example.com", app: "live", stream: "s" };

/** The status of a request with headers that fetch would not send. */
async function raw({ port }: Emulator, method: string, path: string, headers: Record<string, string>): Promise<number> {
  const socket = connect({ port, host: "127.0.0.1" });
  const lines = Object.entries({ ...headers, Connection: "close" }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  return Number((await text(socket)).split(" ")[1]);
}

/** The updates of a stream, as they arrive. */
async function following({ url }: Emulator, after = "") {
  const sent = get(`${url}/_emulator/updates${after && `?after=${after}`}`, {
    headers: { Accept: "text/event-stream" },
  });
  onTestFinished(() => void sent.destroy());
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  let chunks: string[] = [];
  const updates: Update[] = [];
  let heard = () => {};
  answer.setEncoding("utf8").on("data", (chunk: string) => {
    chunks.push(chunk);
    if (!chunk.endsWith("\n\n")) return;
    for (const [, data = ""] of chunks.join("").matchAll(/^data: (.*)$/gm)) updates.push(JSON.parse(data));
    chunks = [];
    heard();
  });
  const until = async (isThere: (update: Update) => boolean): Promise<Update> => {
    for (;;) {
      const found = updates.find(isThere);
      if (found) return found;
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
    }
  };
  return { answer, updates, until };
}

test("serves the page and its files, and no others", async () => {
  const { url } = await running();
  const page = await fetch(url);
  expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
  const names = [...(await page.text()).matchAll(/(?:href|src)="(\/console\/[^"]+)"/g)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(2);
  for (const name of names) expect((await fetch(`${url}${name}`)).status, name).toBe(200);
  for (const path of [
    "/console/none.mjs",
    "/console/tsconfig.json",
    "/console/",
    "/index.html",
    "/console/..%2findex.js",
  ]) {
    expect((await fetch(url + path)).status, path).toBe(404);
  }
  // A call without an action is still a call.
  const answer = await fetch(url, { method: "POST", body: "{}" });
  expect(JSON.stringify(await answer.json())).toContain("MissingParameter");
});

test("lists pending changes with what is served until then", async () => {
  const clock = stoppedClock();
  const emulator = await running({ clock: clock.read, propagation: 600 });
  emulator.setState({ templates: [template], rules: [rule] });
  emulator.letWindowPass();
  expect((await admin(emulator, "GET", "propagation")).body).toEqual({ templates: [], rules: [] });
  clock.advance(60);
  emulator.editState({ templates: [{ TemplateId: 7, TemplateName: "edited" }] });
  clock.advance(60);
  emulator.editState({ rules: [{ ...rule, AppName: "new" }] });
  emulator.editState({ rules: [{ ...rule, TemplateId: null }] });
  const { body } = await admin(emulator, "GET", "propagation");
  const times = (changed: string, effective: string) => ({ changedAt: changed, effectiveAt: effective });
  expect(body).toEqual({
    templates: [
      {
        templateId: 7,
        served: expect.objectContaining({ TemplateName: "seven" }),
        next: expect.objectContaining({ TemplateName: "edited" }),
        ...times("2026-01-02T03:05:05.000Z", "2026-01-02T03:15:05.000Z"),
      },
    ],
    rules: [
      {
        domain: rule.DomainName,
        app: "new",
        served: null,
        next: 7,
        ...times("2026-01-02T03:06:05.000Z", "2026-01-02T03:16:05.000Z"),
      },
      {
        domain: rule.DomainName,
        app: "live",
        served: 7,
        next: null,
        ...times("2026-01-02T03:06:05.000Z", "2026-01-02T03:16:05.000Z"),
      },
    ],
  });
  clock.advance(570);
  expect((await admin(emulator, "GET", "propagation")).body).toMatchObject({ templates: [], rules: [{}, {}] });
  expect(await admin(emulator, "DELETE", "propagation")).toEqual({ status: 200, body: {} });
  expect(emulator.propagating()).toEqual({ templates: [], rules: [] });
  expect(await emulator.push(stream)).toMatchObject([
    { reason: "no rule for push.example.com/live; the domain has rules for new" },
    {},
  ]);
  // Only for the changes so far.
  emulator.editState({ rules: [rule] });
  expect(await emulator.push(stream)).toMatchObject([
    { reason: "the rule for push.example.com/live is not in effect yet" },
    {},
  ]);
});

test("an edit of one object leaves the others in effect", async () => {
  const emulator = await running();
  await call(emulator, "CreateLiveCallbackTemplate", {
    CallbackKey: "k1",
    RecordNotifyUrl: "http://a.b",
    TemplateName: "a",
  });
  emulator.letWindowPass();
  emulator.editState({ templates: [{ TemplateName: "b" }] });
  expect(emulator.propagating().templates).toMatchObject([{ served: null, next: { TemplateName: "b" } }]);
});

test("an edit changes only the fields and objects that it names", async () => {
  const emulator = await running();
  emulator.setState({ templates: [template, { ...template, TemplateId: 8 }], rules: [rule] });
  const before = emulator.state();
  const { body } = await admin(emulator, "PATCH", "state", {
    templates: [{ TemplateId: 7, Description: "edited" }, { TemplateName: "made" }],
    rules: [{ DomainName: rule.DomainName, AppName: "new", TemplateId: 8 }],
  });
  expect(body).toEqual({
    ...before,
    templates: [
      { ...before.templates[0], Description: "edited" },
      before.templates[1],
      expect.objectContaining({ TemplateId: 1001, TemplateName: "made" }),
    ],
    rules: [before.rules[0], expect.objectContaining({ AppName: "new", TemplateId: 8 })],
  });
  await admin(emulator, "PATCH", "state", { rules: [{ DomainName: rule.DomainName, TemplateId: null }] });
  expect(emulator.state().rules).toMatchObject([{ AppName: "new" }]);
  expect(await admin(emulator, "PATCH", "state", { domains: [] })).toMatchObject({ status: 400 });
});

test("lists deliveries newest first, in pages, by place and by failure", async () => {
  const emulator = await running({ propagation: 0 });
  emulator.setState({ templates: [template], rules: [rule] });
  for (const name of ["one", "two", "three"]) await emulator.push({ ...stream, stream: name, events: [1] });
  const numbers = async (query: string) =>
    (await admin(emulator, "GET", `deliveries${query}`)).body.map(({ number }: { number: number }) => number);
  expect(await numbers("")).toEqual([3, 2, 1]);
  expect(await numbers("?limit=2")).toEqual([3, 2]);
  expect(await numbers("?before=2")).toEqual([1]);
  expect(await numbers("?text=live%2Ftwo")).toEqual([2]);
  expect(await numbers("?text=example.com%2Fbegin&failed=true")).toEqual([3, 2, 1]);
  expect(await admin(emulator, "GET", "deliveries?limit=many")).toMatchObject({ status: 400 });
  expect(await admin(emulator, "GET", "deliveries/4")).toEqual({
    status: 400,
    body: { error: "delivery 4 does not exist" },
  });
  expect(await admin(emulator, "POST", "deliveries/2")).toMatchObject({ status: 200, body: { number: 4, attempt: 2 } });
  expect((await admin(emulator, "GET", "deliveries/4")).body).toMatchObject({
    number: 4,
    stream: "two",
    status: null,
    reason: "not delivered: the emulator calls loopback addresses only",
    nextAttemptAt: null,
    signature: "unsigned",
    answer: null,
    request: { headers: { Host: "example.com" } },
  });
});

test("answers a poll with what is new since the last one", async () => {
  const emulator = await running();
  const ask = async (after = ""): Promise<Update> => (await admin(emulator, "GET", `updates?after=${after}`)).body;
  const first = await ask();
  expect(first).toMatchObject({ whole: true, account: { templates: [] }, calls: { count: 0 }, about: {} });
  expect(Object.keys(await ask(first.cursor)).sort()).toEqual(["cursor", "now", "whole"]);
  await call(emulator, "DescribeLiveCallbackRules");
  emulator.addFaults([{ action: "*", kind: "hang" }]);
  const second = await ask(first.cursor);
  expect(second).toMatchObject({
    whole: false,
    calls: { count: 1, newest: [{ action: "DescribeLiveCallbackRules" }] },
  });
  expect(second.controls?.faults).toEqual([{ action: "*", kind: "hang", times: 1 }]);
  emulator.clearRequests();
  expect((await ask(second.cursor)).calls).toEqual({ count: 1, gone: 1, newest: [] });
  // A cursor of another run of the emulator, or an invalid one.
  expect((await ask(second.cursor.replace(/^\w+/, "00000000"))).whole).toBe(true);
  expect((await ask("nonsense")).whole).toBe(true);
});

test("streams every change, whoever made it", async () => {
  const emulator = await running({ propagation: 0 });
  const { until, answer } = await following(emulator);
  expect(answer.headers["content-type"]).toBe("text/event-stream");
  await until(({ whole }) => whole);
  await call(emulator, "CreateLiveCallbackTemplate", { TemplateName: "a", RecordNotifyUrl: "http://example.com" });
  await until(({ account }) => account?.templates.length === 1);
  await until(({ calls }) => calls?.count === 1);
  emulator.setState({ templates: [template], rules: [rule] });
  await emulator.push(stream);
  await until(({ deliveries }) => deliveries?.count === 1);
  emulator.setDialects({ inUse: "cascade" });
  await until(({ controls }) => controls?.dialects.inUse === "cascade");
});

test("buffers no updates for a client that doesn't read, and sends it the latest when it reads again", async () => {
  const emulator = await running();
  const sockets = Array.from({ length: 3 }, () => connect({ port: emulator.port, host: "127.0.0.1" }));
  onTestFinished(() => sockets.forEach((socket) => void socket.destroy()));
  for (const socket of sockets) {
    socket.pause();
    socket.write("GET /_emulator/updates HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n");
  }
  // More in all than a socket holds.
  const big = Array.from({ length: 100 }, (_, index) => ({
    ...template,
    TemplateId: index + 1,
    Description: "x".repeat(12_000),
  }));
  const { until } = await following(emulator);
  for (let change = 1; change <= 16; change++) {
    emulator.setState({ templates: [...big, { ...template, TemplateId: 1000 + change }] });
    await until(({ account }) => account?.templates.some(({ TemplateId }) => TemplateId === 1000 + change) === true);
    expect((await call(emulator, "DescribeLiveCallbackRules")).code).toBeNull();
  }
  const [socket] = sockets;
  if (socket === undefined) throw new Error("there is a socket");
  let read = "";
  socket.setEncoding("utf8").on("data", (chunk) => {
    read += chunk;
  });
  socket.resume();
  await expect.poll(() => read.includes('"TemplateId":1016'), { timeout: 10_000 }).toBe(true);
  // Some of the updates: those in the socket's buffer, and the latest.
  expect(read.split("\ndata: ").length).toBeLessThan(13);
});

test("accepts at most fifty streams at a time", async () => {
  const emulator = await running();
  for (let number = 0; number < 50; number++) await following(emulator);
  const answer = await fetch(`${emulator.url}/_emulator/updates`, { headers: { Accept: "text/event-stream" } });
  expect(answer.status).toBe(503);
});

test.each([
  ["127.0.0.1", 200],
  ["127.0.0.1:1234", 200],
  ["localhost:80", 200],
  ["LOCALHOST", 200],
  ["[::1]:80", 200],
  ["rebound.example.com", 403],
  ["127.0.0.1.example.com", 403],
  ["localhost.example.com:80", 403],
  ["127.0.0.1@example.com", 403],
  ["", 403],
])("answers the Host %j with %i, on the page and the admin interface", async (Host, status) => {
  const emulator = await running();
  expect(await raw(emulator, "GET", "/", { Host })).toBe(status);
  expect(await raw(emulator, "GET", "/_emulator/state", { Host })).toBe(status);
  expect(await raw(emulator, "GET", "/_emulator/updates", { Host, Accept: "application/json" })).toBe(status);
});

test.each([
  ["no Origin, as from curl", undefined, 200],
  ["the Origin of the page", "http://127.0.0.1:1234", 200],
  ["the Origin of another port", "http://127.0.0.1:1235", 403],
  ["the Origin of another scheme", "https://127.0.0.1:1234", 403],
  ["the Origin of a web page", "https://example.com", 403],
  ["the Origin null, as from a file or a frame", "null", 403],
])("answers a write with %s (%s) with %i", async (_, Origin, status) => {
  const emulator = await running();
  const headers = { Host: "127.0.0.1:1234", ...(Origin !== undefined && { Origin }) };
  for (const [method, path] of [
    ["DELETE", "/_emulator/requests"],
    ["DELETE", "/_emulator/propagation"],
    ["POST", "/"],
  ] as const) {
    expect(await raw(emulator, method, path, headers), path).toBe(status);
  }
  expect(emulator.requests()).toHaveLength(status === 200 ? 1 : 0);
});
