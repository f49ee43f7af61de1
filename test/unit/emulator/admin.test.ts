import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { startEmulator } from "../../../emulator/index.ts";
import { admin, rule, running, stoppedClock, template } from "./running.ts";
import { call } from "./signedClient.ts";

test("PUT state sets the whole state, and GET returns it", async () => {
  const emulator = await running();
  const { body: put } = await admin(emulator, "PUT", "state", {
    domains: ["a.example.com", { Name: "b.example.com", Type: 1, PlayType: 3 }],
    templates: [template, { TemplateName: "assigned", RecordStatusNotifyUrl: "http://example.com" }],
    rules: [
      { ...rule, DomainName: "a.example.com" },
      { DomainName: "a.example.com", AppName: "", TemplateId: 8 },
    ],
  });
  expect(put).toMatchObject({
    domains: [
      { Name: "a.example.com", Type: 0, Status: 1, IsDelayLive: 0 },
      { Name: "b.example.com", Type: 1 },
    ],
    templates: [
      { ...template, CallbackKey: "", RecordExceptionLevels: [] },
      { TemplateName: "assigned", RecordStatusNotifyUrl: "http://example.com" },
    ],
    rules: [{ AppName: "live" }, { AppName: "" }],
  });
  expect(emulator.state().templates[1]?.TemplateId).toBeGreaterThan(7);
  expect(await admin(emulator, "GET", "state")).toEqual({ status: 200, body: put });
  expect(await admin(emulator, "PUT", "state", put)).toEqual({ status: 200, body: put });
  expect(emulator.state()).toEqual(put);
  const { body: empty } = await admin(emulator, "PUT", "state", {});
  expect(empty).toMatchObject({ domains: [{ Name: "push.example.com" }], templates: [], rules: [] });
});

test("the times of a rule change only with the rule", async () => {
  const clock = stoppedClock(Date.parse("2026-01-01T00:00:00Z"));
  const emulator = await running({ clock: clock.read });
  const other = { ...rule, AppName: "other" };
  emulator.setState({ templates: [template], rules: [rule, other] });
  clock.advance(60);
  const state = emulator.state();
  emulator.setState({
    ...state,
    rules: state.rules.map((one) => (one.AppName === "other" ? { ...one, TemplateId: 9 } : one)),
  });
  expect(emulator.state().rules).toMatchObject([
    { CreateTime: "2026-01-01 08:00:00", UpdateTime: "2026-01-01 08:00:00" },
    { CreateTime: "2026-01-01 08:00:00", UpdateTime: "2026-01-01 08:01:00", TemplateId: 9 },
  ]);
  emulator.setState({ rules: [{ ...rule, UpdateTime: "2020-01-01 00:00:00" }] });
  expect(emulator.state().rules).toMatchObject([{ UpdateTime: "2020-01-01 00:00:00" }]);
});

test("states that are returned or passed in are copies", async () => {
  const emulator = await running();
  emulator.setState({ templates: [template] });
  emulator.state().templates.pop();
  const input = { templates: [{ ...template, RecordExceptionLevels: ["error"] }] };
  emulator.setState(input);
  input.templates[0]?.RecordExceptionLevels.push("info");
  expect(emulator.state().templates).toMatchObject([{ RecordExceptionLevels: ["error"] }]);
});

test.each([
  ["invalid JSON", "{", "not JSON"],
  ["a list", [], "object"],
  ["an unknown list", { things: [] }, "things"],
  ["an unknown field", { templates: [{ ...template, Nothing: 1 }] }, "templates.0.Nothing"],
  ["a wrong type", { templates: [{ ...template, TemplateId: "7" }] }, "templates.0.TemplateId"],
  ["a rule without a template", { rules: [{ DomainName: "a" }] }, "rules.0.TemplateId"],
  ["an invalid time", { rules: [{ ...rule, UpdateTime: "now" }] }, "rules.0.UpdateTime"],
  ["an id twice", { templates: [template, template] }, "TemplateId"],
  ["a rule twice", { rules: [rule, rule] }, "AppName"],
  ["a domain twice", { domains: ["a", { Name: "a" }] }, "Name"],
  ["a snapshot rule without a template", { snapshotRules: [{ DomainName: "a" }] }, "snapshotRules.0.TemplateId"],
  ["an invalid flag", { snapshotTemplates: [{ TemplateId: 1, PornFlag: 2 }] }, "snapshotTemplates.0.PornFlag"],
  [
    "a stream with an invalid end",
    { streams: [{ DomainName: "a", StreamName: "s", StreamEndTime: "now" }] },
    'streams.0.StreamEndTime: must be a time, or ""',
  ],
])("a state with %s is refused, and changes nothing", async (_, body, message) => {
  const emulator = await running();
  const before = emulator.state();
  const answer = await admin(emulator, "PUT", "state", body);
  expect(answer).toEqual({ status: 400, body: { error: expect.stringContaining(message) } });
  expect(emulator.state()).toEqual(before);
});

