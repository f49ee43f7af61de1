import { expect, test } from "vitest";
import type { Dialects, EmulatorState, StateInput } from "../../../emulator/index.ts";
import { dialects, startEmulator } from "../../../emulator/index.ts";
import { admin, rule, running, stoppedClock, template } from "./running.ts";
import { call } from "./signedClient.ts";

interface Case {
  dialect: Partial<Dialects>;
  action: string;
  parameters: Record<string, unknown>;
  state?: StateInput;
  code?: string;
  /** The state afterwards. */
  leaves?: { [K in keyof EmulatorState]?: unknown[] };
  /** The answer. */
  answers?: Record<string, unknown>;
}

const full = { ...template, Description: "d", CallbackKey: "k", RecordExceptionLevels: ["warning"] };
const seven = { TemplateId: 7 };
const missing = { TemplateId: 8 };
const key = { DomainName: "push.example.com", AppName: "live" };
const templates = { templates: [template] };
const bound = { templates: [template, { ...template, TemplateId: 9 }], rules: [rule] };
const modify = "ModifyLiveCallbackTemplate";
const describeOne = "DescribeLiveCallbackTemplate";
const remove = "DeleteLiveCallbackTemplate";
const bind = "CreateLiveCallbackRule";
const unbind = "DeleteLiveCallbackRule";
const notFound = ["FailedOperation.NotFound", "InternalError.NotFound", "InternalError.ConfNotFound"] as const;
const inUse = ["FailedOperation.ConfInUsed", "InternalError.ConfInUsed", "InternalError.RuleInUsing"] as const;

