// What is sent, and answers that the documentation allows, but the emulator never gives.
import { expect, test } from "vitest";
import { createActions } from "../../../../provider/live/actions.ts";
import { LiveError } from "../../../../provider/live/errors.ts";
import { failure } from "../process.ts";

const answering = (answer: object) => createActions(async () => ({ ...answer }), 1_000);

const [created, updated] = ["2026-01-01 08:00:00", "2026-01-02 08:00:00"];

test.each([
  [{}, undefined],
  [{ CreateTime: created }, Date.UTC(2026, 0, 1)],
  [{ CreateTime: created, UpdateTime: updated }, Date.UTC(2026, 0, 2)],
])("a rule with the times %j was last changed at %s", async (times, changedAt) => {
  const rule = { DomainName: "Push.example.com", AppName: "live", TemplateId: 7, ...times };
  expect([...(await answering({ Rules: [rule] }).listRules())]).toEqual([
    ["push.example.com/live", { domainName: "push.example.com", appName: "live", templateId: "7", changedAt }],
  ]);
});

test("a template has only the fields that are set, and the level `alarm` is `warning`", async () => {
  const info = { TemplateId: 7, TemplateName: "events", Description: "", RecordExceptionLevels: ["alarm", "error"] };
  expect([...(await answering({ Templates: [info] }).listTemplates())]).toEqual([
    ["7", { templateId: "7", templateName: "events", recordExceptionLevels: ["warning", "error"] }],
  ]);
});

test("each call sends its parameters under the API's names", async () => {
  const sent: unknown[] = [];
  const actions = createActions(async (...call) => {
    sent.push(call);
    return { TemplateId: 7, AccountId: "100000000001" };
  }, 1_000);
  expect(await actions.createTemplate({ templateName: "events", recordExceptionLevels: ["error"] })).toBe("7");
  await actions.modifyTemplate("7", { templateName: "events", description: "" });
  await actions.deleteTemplate("7");
  await actions.createRule("push.example.com", "live", "7");
  await actions.deleteRule("push.example.com", "live");
  expect(await actions.callerAccountId()).toBe("100000000001");
  expect(sent).toEqual([
    ["live", "CreateLiveCallbackTemplate", { TemplateName: "events", RecordExceptionLevels: ["error"] }],
    ["live", "ModifyLiveCallbackTemplate", { TemplateId: 7, TemplateName: "events", Description: "" }],
    ["live", "DeleteLiveCallbackTemplate", { TemplateId: 7 }],
    ["live", "CreateLiveCallbackRule", { DomainName: "push.example.com", AppName: "live", TemplateId: 7 }],
    ["live", "DeleteLiveCallbackRule", { DomainName: "push.example.com", AppName: "live" }],
    ["sts", "GetCallerIdentity", {}],
  ]);
});

test.each([{}, { Rules: null }])("an account without rules may answer %j", async (answer) => {
  expect((await answering(answer).listRules()).size).toBe(0);
});

test("an unreadable answer to a list is transient, to a write ambiguous", async () => {
  const list = await failure(answering({ Rules: [{ AppName: "live" }] }).listRules());
  const places = await failure(answering({ Rules: [{}, {}] }).listRules());
  expect(places.message).toMatch(/\(Rules\.0\.DomainName, Rules\.0\.TemplateId, Rules\.1\.DomainName\)$/);
  const made = await failure(answering({}).createTemplate({ templateName: "events" }));
  expect(list).toMatchObject({ kind: "transient", message: expect.stringContaining("not what the API documents") });
  expect(made).toMatchObject({ kind: "ambiguous", message: expect.stringContaining("TemplateId") });
});

test("an ambiguous failure of a read is transient, of a write it stays ambiguous", async () => {
  const lost = new LiveError("lost", { kind: "ambiguous" });
  const actions = createActions(() => Promise.reject(lost), 1);
  expect(await failure(actions.listTemplates())).toMatchObject({ kind: "transient", message: "lost", cause: lost });
  for (const call of [actions.createTemplate({}), actions.deleteRule("push.example.com", "live")]) {
    expect(await failure(call)).toBe(lost);
  }
  const refused = new LiveError("refused", { kind: "auth" });
  expect(await failure(createActions(() => Promise.reject(refused), 1).listRules())).toBe(refused);
});

test.each([
  ["in full", 200, [100, 100]],
  ["until a page is empty, whatever the count in the answer is", 999, [100, 7, 0]],
  ["once, if there are none", 0, [0]],
])("domains are read page by page %s", async (_what, AllCount, sizes) => {
  const asked: object[] = [];
  const actions = createActions(async (_service, _action, parameters) => {
    const page = asked.push(parameters);
    const names = Array.from({ length: sizes[page - 1] ?? 0 }, (_, index) => `d${page}-${index}.example.com`);
    return { AllCount, DomainList: names.map((Name, index) => ({ Name, Type: index % 2, Status: index % 3 })) };
  }, 1_000);
  const domains = await actions.listDomains(true);
  expect(domains.size).toBe(sizes.reduce((sum, size) => sum + size, 0));
  expect(asked).toEqual(sizes.map((_, index) => ({ IsDelayLive: 1, PageSize: 100, PageNum: index + 1 })));
  const kinds = [...domains.values()].slice(0, 2).map(({ type, enabled }) => [type, enabled]);
  expect(kinds).toEqual(
    domains.size === 0
      ? []
      : [
          ["push", false],
          ["play", true],
        ],
  );
});

test("only ResourceNotFound.EmptyData means that an account has no domain", async () => {
  const failing = (code: string) =>
    createActions(() => Promise.reject(new LiveError(code, { kind: "unknown", code })), 1_000).listDomains(false);
  expect((await failing("ResourceNotFound.EmptyData")).size).toBe(0);
  expect(await failure(failing("ResourceNotFound"))).toMatchObject({ code: "ResourceNotFound" });
});
