// `trigger` sends events like LVB: the receiver's check accepts them, and every mistake has one clear error.
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect, test } from "vitest";
import { idempotencyKey, verifyCallback } from "../../receiver/index.ts";
import { badCertificate } from "../faults/strangeEndpoints.ts";
import { type LoopbackServer, listen } from "../loopback.ts";
import { account, onStack, stack } from "./account.ts";
import { command, expectError, jsonOf } from "./commandLine.ts";

const key = "KeyOfTheTemplate1";
const place = "push.example.com/live";
const types = [1, 0, 100, 332, 341, 200, 317, 315, 321];

let receiver: LoopbackServer;
let url: string;
let received: { path: string; body: string }[] = [];

/** The receiver's answers, by the path of the URL. */
const answers: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
  "/ok": (_request, response) => response.end('{"code":0}'),
  "/500": (_request, response) => response.writeHead(500).end("out of order\u001b[31m"),
  "/elsewhere": (_request, response) => response.writeHead(302, { location: "/ok" }).end(),
  "/large": (_request, response) => response.end("x".repeat(10_000_000)),
  "/never": () => {},
};

onStack(undefined, async () => {
  receiver = await listen(async (request, response) => {
    const path = request.url ?? "";
    received.push({ path, body: await text(request) });
    answers[path]?.(request, response);
  });
  url = receiver.url;
  account.edit(({ templates, rules }) => {
    const [like] = templates;
    if (!like) throw new Error("The account holds a foreign template.");
    const fields = ["StreamBegin", "StreamEnd", "Record", "RecordStatus", "RecordException", "Snapshot"];
    const more = ["PornCensorship", "AudioAudit", "PushException"];
    const urls = Object.fromEntries([...fields, ...more].map((name) => [`${name}NotifyUrl`, `${url}/ok`]));
    templates.push({ ...like, ...urls, TemplateId: 5000, TemplateName: "all", CallbackKey: key });
    const times = { CreateTime: "2026-01-01 00:00:00", UpdateTime: "2026-01-01 00:00:00" };
    rules.push({ ...times, DomainName: "push.example.com", AppName: "live", TemplateId: 5000 });
  });
  // The API never returns this URL, so it is read from the state.
  const type = "pulumi-nodejs:dynamic/tencentcloud-lvb:CallbackTemplate";
  const urn = `urn:pulumi:test::lvb-e2e::${type}::all`;
  const outputs = { recordStatusNotifyUrl: `${url}/ok` };
  const { version, deployment } = stack.readState();
  const resources = [{ urn, type, custom: true, id: "5000", inputs: {}, outputs }];
  stack.writeState({ version, deployment: { ...deployment, resources } });
});

afterAll(() => receiver?.stop());

const trigger = (...args: string[]) =>
  command(stack, ["trigger", ...args, "--yes"], { env: { LVB_CALLBACK_KEY: key } });

test.each(types)("signs event %i with the template's key, and marks it as a test", async (type) => {
  received = [];
  const state = account.emulator.state();
  const result = await jsonOf(stack, ["trigger", String(type), place, "--yes"]);
  expect(result).toEqual({
    event: type,
    url: `${url}/ok`,
    status: 200,
    milliseconds: expect.any(Number),
    signed: true,
  });
  const verified = verifyCallback(received[0]?.body, key);
  expect(verified).toMatchObject({ ok: true, event: { event_type: type } });
  if (verified.ok) expect(idempotencyKey(verified.event)).not.toBe("");
  expect(received[0]?.body).toContain("lvb-trigger-test");
  expect(JSON.stringify(result)).not.toContain(key);
  expect(account.emulator.state()).toEqual(state);
});

test("shows request, status, time and answer, but never the key", async () => {
  const { exitCode, stdout, stderr, output } = await trigger("stream-end", place, "--set", "push_duration=99");
  expect(exitCode, output).toBe(0);
  expect(stderr).toMatch(
    /^send a signed sample of stream-end \(0\) to .*, streamEndNotifyUrl of template "all" \(5000\)\n$/,
  );
  expect(stdout).toMatch(/^POST http.*\/ok\n\{.*"push_duration":"99".*\}\n\nHTTP 200 in \d+ ms\n\{"code":0\}\n$/s);
  expect(output).not.toContain(key);
});