const cases: Case[] = [
  {
    dialect: { duplicateRule: "error" },
    state: bound,
    action: bind,
    parameters: { ...key, TemplateId: 9 },
    code: "InternalError",
    leaves: { rules: [rule] },
  },
  {
    dialect: { duplicateRule: "overwrite" },
    state: bound,
    action: bind,
    parameters: { ...key, TemplateId: 9 },
    leaves: { rules: [{ ...rule, TemplateId: 9 }] },
  },
  ...notFound.flatMap((code) =>
    [describeOne, modify, remove].map((action) => ({
      dialect: { missingTemplate: code },
      action,
      parameters: missing,
      code,
    })),
  ),
  { dialect: { missingTemplate: "empty" }, action: describeOne, parameters: missing, answers: { Template: null } },
  { dialect: { missingTemplate: "empty" }, action: modify, parameters: missing },
  { dialect: { missingTemplate: "empty" }, action: remove, parameters: missing },
  {
    dialect: { missingRule: "FailedOperation.NotFound" },
    action: unbind,
    parameters: key,
    code: "FailedOperation.NotFound",
  },
  { dialect: { missingRule: "success" }, action: unbind, parameters: key },
  ...(["InternalError.ConfNotFound", "InvalidParameter.ConfNotFound"] as const).map((code) => ({
    dialect: { unknownTemplate: code },
    action: bind,
    parameters: { ...key, ...missing },
    code,
  })),
  ...inUse.map((code) => ({
    dialect: { inUse: code },
    state: bound,
    action: remove,
    parameters: seven,
    code,
    leaves: { rules: [rule] },
  })),
  {
    dialect: { inUse: "cascade" },
    state: bound,
    action: remove,
    parameters: seven,
    leaves: { templates: [{ TemplateId: 9 }], rules: [] },
  },
  {
    dialect: { emptyAppName: "accepted" },
    state: templates,
    action: bind,
    parameters: { ...rule, AppName: "" },
    leaves: { rules: [{ AppName: "" }] },
  },
  {
    dialect: { emptyAppName: "missing" },
    state: templates,
    action: bind,
    parameters: { ...rule, AppName: "" },
    code: "MissingParameter",
  },
  {
    dialect: { emptyAppName: "missing" },
    action: unbind,
    parameters: { ...key, AppName: "" },
    code: "MissingParameter",
  },
  {
    dialect: { omittedOnModify: "kept" },
    state: { templates: [full] },
    action: modify,
    parameters: { ...seven, Description: "e" },
    leaves: { templates: [{ ...full, Description: "e" }] },
  },
  {
    dialect: { omittedOnModify: "cleared" },
    state: { templates: [full] },
    action: modify,
    parameters: { ...seven, Description: "e" },
    leaves: {
      templates: [
        {
          TemplateName: "seven",
          Description: "e",
          StreamBeginNotifyUrl: "",
          CallbackKey: "",
          RecordExceptionLevels: [],
        },
      ],
    },
  },
  {
    dialect: { emptyOnModify: "clears" },
    state: { templates: [full] },
    action: modify,
    parameters: { ...seven, CallbackKey: "", RecordExceptionLevels: [] },
    leaves: { templates: [{ CallbackKey: "", RecordExceptionLevels: [] }] },
  },
  {
    dialect: { emptyOnModify: "clears" },
    state: { templates: [full] },
    action: modify,
    parameters: { ...seven, TemplateName: "" },
    code: "InvalidParameter.ArgsNotMatch",
  },
  {
    dialect: { emptyOnModify: "ignored" },
    state: { templates: [full] },
    action: modify,
    parameters: { ...seven, TemplateName: "", CallbackKey: "", RecordExceptionLevels: [] },
    leaves: { templates: [full] },
  },
  {
    dialect: { lastUrl: "removable" },
    state: templates,
    action: modify,
    parameters: { ...seven, StreamBeginNotifyUrl: "" },
    leaves: { templates: [{ StreamBeginNotifyUrl: "" }] },
  },
  {
    dialect: { lastUrl: "required" },
    state: templates,
    action: modify,
    parameters: { ...seven, StreamBeginNotifyUrl: "" },
    code: "InvalidParameter",
    leaves: { templates: [template] },
  },
  ...["unknown.example.com", "play.example.com", "off.example.com"].flatMap((DomainName): Case[] => {
    const domains = [
      { Name: "play.example.com", Type: 1 },
      { Name: "off.example.com", Status: 0 },
    ];
    const common = { state: { ...templates, domains }, action: bind, parameters: { ...rule, DomainName } };
    return [
      {
        dialect: { unknownDomain: "refused" },
        ...common,
        code: "InvalidParameter.DomainFormatError",
        leaves: { rules: [] },
      },
      { dialect: { unknownDomain: "accepted" }, ...common, leaves: { rules: [{ DomainName }] } },
    ];
  }),
  ...["RecordStatusNotifyUrl", "AudioAuditNotifyUrl", "RecordExceptionNotifyUrl", "RecordExceptionLevels"].flatMap(
    (field): Case[] => {
      const value = field === "RecordExceptionLevels" ? ["info"] : "http://example.com/china";
      const common = { state: templates, action: modify, parameters: { ...seven, [field]: value } };
      const create = {
        action: "CreateLiveCallbackTemplate",
        parameters: { TemplateName: "c", RecordNotifyUrl: "http://example.com", [field]: value },
      };
      return [
        { dialect: { chinaFields: "accepted" }, ...common, leaves: { templates: [{ [field]: value }] } },
        { dialect: { chinaFields: "accepted" }, ...create, leaves: { templates: [{ [field]: value }] } },
        { dialect: { chinaFields: "refused" }, ...common, code: "UnknownParameter", leaves: { templates: [template] } },
        { dialect: { chinaFields: "refused" }, ...create, code: "UnknownParameter", leaves: { templates: [] } },
      ];
    },
  ),
  {
    dialect: { exceptionLevelWord: "warning" },
    state: { templates: [full] },
    action: describeOne,
    parameters: seven,
    answers: { Template: { RecordExceptionLevels: ["warning"] } },
  },
  {
    dialect: { exceptionLevelWord: "alarm" },
    state: { templates: [full] },
    action: describeOne,
    parameters: seven,
    answers: { Template: { RecordExceptionLevels: ["alarm"] } },
    leaves: { templates: [full] },
  },
  {
    dialect: { strayTemplateId: "accepted" },
    state: bound,
    action: unbind,
    parameters: { ...key, TemplateId: 1000 },
    leaves: { rules: [] },
  },
  {
    dialect: { strayTemplateId: "refused" },
    state: bound,
    action: unbind,
    parameters: { ...key, TemplateId: 1000 },
    code: "UnknownParameter",
    leaves: { rules: [rule] },
  },
  {
    dialect: { unsetField: "empty" },
    state: templates,
    action: describeOne,
    parameters: seven,
    answers: { Template: { CallbackKey: "", RecordExceptionLevels: [] } },
  },
  {
    dialect: { unsetField: "null" },
    state: templates,
    action: describeOne,
    parameters: seven,
    answers: { Template: { CallbackKey: null, RecordExceptionLevels: null } },
  },
  {
    dialect: { unsetField: "omitted" },
    state: templates,
    action: describeOne,
    parameters: seven,
    answers: { Template: expect.not.objectContaining({ CallbackKey: expect.anything() }) },
  },
  {
    dialect: { numericStrings: "coerced" },
    state: templates,
    action: describeOne,
    parameters: { TemplateId: "7" },
    answers: { Template: seven },
  },
  {
    dialect: { numericStrings: "coerced" },
    state: templates,
    action: describeOne,
    parameters: { TemplateId: "7a" },
    code: "InvalidParameter",
  },
  {
    dialect: { numericStrings: "refused" },
    state: templates,
    action: describeOne,
    parameters: { TemplateId: "7" },
    code: "InvalidParameter",
  },
];