test("calls are recorded with their secrets masked", async () => {
  const emulator = await running();
  const parameters = { TemplateName: "a", RecordNotifyUrl: "http://example.com", CallbackKey: "hush" };
  await call(emulator, "CreateLiveCallbackTemplate", parameters, { headers: { "x-tc-token": "hush" } });
  await call(emulator, "CreateLiveCallbackTemplate", { ...parameters, CallbackKey: "hush hush" });
  await call(emulator, "CreateLiveCallbackTemplate", { ...parameters, CallbackKey: { hush: 1 } });
  await call(emulator, "CreateLiveCallbackTemplate", { TemplateName: "a", callbackKey: "hush" });
  const { body } = await admin(emulator, "GET", "requests");
  const masked = { ...parameters, CallbackKey: "***" };
  const entry = { time: expect.stringMatching(/Z$/), action: "CreateLiveCallbackTemplate", parameters: masked };
  expect(body).toEqual([
    { ...entry, code: null },
    { ...entry, code: "InvalidParameter" },
    { ...entry, code: "InvalidParameter" },
    { ...entry, parameters: { TemplateName: "a", callbackKey: "***" }, code: "UnknownParameter" },
  ]);
  expect(JSON.stringify(body)).not.toContain("hush");
  await admin(emulator, "DELETE", "requests");
  expect(emulator.requests()).toEqual([]);
});

test("settings can be changed one by one", async () => {
  const emulator = await running();
  const { body } = await admin(emulator, "PUT", "settings", { propagation: 2, unresolvedHosts: ["a.example.com"] });
  expect(body).toEqual({
    latency: 0,
    propagation: 2,
    throttle: null,
    retrySeconds: 60,
    unresolvedHosts: ["a.example.com"],
  });
  expect(await admin(emulator, "PUT", "settings", { latency: -1 })).toMatchObject({ status: 400 });
  expect(await admin(emulator, "PUT", "settings", { nothing: 1 })).toMatchObject({ status: 400 });
});

test("other paths and methods get an error that lists the valid ones", async () => {
  const emulator = await running();
  expect(await admin(emulator, "GET", "nothing")).toEqual({
    status: 404,
    body: { error: expect.stringContaining("/_emulator/state") },
  });
  expect(await admin(emulator, "GET", "push")).toEqual({
    status: 405,
    body: { error: expect.stringContaining("POST") },
  });
  expect((await fetch(`${emulator.url}/other`)).status).toBe(404);
});

test("a second emulator continues with the state file of the first", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lvb-emulator-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const stateFile = join(folder, "state.json");
  const first = await running({ stateFile, propagation: 600 });
  first.setState({ templates: [template], rules: [rule] });
  const { response } = await call(first, "CreateLiveCallbackTemplate", {
    TemplateName: "a",
    RecordNotifyUrl: "http://a.b",
  });
  await call(first, "DeleteLiveCallbackTemplate", { TemplateId: response.TemplateId });
  const state = first.state();
  await first.stop();
  expect(JSON.parse(readFileSync(stateFile, "utf8"))).toMatchObject(state);
  expect(statSync(stateFile).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["state.json"]);

  const second = await running({ stateFile });
  expect(second.state()).toEqual(state);
  const next = await call(second, "CreateLiveCallbackTemplate", { TemplateName: "a", RecordNotifyUrl: "http://a.b" });
  expect(next.response.TemplateId).toBeGreaterThan(Number(response.TemplateId));
});

test("wrong options are refused", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lvb-emulator-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const stateFile = join(folder, "state.json");
  writeFileSync(stateFile, "{");
  await expect(startEmulator({ stateFile })).rejects.toThrow("is not JSON");
  writeFileSync(stateFile, '{"templates":[{"Nothing":1}]}');
  await expect(startEmulator({ stateFile })).rejects.toThrow("templates.0.Nothing");
  await expect(startEmulator({ stateFile: join(folder, "none", "state.json") })).rejects.toThrow("cannot be written");
  await expect(startEmulator({ accountId: "me" })).rejects.toThrow("account id");
  await expect(startEmulator({ domains: ["a", "a"] })).rejects.toThrow("given twice");
  await expect(startEmulator({ propagation: -1 })).rejects.toThrow("propagation");
});

test("the emulator accepts connections only on 127.0.0.1", async () => {
  const port = Number(new URL((await running()).url).port);
  const others = Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).filter(({ internal, scopeid }) => !internal && !scopeid).map(({ address }) => address),
  );
  for (const host of [...others, "::1"]) {
    const [error] = await once(connect({ port, host }), "error", { signal: AbortSignal.timeout(5_000) });
    expect(error, host).toBeInstanceOf(Error);
  }
});

test.each([
  "/../../../../etc/passwd",
  "/_emulator/../../../../etc/passwd",
  "/_emulator/state/..%2f..%2f..%2fetc/passwd",
  "/_emulator/%2e%2e/package.json",
  "file:///etc/passwd",
  "//etc/passwd",
  "/_emulator/__proto__",
])("%s serves no file", async (path) => {
  const socket = connect({ port: Number(new URL((await running()).url).port), host: "127.0.0.1" });
  socket.end(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
  const answer = await text(socket);
  expect(answer).toMatch(/^HTTP\/1\.1 404 /);
  expect(answer).toContain('{"error":"nothing at ');
});
