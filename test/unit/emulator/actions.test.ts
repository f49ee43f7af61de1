import { expect, test } from "vitest";
import { rule, running, stoppedClock, template } from "./running.ts";
import { call } from "./signedClient.ts";

const create = "CreateLiveCallbackTemplate";
const modify = "ModifyLiveCallbackTemplate";
const begin = { StreamBeginNotifyUrl: "https://example.com/begin" };

test("templates and rules can be created, changed, listed and deleted", async () => {
  const clock = stoppedClock(Date.now());
  const emulator = await running({ clock: clock.read });
  const { response: created } = await call(emulator, create, { TemplateName: "one", ...begin, CallbackKey: "k" });
  const TemplateId = Number(created.TemplateId);
  expect(await call(emulator, modify, { TemplateId, Description: "new" })).toMatchObject({ code: null });
  const { response: described } = await call(emulator, "DescribeLiveCallbackTemplate", { TemplateId });
  const expected = { TemplateId, TemplateName: "one", Description: "new", CallbackKey: "k", ...begin };
  expect(described.Template).toMatchObject(expected);
  const { response: templates } = await call(emulator, "DescribeLiveCallbackTemplates");
  expect(templates.Templates).toEqual([described.Template]);

  const key = { DomainName: "push.example.com", AppName: "live" };
  await call(emulator, "CreateLiveCallbackRule", { ...key, TemplateId });
  const { response: rules } = await call(emulator, "DescribeLiveCallbackRules");
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  expect(rules.Rules).toEqual([{ ...key, TemplateId, CreateTime: time, UpdateTime: time }]);
  await call(emulator, "DeleteLiveCallbackRule", key);
  await call(emulator, "DeleteLiveCallbackTemplate", { TemplateId });
  expect(emulator.state()).toMatchObject({ templates: [], rules: [] });
});

test("times of rules are Beijing time", async () => {
  const clock = stoppedClock(Date.parse("2026-01-02T20:04:05Z"));
  const emulator = await running({ clock: clock.read });
  emulator.setState({ templates: [template], rules: [rule] });
  expect(emulator.state().rules[0]?.UpdateTime).toBe("2026-01-03 04:04:05");
});

test("a write-only field is stored, and never returned", async () => {
  const emulator = await running();
  await call(emulator, create, { TemplateName: "one", RecordStatusNotifyUrl: "https://example.com/status" });
  expect(emulator.state().templates).toMatchObject([{ RecordStatusNotifyUrl: "https://example.com/status" }]);
  const { response } = await call(emulator, "DescribeLiveCallbackTemplates");
  expect(JSON.stringify(response)).not.toContain("RecordStatusNotifyUrl");
});

test.each([
  ["no name", { ...begin }, "MissingParameter"],
  ["null for a name", { TemplateName: null, ...begin }, "MissingParameter"],
  ["an empty name", { TemplateName: "", ...begin }, "InvalidParameter.ArgsNotMatch"],
  ["a name with a space", { TemplateName: "a b", ...begin }, "InvalidParameter.ArgsNotMatch"],
  ["a name of 256 bytes", { TemplateName: `${"字".repeat(85)}a`, ...begin }, "InvalidParameter.ArgsNotMatch"],
  ["a name of 255 bytes", { TemplateName: "字".repeat(85), ...begin }, null],
  ["a name of the wrong type", { TemplateName: 1, ...begin }, "InvalidParameter"],
  ["an unknown parameter", { TemplateName: "a", ...begin, Nothing: 1 }, "UnknownParameter"],
  ["a name every object has", { TemplateName: "a", ...begin, constructor: "a" }, "UnknownParameter"],
  ["no URL", { TemplateName: "a" }, "InvalidParameter"],
  ["only empty URLs", { TemplateName: "a", StreamBeginNotifyUrl: "" }, "InvalidParameter"],
  ["another scheme", { TemplateName: "a", StreamBeginNotifyUrl: "ftp://example.com" }, "InvalidParameter"],
  ["an invalid URL", { TemplateName: "a", StreamBeginNotifyUrl: "example.com" }, "InvalidParameter"],
  [
    "a host that never resolves",
    { TemplateName: "a", RecordNotifyUrl: "http://a.invalid/" },
    "InvalidParameter.UrlNotSafe",
  ],
  ["a long description", { TemplateName: "a", ...begin, Description: "字".repeat(342) }, "InvalidParameter"],
  ["a key with a dash", { TemplateName: "a", ...begin, CallbackKey: "a-b" }, "InvalidParameter"],
  ["a key of 33", { TemplateName: "a", ...begin, CallbackKey: "a".repeat(33) }, "InvalidParameter"],
  ["a key of 32", { TemplateName: "a", ...begin, CallbackKey: "a".repeat(32) }, null],
  ["an unknown level", { TemplateName: "a", ...begin, RecordExceptionLevels: ["alarm"] }, "InvalidParameterValue"],
  ["levels that are no list", { TemplateName: "a", ...begin, RecordExceptionLevels: "error" }, "InvalidParameter"],
  ["the deprecated URL", { TemplateName: "a", StreamMixNotifyUrl: "http://example.com" }, null],
])("a create with %s is answered as documented", async (_, parameters, code) => {
  const emulator = await running();
  expect(await call(emulator, create, parameters)).toMatchObject({ code });
  expect(emulator.state().templates).toHaveLength(code === null ? 1 : 0);
});