test.each(cases)(
  "$dialect: $action $parameters",
  async ({ dialect, state, action, parameters, code, leaves, answers }) => {
    const emulator = await running({ dialects: dialect });
    emulator.setState(state ?? {});
    const reply = await call(emulator, action, parameters);
    expect(reply.code).toBe(code ?? null);
    expect(reply.response).toMatchObject(answers ?? {});
    expect(emulator.state()).toMatchObject(leaves ?? {});
  },
);

test("an unset field can be missing from an answer", async () => {
  const emulator = await running({ dialects: { unsetField: "omitted" } });
  emulator.setState(templates);
  const { response } = await call(emulator, describeOne, seven);
  expect(response.Template).toEqual(template);
});

test("times of rules have one of two formats, whatever the format of the state", async () => {
  const emulator = await running();
  const times = { CreateTime: "2018-09-12 15:52:01", UpdateTime: "2022-05-16T10:59:38+08:00" };
  emulator.setState({ templates: [template], rules: [{ ...rule, ...times }] });
  const rules = async () => (await call(emulator, "DescribeLiveCallbackRules")).response.Rules;
  expect(await rules()).toMatchObject([{ CreateTime: "2018-09-12 15:52:01", UpdateTime: "2022-05-16 10:59:38" }]);
  emulator.setDialects({ timeFormat: "iso" });
  expect(await rules()).toMatchObject([
    { CreateTime: "2018-09-12T15:52:01+08:00", UpdateTime: "2022-05-16T10:59:38+08:00" },
  ]);
});

test("a number in a query is accepted as text", async () => {
  const emulator = await running({ dialects: { numericStrings: "refused" } });
  emulator.setState(templates);
  expect(await call(emulator, describeOne, seven, { method: "GET" })).toMatchObject({ code: null });
});

test("reads of the API can lag behind writes, the admin interface doesn't", async () => {
  const clock = stoppedClock(Date.now());
  const emulator = await running({ clock: clock.read, dialects: { readLag: 3000 } });
  const list = async () => (await call(emulator, "DescribeLiveCallbackTemplates")).response.Templates;
  await call(emulator, "CreateLiveCallbackTemplate", { TemplateName: "late", RecordNotifyUrl: "http://example.com" });
  expect(await list()).toEqual([]);
  expect(emulator.state().templates).toHaveLength(1);
  clock.advance(2.999);
  expect(await list()).toEqual([]);
  clock.advance(0.001);
  expect(await list()).toHaveLength(1);
});

test("every dialect has a test here, or in records.test.ts", () => {
  const tested = new Set(cases.flatMap(({ dialect }) => Object.keys(dialect)));
  const ofRecords = ["recordRequest", "recordRetries", "recordFailure", "callbackRecords", "recordLag"];
  expect([...tested, ...ofRecords, "timeFormat", "readLag"].sort()).toEqual(Object.keys(dialects).sort());
});

test("unknown dialects and values get an error that lists the valid ones", async () => {
  const emulator = await running();
  const put = (body: unknown) => admin(emulator, "PUT", "dialects", body);
  expect(await put({ nothing: 1 })).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining("duplicateRule, missingTemplate") },
  });
  expect(await put({ lastUrl: "x" })).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining("removable, required") },
  });
  expect(await put({ readLag: -1 })).toMatchObject({ status: 400 });
  expect(await put([])).toMatchObject({ status: 400 });
  expect(await put({ lastUrl: "required", readLag: 5 })).toMatchObject({ status: 200 });
  expect(emulator.dialects()).toMatchObject({ lastUrl: "required", readLag: 5, inUse: "FailedOperation.ConfInUsed" });
  const wrong: object = { lastUrl: "x" };
  await expect(startEmulator({ dialects: wrong })).rejects.toThrow("lastUrl must be one of removable, required");
});