test("--list shows all events with their numbers and URLs", async () => {
  const { stdout } = await command(stack, ["trigger", "--list"]);
  for (const type of types) expect(stdout).toMatch(new RegExp(`^ *[a-z-]+ +${type} +\\w+Url `, "m"));
  const { events } = await jsonOf<{ events: { type: number }[] }>(stack, ["trigger", "--list"]);
  expect(events.map(({ type }) => type).sort()).toEqual([...types].sort());
});

test("signs an event for --url only if LVB_CALLBACK_KEY is set", async () => {
  received = [];
  expect((await trigger("snapshot", "--url", `${url}/ok`)).exitCode).toBe(0);
  const env = { LVB_CALLBACK_KEY: undefined };
  expect(await jsonOf(stack, ["trigger", "200", "--url", `${url}/ok`, "--yes"], { env })).toMatchObject({
    signed: false,
  });
  expect(received.map(({ body }) => verifyCallback(body, key))).toMatchObject([
    { ok: true },
    { ok: false, reason: "unsigned" },
  ]);
});

test("says that a URL can't be read if neither the API nor the stack's state shows it", async () => {
  const state = stack.readState();
  stack.writeState({ ...state, deployment: { ...state.deployment, resources: [] } });
  const result = await trigger("record-status", place);
  stack.writeState(state);
  expectError(
    result,
    1,
    /the API never returns recordStatusNotifyUrl, and stack test doesn't have it .*Next: pass --url/,
  );
});

describe("reports in one line", () => {
  test.each<[string, string[], number, RegExp]>([
    [
      "an unknown event",
      ["stream", place],
      2,
      /unknown event stream\. Next: did you mean stream-begin or stream-end\?/,
    ],
    ["no event", [], 2, /name an event\. Next: `trigger --list`/],
    ["no place", ["1"], 2, /name the binding, DOMAIN\/APP or DOMAIN, or pass --url URL/],
    ["a place and a URL", ["1", place, "--url", "http://x"], 2, /pass either DOMAIN\/APP or --url/],
    ["an invalid URL", ["1", "--url", "ftp://x"], 2, /must be a URL that begins with http/],
    ["an unknown field", ["1", place, "--set", "nobody=1"], 2, /no field nobody\. Next: one of errcode, /],
    ["a value of another type", ["1", place, "--set", "width=wide"], 2, /--set width: must be a number, not wide/],
    ["a domain without a rule", ["1", "nobody.example.com/live"], 1, /no rule for nobody\.example\.com\/live\. Next: /],
    ["an app without a rule", ["1", "push.example.com/vod"], 1, /the domain has rules for "foreign", "live"/],
    [
      "a template without that URL",
      ["200", "push.example.com/foreign"],
      1,
      /"foreign" \(900\) has no snapshotNotifyUrl/,
    ],
  ])("%s", async (_what, args, exitCode, says) => {
    received = [];
    expectError(await trigger(...args), exitCode, says);
    expect(received).toEqual([]);
  });

  test.each<[string, string, number, RegExp]>([
    ["another status", "/500", 4, /answered with HTTP 500; LVB counts only 200/],
    ["a redirect, which is not followed", "/elsewhere", 4, /answered with HTTP 302/],
    ["no answer", "/never", 3, /did not answer within 1s; LVB gives up after 20 s/],
  ])("%s", async (_what, path, exitCode, says) => {
    received = [];
    expectError(await trigger("1", "--url", `${url}${path}`, "--timeout", "1s"), exitCode, says);
    expect(received.map((request) => request.path)).toEqual([path]);
  });

  test("a bad certificate, or an unreachable address", async () => {
    const secure = await badCertificate();
    expectError(await trigger("1", "--url", secure.url), 1, /cannot be reached: .*certificate/);
    await secure.stop();
    expectError(await trigger("1", "--url", secure.url), 1, /cannot be reached: .*ECONNREFUSED/);
  });

  test("a missing terminal for the confirmation", async () => {
    received = [];
    expectError(await command(stack, ["trigger", "1", place]), 2, /asks for confirmation, which needs a terminal/);
    expect(received).toEqual([]);
  });
});

test("reads only the beginning of an answer of 10 MB", async () => {
  const { exitCode, stdout } = await trigger("1", "--url", `${url}/large`);
  expect(exitCode).toBe(0);
  expect(stdout.length).toBeLessThan(5_000);
});
