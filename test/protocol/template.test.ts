// The calls of a template on the emulated account.
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Fault } from "../../emulator/index.ts";
import { secret } from "../secretValues.ts";
import { classesDescribe } from "./classesOnly.ts";
import { account, callsOf, longAgo, templateState, templatesNamed, url } from "./fixtures.ts";
import { failureOf, type Values } from "./providerProcess.ts";
import { emulator, onAccount, provider, templates, written } from "./run.ts";

beforeEach(() => emulator.clearRequests());

describe("create", () => {
  onAccount(
    {
      templates: [
        { TemplateId: 11, TemplateName: "taken", RecordNotifyUrl: url },
        {
          TemplateId: 12,
          TemplateName: "left-1234567",
          RecordNotifyUrl: url,
          RecordExceptionLevels: ["info", "error"],
        },
        {
          TemplateId: 15,
          TemplateName: "unseen-1234567",
          RecordNotifyUrl: url,
          RecordStatusNotifyUrl: `${url}/before`,
        },
        { TemplateId: 13, TemplateName: "other-1234567", RecordNotifyUrl: url, Description: "half made" },
        { TemplateId: 14, TemplateName: "bound-1234567", RecordNotifyUrl: url },
        { TemplateId: 16, TemplateName: "twin-1234567", RecordNotifyUrl: url },
      ],
      rules: [
        { DomainName: "push.example.com", TemplateId: 14 },
        { DomainName: "push.example.com", AppName: "twin", TemplateId: 16 },
      ],
    },
    { env: { TENCENTCLOUD_LVB_PROPAGATION_SECONDS: "4" } },
  );

  test("returns the id as text, every field, the account and the propagation window", async () => {
    const fields = {
      templateName: "events",
      description: "Events",
      streamBeginNotifyUrl: `${url}/1`,
      streamEndNotifyUrl: `${url}/2`,
      recordNotifyUrl: `${url}/3`,
      recordStatusNotifyUrl: `${url}/4`,
      snapshotNotifyUrl: `${url}/5`,
      pornCensorshipNotifyUrl: `${url}/6`,
      pushExceptionNotifyUrl: `${url}/7`,
      audioAuditNotifyUrl: `${url}/8`,
      recordExceptionNotifyUrl: `${url}/9`,
      recordExceptionLevels: ["error", "warning"],
      callbackKey: "Key4Callbacks",
    };
    const { id, outs } = await templates.make(fields);
    const [live] = templatesNamed(emulator, "events");
    expect(id).toBe(String(live?.TemplateId));
    expect(outs).toEqual({
      ...fields,
      callbackKey: secret("Key4Callbacks"),
      templateId: id,
      accountId: account,
      propagation: {
        changedAt: expect.any(String),
        earliestEffectiveAt: expect.any(String),
        effectiveAt: expect.any(String),
      },
      __provider: templates.text,
    });
    const { changedAt, effectiveAt } = outs.propagation as typeof longAgo;
    expect(Date.parse(effectiveAt) - Date.parse(changedAt)).toBe(4_000);
    expect(live).toMatchObject({
      RecordStatusNotifyUrl: `${url}/4`,
      RecordExceptionNotifyUrl: `${url}/9`,
      RecordExceptionLevels: ["error", "warning"],
      CallbackKey: "Key4Callbacks",
    });
  });

  test("sends only the fields that the program sets, in one call", async () => {
    const status = { recordStatusNotifyUrl: url };
    await templates.make({ templateName: "small", ...status });
    expect(written()).toMatchObject([{ parameters: { TemplateName: "small", RecordStatusNotifyUrl: url } }]);
    expect(Object.keys(written()[0]?.parameters ?? {})).toHaveLength(2);
    expect(provider.lines("warning")).toEqual([]);
  });

  test("refuses an explicit name that exists, and names the id and the ways out", async () => {
    const { message, partial } = await failureOf(templates.make({ templateName: "taken", recordNotifyUrl: url }));
    expect(message).toMatch(/"taken" was not created: .*with this name: 11\b.*import: "11".*another templateName/);
    expect(partial).toBeUndefined();
    expect(written()).toEqual([]);
  });

  test("refuses the second of two resources with the same name in one run", async () => {
    const news = { templateName: "twice", recordNotifyUrl: url };
    const outcomes = await Promise.allSettled([templates.make(news), templates.make(news)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    await expect(templates.make(news)).rejects.toThrow(/another resource of this run has the same templateName/);
    expect(templatesNamed(emulator, "twice")).toHaveLength(1);
  });

  test("uses the template of its own killed run, with a warning and without a write", async () => {
    const news = { recordNotifyUrl: url, recordExceptionLevels: ["error", "info"], __autoName: "left-1234567" };
    const { id, outs } = await templates.make(news);
    expect(id).toBe("12");
    expect(outs).toMatchObject({ templateName: "left-1234567", templateId: "12", accountId: account });
    expect(provider.lines("warning")).toContainEqual(expect.stringMatching(/left-1234567.* 12; it is used/));
    expect(written()).toEqual([]);
  });

  test("writes recordStatusNotifyUrl, which no action returns, to the template of its own killed run", async () => {
    const recordStatusNotifyUrl = `${url}/status`;
    await templates.make({ recordNotifyUrl: url, recordStatusNotifyUrl, __autoName: "unseen-1234567" });
    expect(templatesNamed(emulator, "unseen-1234567")).toMatchObject([
      { RecordNotifyUrl: url, RecordStatusNotifyUrl: recordStatusNotifyUrl },
    ]);
  });

  test("refuses a template of a killed run that differs, and names the id and the fields", async () => {
    const { message } = await failureOf(templates.make({ recordNotifyUrl: url, __autoName: "other-1234567" }));
    expect(message).toMatch(/template 13 has this name.*differs in description.*Next: change the program to match/);
    expect(written()).toEqual([]);
  });

  test("creates a second template if its own is bound, as a replacement needs", async () => {
    const { id } = await templates.make({ recordNotifyUrl: url, __autoName: "bound-1234567" });
    expect(id).not.toBe("14");
    expect(templatesNamed(emulator, "bound-1234567")).toHaveLength(2);
  });

  test.each<Fault["kind"]>([
    "resetAfterCommit",
    "resetBefore",
    "truncate",
    "hangAfterCommit",
    "hang",
    "refuse",
    "http5xx",
    "html",
    "empty",
  ])("creates exactly one template although the reply is lost (%s)", async (kind) => {
    emulator.addFaults([{ action: "CreateLiveCallbackTemplate", kind } as Fault]);
    const news = { templateName: `lost-${kind}`, recordNotifyUrl: url, callbackKey: "Key4Callbacks" };
    const { id } = await templates.make(news);
    expect(templatesNamed(emulator, `lost-${kind}`)).toMatchObject([{ TemplateId: Number(id) }]);
  });

  test("gives each of two creates with lost replies its own template", async () => {
    emulator.addFaults([{ action: "CreateLiveCallbackTemplate", kind: "resetAfterCommit", times: 2 }]);
    const names = ["lost-a", "lost-b"];
    const made = await Promise.all(names.map((name) => templates.make({ templateName: name, recordNotifyUrl: url })));
    for (const [index, name] of names.entries()) {
      expect(templatesNamed(emulator, name)).toMatchObject([{ TemplateId: Number(made[index]?.id) }]);
    }
  });

  test("after a lost reply, doesn't use an equal template that existed before", async () => {
    emulator.addFaults([{ action: "CreateLiveCallbackTemplate", kind: "resetAfterCommit" }]);
    const { id } = await templates.make({ recordNotifyUrl: url, __autoName: "twin-1234567" });
    expect(templatesNamed(emulator, "twin-1234567").map(({ TemplateId }) => String(TemplateId))).toEqual(["16", id]);
  });

  test("after a lost reply, doesn't use a template that someone else has just created", async () => {
    emulator.addFaults([{ action: "CreateLiveCallbackTemplate", kind: "hang" }]);
    const made = templates.make({ templateName: "mine", recordNotifyUrl: url });
    await expect.poll(() => callsOf(emulator, "CreateLiveCallbackTemplate")).toHaveLength(1);
    const { templates: before, ...rest } = emulator.state();
    emulator.setState({
      ...rest,
      templates: [...before, { TemplateId: 19, TemplateName: "theirs", RecordNotifyUrl: url }],
    });
    expect((await made).id).not.toBe("19");
    expect(templatesNamed(emulator, "mine")).toHaveLength(1);
  });

  test("gives up after three calls without a reply", async () => {
    emulator.addFaults([{ action: "CreateLiveCallbackTemplate", kind: "resetBefore", times: 9 }]);
    const { message } = await failureOf(templates.make({ templateName: "never", recordNotifyUrl: url }));
    expect(message).toMatch(/^callback template "never" may or may not have been created: CreateLiveCallbackTemplate/);
    expect(callsOf(emulator, "CreateLiveCallbackTemplate")).toHaveLength(3);
    expect(templatesNamed(emulator, "never")).toEqual([]);
  });

  test("reports a refusal, keeps nothing in the state, and can be run again", async () => {
    emulator.addFaults([{ action: "CreateLiveCallbackTemplate", kind: "code", code: "InternalError.ConfOutLimit" }]);
    const news = { templateName: "fiftyfirst", recordNotifyUrl: url };
    const { message, partial } = await failureOf(templates.make(news));
    expect(message).toMatch(/^callback template "fiftyfirst" was not created: .*ConfOutLimit.*RequestId.*50 callback/);
    expect(partial).toBeUndefined();
    expect((await templates.make(news)).id).toMatch(/^\d+$/);
  });

  test("waits for a callback host that isn't in DNS yet, and says so", async () => {
    emulator.configure({ unresolvedHosts: ["born.example.com"] });
    const made = templates.make({ templateName: "born", recordNotifyUrl: "https://born.example.com/lvb" });
    await provider.line(/"born": waiting up to .* for born\.example\.com to resolve/);
    emulator.configure({ unresolvedHosts: [] });
    expect((await made).id).toMatch(/^\d+$/);
    expect(templatesNamed(emulator, "born")).toHaveLength(1);
  });

  test("fails if the callback host still doesn't resolve, after one message about the wait", async () => {
    emulator.configure({ unresolvedHosts: ["born.example.com"] });
    const receiver = "https://born.example.com/lvb";
    const { message } = await failureOf(templates.make({ templateName: "unborn", recordNotifyUrl: receiver }));
    emulator.configure({ unresolvedHosts: [] });
    expect(message).toMatch(/"unborn" was not created: .*InvalidParameter\.UrlNotSafe/);
    expect(provider.lines("info").filter((line) => line.includes("unborn"))).toEqual([
      'callback template "unborn": waiting up to 4 s for born.example.com to resolve in public DNS',
    ]);
  });
});

classesDescribe("create with the import option", () => {
  onAccount({
    templates: [
      { TemplateId: 21, TemplateName: "equal", RecordNotifyUrl: url, RecordExceptionLevels: ["info", "error"] },
      { TemplateId: 22, TemplateName: "unequal", RecordNotifyUrl: url, Description: "theirs", CallbackKey: "TheirKey" },
      { TemplateId: 23, TemplateName: "later", RecordNotifyUrl: url },
      { TemplateId: 24, TemplateName: "status" },
    ],
  });

  test("imports a template that equals the program, without a write", async () => {
    const fields = { templateName: "equal", recordNotifyUrl: url, recordExceptionLevels: ["error", "info"] };
    const { id, outs } = await templates.make({ ...fields, __import: "21" });
    expect(id).toBe("21");
    // The time of its last change is unknown, so there is no propagation.
    expect(outs).toEqual({ ...fields, templateId: "21", accountId: account, __provider: templates.text });
    expect(written()).toEqual([]);
    expect(provider.lines("warning")).toEqual([]);
  });

  test("warns that it can't compare recordStatusNotifyUrl, which the API never returns", async () => {
    const fields = { templateName: "status", recordStatusNotifyUrl: url };
    await templates.make({ ...fields, __import: "24" });
    expect(provider.lines("warning")).toEqual([
      "callback template 24: the API never returns recordStatusNotifyUrl, so the program's value was not compared",
    ]);
  });

  test("refuses a template that differs, and lists every difference", async () => {
    const news = { templateName: "unequal", recordNotifyUrl: `${url}/x`, snapshotNotifyUrl: url, __import: "22" };
    const { message } = await failureOf(templates.make(news));
    expect(message).toContain(`recordNotifyUrl is "${url}" in the account and "${url}/x" in the program`);
    expect(message).toContain(`snapshotNotifyUrl is nothing in the account and "${url}" in the program`);
    expect(message).toContain('description is "theirs" in the account and nothing in the program');
    expect(message).toContain("callbackKey (set in the account)");
    expect(provider.told()).not.toContain("TheirKey");
    expect(written()).toEqual([]);
  });

  test("refuses an id that does not exist", async () => {
    const { message } = await failureOf(
      templates.make({ templateName: "nothing", recordNotifyUrl: url, __import: "99" }),
    );
    expect(message).toMatch(/no callback template 99/);
  });

  test("keeps the template when the same run deletes its former resource", async () => {
    const fields = { templateName: "later", recordNotifyUrl: url };
    await templates.make({ ...fields, __import: "23" });
    await templates.delete("23", templateState("23", fields));
    expect(templatesNamed(emulator, "later")).toHaveLength(1);
    expect(provider.lines("warning")).toContainEqual(
      expect.stringMatching(/23.* is kept: another resource of this run/),
    );
  });
});

describe("read", () => {
  onAccount({
    templates: [
      { TemplateId: 31, TemplateName: "same", RecordNotifyUrl: url, RecordExceptionLevels: ["info", "error"] },
      { TemplateId: 32, TemplateName: "edited", RecordNotifyUrl: `${url}/theirs`, Description: "theirs" },
      { TemplateId: 33, TemplateName: "cleared", RecordNotifyUrl: url },
      { TemplateId: 34, TemplateName: "looked-up", RecordNotifyUrl: url, Description: "x" },
    ],
  });

  test("returns exactly the stored state if nothing was edited", async () => {
    const fields = { templateName: "same", recordNotifyUrl: url, recordExceptionLevels: ["error", "info"] };
    const state = templateState("31", fields);
    const { id, props, inputs } = await templates.read("31", { ...state, __autoName: "same" });
    expect(id).toBe("31");
    expect({ ...props, recordExceptionLevels: [] }).toEqual({
      ...state,
      recordExceptionLevels: [],
      __autoName: "same",
      __provider: templates.text,
    });
    expect(await templates.diff("31", props, fields)).toMatchObject({ changes: false });
    expect(await templates.diff("31", state, inputs ?? {})).toMatchObject({ changes: false });
    expect(emulator.requests()).toMatchObject([{ action: "DescribeLiveCallbackTemplates" }]);
  });

  test("shows an edit as outputs and inputs, even of a field that the program doesn't set", async () => {
    const state = templateState("32", { templateName: "edited", recordNotifyUrl: url });
    const { props, inputs } = await templates.read("32", state);
    const live = { templateName: "edited", recordNotifyUrl: `${url}/theirs`, description: "theirs" };
    expect(props).toEqual({
      ...live,
      templateId: "32",
      accountId: account,
      propagation: expect.objectContaining({ changedAt: expect.not.stringMatching(longAgo.changedAt) }),
      __provider: templates.text,
    });
    expect(inputs).toEqual({ ...live, __provider: templates.text });
    // All reads of a run share one list.
    expect(callsOf(emulator, "DescribeLiveCallbackTemplates")).toEqual([]);
  });

  test("shows fields that were cleared, and keeps the one that the API never returns", async () => {
    const fields = { templateName: "cleared", recordNotifyUrl: url, recordStatusNotifyUrl: url, description: "mine" };
    const { props, inputs } = await templates.read("33", templateState("33", fields));
    expect(props).not.toHaveProperty("description");
    expect(inputs).toEqual({
      templateName: "cleared",
      recordNotifyUrl: url,
      recordStatusNotifyUrl: url,
      __provider: templates.text,
    });
  });

  test("finds a template by its id alone", async () => {
    const { id, props } = await templates.read("34");
    expect(id).toBe("34");
    expect(props).toEqual({
      templateName: "looked-up",
      recordNotifyUrl: url,
      description: "x",
      templateId: "34",
      accountId: account,
      __provider: templates.text,
    });
  });

  test("fails for an unknown id, and returns no id for a stored template that is gone", async () => {
    const { message } = await failureOf(templates.read("99"));
    expect(message).toBe("callback template 99 was not read: no such template in the account");
    const gone = await templates.read("99", templateState("99", { templateName: "gone", recordNotifyUrl: url }));
    expect(gone.id).toBe("");
    expect(gone.inputs).toBeUndefined();
    // An object that was changed long ago is not looked for again.
    expect(callsOf(emulator, "DescribeLiveCallbackTemplates")).toEqual([]);
  });
});

describe.each([
  { unsetField: "null", exceptionLevelWord: "alarm" },
  { unsetField: "omitted", exceptionLevelWord: "warning" },
] as const)("read, with the dialects %j", (dialect) => {
  onAccount({
    templates: [{ TemplateId: 41, TemplateName: "same", RecordNotifyUrl: url, RecordExceptionLevels: ["warning"] }],
  });

  beforeAll(() => emulator.setDialects(dialect));

  test("finds no edit if there is none", async () => {
    const fields = { templateName: "same", recordNotifyUrl: url, recordExceptionLevels: ["warning"] };
    const { props, inputs } = await templates.read("41", templateState("41", fields));
    expect(props).toEqual({ ...templateState("41", fields), __provider: templates.text });
    expect(inputs).toEqual({ ...fields, __provider: templates.text });
  });
});

describe.each(["kept", "cleared"] as const)("update, if fields missing in a Modify are %s", (omittedOnModify) => {
  const whole = {
    TemplateName: "whole",
    Description: "mine",
    StreamBeginNotifyUrl: `${url}/1`,
    RecordNotifyUrl: `${url}/3`,
    RecordStatusNotifyUrl: `${url}/4`,
    RecordExceptionLevels: ["error", "info"],
    CallbackKey: "Key4Callbacks",
  };
  const fields = {
    templateName: "whole",
    description: "mine",
    streamBeginNotifyUrl: `${url}/1`,
    recordNotifyUrl: `${url}/3`,
    recordStatusNotifyUrl: `${url}/4`,
    recordExceptionLevels: ["error", "info"],
    callbackKey: "Key4Callbacks",
  };

  onAccount({
    templates: [
      { TemplateId: 51, ...whole },
      { TemplateId: 52, ...whole, TemplateName: "clear" },
      { TemplateId: 53, ...whole, TemplateName: "edited", StreamEndNotifyUrl: `${url}/theirs`, Description: "theirs" },
      { TemplateId: 54, ...whole, TemplateName: "rename" },
      { TemplateId: 55, ...whole, TemplateName: "lost" },
      { TemplateId: 56, TemplateName: "small", RecordNotifyUrl: url },
      { TemplateId: 57, ...whole, TemplateName: "done", Description: "new" },
      { TemplateId: 58, TemplateName: "namesake", RecordNotifyUrl: url },
      { TemplateId: 59, TemplateName: "namesake", RecordNotifyUrl: url },
    ],
  });

  beforeAll(() => emulator.setDialects({ omittedOnModify }));

  const live = (id: number) => emulator.state().templates.find(({ TemplateId }) => TemplateId === id);

  test("changes one field and sends the whole template", async () => {
    const news = { ...fields, description: "new" };
    const { outs } = await templates.update("51", templateState("51", fields), news);
    expect(outs).toEqual({
      ...news,
      callbackKey: secret("Key4Callbacks"),
      templateId: "51",
      accountId: account,
      propagation: expect.not.objectContaining({ changedAt: longAgo.changedAt }),
      __provider: templates.text,
    });
    expect(live(51)).toMatchObject({ ...whole, Description: "new" });
    expect(written()).toMatchObject([
      { parameters: { TemplateId: 51, ...whole, Description: "new", CallbackKey: "***" } },
    ]);
  });

  test("sends empty values for fields that the program no longer sets", async () => {
    const news = { templateName: "clear", recordNotifyUrl: `${url}/3` };
    const { outs } = await templates.update("52", templateState("52", { ...fields, templateName: "clear" }), news);
    expect(outs).toEqual({
      ...news,
      templateId: "52",
      accountId: account,
      propagation: expect.anything(),
      __provider: templates.text,
    });
    const empty = { Description: "", StreamBeginNotifyUrl: "", RecordStatusNotifyUrl: "", RecordExceptionLevels: [] };
    expect(callsOf(emulator, "ModifyLiveCallbackTemplate")).toMatchObject([empty]);
    expect(live(52)).toMatchObject({ ...empty, CallbackKey: "", RecordNotifyUrl: `${url}/3` });
  });

  test("keeps fields that a colleague edited and no preview showed, and names them in a warning", async () => {
    const state = templateState("53", { ...fields, templateName: "edited" });
    const { outs } = await templates.update("53", state, {
      ...fields,
      templateName: "edited",
      recordNotifyUrl: `${url}/new`,
    });
    const theirs = { Description: "theirs", StreamEndNotifyUrl: `${url}/theirs` };
    expect(live(53)).toMatchObject({ ...whole, TemplateName: "edited", ...theirs, RecordNotifyUrl: `${url}/new` });
    // The state keeps the old value, so that a later update can't revert the edit without showing it either.
    expect(outs).toMatchObject({ description: fields.description });
    expect(outs).not.toHaveProperty("streamEndNotifyUrl");
    expect(provider.lines("warning")).toEqual([
      expect.stringMatching(
        /"edited" \(53\): description, streamEndNotifyUrl were changed outside of this stack.*pulumi up --refresh/,
      ),
    ]);
  });

  test("renames a template, but not to the name of another one", async () => {
    const state = templateState("54", { ...fields, templateName: "rename" });
    const { message } = await failureOf(templates.update("54", state, { ...fields, templateName: "small" }));
    expect(message).toMatch(/already has .*: 56\b.*choose another templateName/);
    await templates.update("54", state, { ...fields, templateName: "renamed" });
    expect(live(54)).toMatchObject({ ...whole, TemplateName: "renamed" });
  });

  test("gives a template the name that another one gives up in this run", async () => {
    const small = { templateName: "small", recordNotifyUrl: url };
    await templates.check(small, { ...small, templateName: "tiny" });
    await templates.diff("56", templateState("56", small), { ...small, templateName: "tiny" });
    const state = templateState("54", { ...fields, templateName: "renamed" });
    await templates.update("54", state, { ...fields, templateName: "small" });
    expect(live(54)).toMatchObject({ TemplateName: "small" });
    const back = templateState("54", { ...fields, templateName: "small" });
    await templates.update("54", back, { ...fields, templateName: "renamed" });
  });

  test("accepts a new name that the template already has, and edits one of two templates with the same name", async () => {
    const old = { templateName: "before", recordNotifyUrl: `${url}/3` };
    await templates.update("54", templateState("54", old), { ...old, templateName: "renamed" });
    const namesake = { templateName: "namesake", recordNotifyUrl: url };
    await templates.update("58", templateState("58", namesake), { ...namesake, description: "new" });
    expect(live(58)).toMatchObject({ Description: "new" });
  });

  test("succeeds although the reply is lost", async () => {
    emulator.addFaults([{ action: "ModifyLiveCallbackTemplate", kind: "resetAfterCommit" }]);
    const old = { ...fields, templateName: "lost" };
    await templates.update("55", templateState("55", old), { ...old, description: "new" });
    expect(live(55)).toMatchObject({ ...whole, TemplateName: "lost", Description: "new" });
  });

  test("sends the fields of the China site only if they are set", async () => {
    const old = { templateName: "small", recordNotifyUrl: url };
    await templates.update("56", templateState("56", old), { ...old, description: "new" });
    expect(callsOf(emulator, "ModifyLiveCallbackTemplate")).toEqual([
      { TemplateId: 56, TemplateName: "small", RecordNotifyUrl: url, Description: "new" },
    ]);
  });

  test("writes nothing if the account already equals the program, as after a killed run", async () => {
    const old = { ...fields, templateName: "done" };
    const { outs } = await templates.update("57", templateState("57", old), { ...old, description: "new" });
    expect(outs).toMatchObject({ description: "new" });
    await templates.update("57", templateState("57", { ...old, description: "new" }), { ...old, description: "new" });
    expect(written()).toEqual([]);
  });

  test("fails if the template is gone, and says what to do", async () => {
    const { message, partial } = await failureOf(
      templates.update("99", templateState("99", fields), { ...fields, description: "new" }),
    );
    expect(message).toMatch(/no longer exists in the account.*pulumi up --refresh/);
    expect(partial).toBeUndefined();
  });
});

describe("delete", () => {
  const inUseCodes = ["FailedOperation.ConfInUsed", "InternalError.ConfInUsed", "InternalError.RuleInUsing"] as const;

  afterEach(() => emulator.setDialects({ inUse: "FailedOperation.ConfInUsed" }));

  const ids = [61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71];

  onAccount({
    templates: ids.map((TemplateId) => ({ TemplateId, TemplateName: `t${TemplateId}`, RecordNotifyUrl: url })),
    rules: [
      { DomainName: "push.example.com", AppName: "live", TemplateId: 62 },
      { DomainName: "push.example.com", AppName: "event", TemplateId: 62 },
      { DomainName: "push.example.com", AppName: "other", TemplateId: 61 },
      { DomainName: "push.example.com", AppName: "it's", TemplateId: 61 },
    ],
  });

  const remove = (id: number, more: Values = {}) =>
    templates.delete(String(id), {
      ...templateState(String(id), { templateName: `t${id}`, recordNotifyUrl: url }),
      ...more,
    });
  const isLeft = (id: number) => emulator.state().templates.some(({ TemplateId }) => TemplateId === id);

  test.each([...inUseCodes, "cascade"] as const)(
    "refuses a bound template and names each domain and app, whatever the API does (%s)",
    async (inUse) => {
      emulator.setDialects({ inUse });
      const { message } = await failureOf(remove(62));
      expect(message).toMatch(/still bound to push\.example\.com\/event, push\.example\.com\/live\b.*Next: /);
      expect(isLeft(62)).toBe(true);
      expect(emulator.state().rules).toHaveLength(4);
    },
  );

  test("names a command that a shell can run", async () => {
    const command = "`npx pulumi-tencentcloud-lvb unbind push.example.com 'it'\\''s'`";
    expect((await failureOf(remove(61))).message).toContain(command);
  });

  test("deletes a template, even if the reply is lost", async () => {
    await remove(63);
    emulator.addFaults([{ action: "DeleteLiveCallbackTemplate", kind: "resetAfterCommit" }]);
    await remove(64);
    expect([isLeft(63), isLeft(64)]).toEqual([false, false]);
  });

  test("lets the same run create a template of that name again", async () => {
    for (const templateName of ["t63", "t64"]) await templates.make({ templateName, recordNotifyUrl: url });
    expect(written()).toHaveLength(2);
  });

  test("waits briefly for a deleted rule that still counts", async () => {
    emulator.addFaults([{ action: "DeleteLiveCallbackTemplate", kind: "code", code: "FailedOperation.ConfInUsed" }]);
    await remove(65);
    expect(isLeft(65)).toBe(false);
  });

  test("fails if the service still says that the template is in use, although no rule shows it", async () => {
    emulator.addFaults([
      { action: "DeleteLiveCallbackTemplate", kind: "code", code: "FailedOperation.ConfInUsed", times: 9 },
    ]);
    expect((await failureOf(remove(68))).message).toMatch(/t68.* was not deleted: .*FailedOperation\.ConfInUsed/);
    expect(isLeft(68)).toBe(true);
  });

  test.each(inUseCodes)(
    "refuses a template that someone has just bound, and names the domain and app (%s)",
    async (inUse) => {
      emulator.setDialects({ inUse });
      const { rules, ...rest } = emulator.state();
      emulator.setState({
        ...rest,
        rules: [...rules, { DomainName: "push.example.com", AppName: "late", TemplateId: 68 }],
      });
      const { message } = await failureOf(remove(68));
      emulator.setState({ ...rest, rules });
      expect(message).toMatch(/still bound to push\.example\.com\/late\b/);
      expect(isLeft(68)).toBe(true);
    },
  );

  test("succeeds if the template is already gone, in the list or in the answer", async () => {
    await remove(99);
    const raced = {
      66: "FailedOperation.NotFound",
      69: "InternalError.NotFound",
      70: "InternalError.ConfNotFound",
      71: "empty",
    } as const;
    const { templates, ...rest } = emulator.state();
    emulator.setState({ ...rest, templates: templates.filter(({ TemplateId }) => !(TemplateId in raced)) });
    for (const [id, missingTemplate] of Object.entries(raced)) {
      emulator.setDialects({ missingTemplate });
      await remove(Number(id));
    }
    emulator.setDialects({ missingTemplate: "FailedOperation.NotFound" });
    expect(provider.lines("warning")).toEqual([]);
  });

  test("fails if the account is suspended, although the code says ResourceNotFound", async () => {
    const code = "ResourceNotFound.FreezeService";
    emulator.addFaults([{ action: "DeleteLiveCallbackTemplate", kind: "code", code }]);
    expect((await failureOf(remove(67))).message).toMatch(/t67.* was not deleted: .*suspended/);
  });

  test("deletes the template of a state that has only the id", async () => {
    await templates.delete("67", {});
    expect(isLeft(67)).toBe(false);
  });
});