test("Modify refuses the deprecated URL, and keeps it", async () => {
  const emulator = await running();
  emulator.setState({ templates: [{ ...template, StreamMixNotifyUrl: "http://example.com" }] });
  const parameters = { TemplateId: 7, StreamMixNotifyUrl: "" };
  expect(await call(emulator, modify, parameters)).toMatchObject({ code: "UnknownParameter" });
  await call(emulator, modify, { TemplateId: 7, Description: "d" });
  expect(emulator.state().templates).toMatchObject([{ StreamMixNotifyUrl: "http://example.com", Description: "d" }]);
});

test("Modify refuses wrong parameters, and then changes nothing", async () => {
  const emulator = await running();
  emulator.setState({ templates: [template] });
  const before = emulator.state();
  expect(await call(emulator, modify, { TemplateName: "x" })).toMatchObject({ code: "MissingParameter" });
  expect(await call(emulator, modify, { TemplateId: 1.5 })).toMatchObject({ code: "InvalidParameter" });
  const wrong = { TemplateId: 7, Description: "d", StreamEndNotifyUrl: "x" };
  expect(await call(emulator, modify, wrong)).toMatchObject({ code: "InvalidParameter" });
  expect(emulator.state()).toEqual(before);
});

test("an account has at most 50 templates, and ids are not reused", async () => {
  const emulator = await running();
  const templates = Array.from({ length: 50 }, (_, index) => ({ ...template, TemplateId: index + 1 }));
  emulator.setState({ templates });
  const parameters = { TemplateName: "one-more", ...begin };
  expect(await call(emulator, create, parameters)).toMatchObject({ code: "InternalError.ConfOutLimit" });
  await call(emulator, "DeleteLiveCallbackTemplate", { TemplateId: 50 });
  const { response } = await call(emulator, create, parameters);
  expect(response.TemplateId).toBeGreaterThan(50);
});

test("a body over 10 MB, or one that isn't an object, is refused", async () => {
  const emulator = await running();
  const body = JSON.stringify({ TemplateName: "a".repeat(10 * 1024 * 1024) });
  expect(await call(emulator, create, {}, { body })).toMatchObject({ code: "RequestSizeLimitExceeded" });
  expect(await call(emulator, create, {}, { body: "[]" })).toMatchObject({ code: "InvalidParameter" });
  expect(await call(emulator, create, {}, { body: "{" })).toMatchObject({ code: "InvalidParameter" });
  expect(await call(emulator, "DescribeLiveCallbackRules", {}, { body: "" })).toMatchObject({ code: null });
});

test("a query over 32 KB is refused", async () => {
  const emulator = await running();
  const parameters = { DomainPrefix: "a".repeat(33_000) };
  const reply = await call(emulator, "DescribeLiveDomains", parameters, { method: "GET" });
  expect(reply.code).toBe("RequestSizeLimitExceeded");
});

test("a URL with a host from unresolvedHosts is refused", async () => {
  const emulator = await running({ unresolvedHosts: ["example.com"] });
  const parameters = { TemplateName: "a", ...begin };
  expect(await call(emulator, create, parameters)).toMatchObject({ code: "InvalidParameter.UrlNotSafe" });
  emulator.configure({ unresolvedHosts: [] });
  expect(await call(emulator, create, parameters)).toMatchObject({ code: null });
});

test("domains are listed in pages, with filters", async () => {
  const emulator = await running({
    domains: [
      ...Array.from({ length: 23 }, (_, index) => `push${index}.example.com`),
      { Name: "play.example.com", Type: 1, PlayType: 2 },
      { Name: "off.example.com", Status: 0 },
      { Name: "slow.example.com", IsDelayLive: 1 },
    ],
  });
  const names = async (parameters: Record<string, unknown>) => {
    const { code, response } = await call(emulator, "DescribeLiveDomains", parameters);
    const list = response.DomainList as { Name: string }[] | undefined;
    return { code, count: response.AllCount, names: list?.map(({ Name }) => Name) };
  };
  const first = await names({});
  expect(first.count).toBe(25);
  expect(first.names).toHaveLength(10);
  const third = await names({ PageNum: 3 });
  expect(third.names).toEqual([
    "push20.example.com",
    "push21.example.com",
    "push22.example.com",
    "play.example.com",
    "off.example.com",
  ]);
  expect((await names({ PageNum: 4 })).names).toEqual([]);
  expect((await names({ DomainType: 0, DomainStatus: 1, PageSize: 100 })).names).toHaveLength(23);
  expect((await names({ DomainType: 1, PlayType: 2 })).names).toEqual(["play.example.com"]);
  expect((await names({ DomainType: 1, PlayType: 1 })).names).toEqual([]);
  expect((await names({ DomainStatus: 0 })).names).toEqual(["off.example.com"]);
  expect((await names({ DomainPrefix: "push1", PageSize: 20 })).names).toHaveLength(11);
  expect((await names({ IsDelayLive: 1 })).names).toEqual(["slow.example.com"]);
  for (const wrong of [{ PageSize: 9 }, { PageSize: 101 }, { PageNum: 0 }, { PageNum: 100_001 }, { IsDelayLive: 2 }]) {
    expect((await names(wrong)).code).toBe("InvalidParameterValue");
  }
});

test("DescribeLiveDomain returns a domain, or an error if it doesn't exist", async () => {
  const emulator = await running();
  const { response } = await call(emulator, "DescribeLiveDomain", { DomainName: "push.example.com" });
  expect(response.DomainInfo).toMatchObject({ Name: "push.example.com", Type: 0, Status: 1 });
  const missing = await call(emulator, "DescribeLiveDomain", { DomainName: "x.example.com" });
  expect(missing.code).toBe("ResourceNotFound.DomainNotExist");
});
