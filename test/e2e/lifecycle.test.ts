// The life of a stack, step by step as in Pulumi's own ProgramTest, with a look at the account after every step.
import { expect, test } from "vitest";
import { account, expectNothingToDo, onStack, stack } from "./account.ts";
import type { Deployment } from "./harness.ts";

type Fields = Record<string, string | string[]>;

interface Declared {
  templates: Record<string, Fields>;
  bindings: Record<string, { domainName: string; appName: string; template: string }>;
}

const host = "https://callbacks.example.com";

/** A first and a second value of every field of a template. */
const values: Readonly<Record<string, readonly [string | string[], string | string[]]>> = {
  templateName: ["lifecycle-name", "lifecycle-renamed"],
  description: ["First words", "Other words"],
  streamBeginNotifyUrl: [`${host}/begin/1`, `${host}/begin/2`],
  streamEndNotifyUrl: [`${host}/end/1`, `${host}/end/2`],
  recordNotifyUrl: [`${host}/record/1`, `${host}/record/2`],
  recordStatusNotifyUrl: [`${host}/record-status/1`, `${host}/record-status/2`],
  snapshotNotifyUrl: [`${host}/snapshot/1`, `${host}/snapshot/2`],
  pornCensorshipNotifyUrl: [`${host}/image/1`, `${host}/image/2`],
  pushExceptionNotifyUrl: [`${host}/push/1`, `${host}/push/2`],
  audioAuditNotifyUrl: [`${host}/audio/1`, `${host}/audio/2`],
  recordExceptionNotifyUrl: [`${host}/record-exception/1`, `${host}/record-exception/2`],
  recordExceptionLevels: [
    ["error", "warning"],
    ["warning", "info"],
  ],
  callbackKey: ["lifecycleKey1", "lifecycleKey2"],
};
const fields = Object.keys(values);

/** A template for each field, named after it, in which only this field changes, and one in which all change. */
function templatesWith(version: 0 | 1 | "cleared"): Declared["templates"] {
  const valuesOf = (names: readonly string[]): Fields =>
    version === "cleared" ? {} : Object.fromEntries(names.map((name) => [name, values[name]?.[version] ?? ""]));
  const single = fields.map((field) => [
    field,
    {
      // Each keeps a URL, since a template must have one.
      [field === "streamEndNotifyUrl" ? "streamBeginNotifyUrl" : "streamEndNotifyUrl"]: `${host}/kept`,
      ...valuesOf([field]),
    },
  ]);
  const others = fields.filter((field) => field !== "templateName" && field !== "snapshotNotifyUrl");
  const all = { ...valuesOf(others), templateName: "lifecycle-all", snapshotNotifyUrl: `${host}/kept` };
  return { ...Object.fromEntries(single), all };
}

const bindings: Declared["bindings"] = {
  renamed: { domainName: "push.example.com", appName: "live", template: "templateName" },
  switched: { domainName: "push.example.com", appName: "switched", template: "all" },
  "domain-moved": { domainName: "push.example.com", appName: "moved", template: "all" },
  "app-moved": { domainName: "push.example.com", appName: "before", template: "all" },
};

const created: Declared = { templates: templatesWith(0), bindings };
const changed: Declared = { templates: templatesWith(1), bindings };
const cleared: Declared = { templates: templatesWith("cleared"), bindings };
const rebound: Declared = {
  templates: created.templates,
  bindings: {
    ...bindings,
    switched: { domainName: "push.example.com", appName: "switched", template: "description" },
    "domain-moved": { domainName: "other.example.com", appName: "moved", template: "all" },
    "app-moved": { domainName: "push.example.com", appName: "after", template: "all" },
  },
};

onStack(() => ({ program: program(created) }));

test("a preview makes no API call and changes nothing", async () => {
  expect(await account.calls(() => stack.preview())).toEqual([]);
  expect(account.ours()).toEqual({ templates: [], rules: {} });
});

test("up creates each object with one write", async () => {
  const writes = await account.writes(() => stack.up());
  expectAccount(created);
  expect(count(writes)).toEqual({
    CreateLiveCallbackTemplate: Object.keys(created.templates).length,
    CreateLiveCallbackRule: Object.keys(bindings).length,
  });
});

test("an exported and imported state works as before", async () => {
  const state = await stack.exportState();
  await stack.importState(state);
  expect(withoutCiphertexts(await stack.exportState())).toEqual(withoutCiphertexts(state));
  await expectSettled(created);
});

test("an up without changes makes no call, even if values are written differently", async () => {
  const reordered = (list: string | string[] | undefined) => (Array.isArray(list) ? list.toReversed() : (list ?? ""));
  const { all, ...others } = created.templates;
  stack.setProgram(
    program({
      templates: { ...others, all: { ...all, recordExceptionLevels: reordered(all?.recordExceptionLevels) } },
      bindings: { ...bindings, renamed: { domainName: "Push.Example.Com", appName: "live", template: "templateName" } },
    }),
  );
  expect(await account.calls(() => stack.up("--expect-no-changes"))).toEqual([]);
  await stack.refresh("--expect-no-changes");
  expectAccount(created);
});

test("each field of a template can be changed, in place", async () => {
  // With dialects that clear omitted fields and return other forms.
  account.emulator.setDialects({ omittedOnModify: "cleared", unsetField: "omitted", exceptionLevelWord: "alarm" });
  await expectTemplatesModified(changed);
});

test("each field of a template can be cleared, in place", async () => {
  account.emulator.setDialects({ omittedOnModify: "kept", unsetField: "null", exceptionLevelWord: "warning" });
  await expectTemplatesModified(cleared);
});

test("a binding changes its template in place, and is replaced for another domain or app; cleared fields can be set again", async () => {
  account.emulator.setDialects({ unsetField: "empty" });
  stack.setProgram(program(rebound));
  const preview = await stack.preview();
  // The templates and the switched binding. A binding of an edited template doesn't count as changed.
  expect(preview.stdout).toMatch(/~ 15 to update/);
  expect(preview.stdout).toMatch(/\+-2 to replace/);
  const writes = await account.writes(() => stack.up());
  expect(count(writes)).toEqual({
    ModifyLiveCallbackTemplate: Object.keys(rebound.templates).length,
    CreateLiveCallbackRule: 3,
    DeleteLiveCallbackRule: 3,
  });
  // The API would refuse a second rule for a domain and app.
  expect(account.emulator.requests().filter(({ code }) => code !== null)).toEqual([]);
  await expectSettled(rebound);
});

test("destroy removes only our objects, with one write for each", async () => {
  const writes = await account.writes(() => stack.destroy());
  expect(count(writes)).toEqual({
    DeleteLiveCallbackTemplate: Object.keys(rebound.templates).length,
    DeleteLiveCallbackRule: Object.keys(rebound.bindings).length,
  });
  expect(account.ours()).toEqual({ templates: [], rules: {} });
  expect((await stack.exportState()).deployment.resources ?? []).toEqual([]);
});

test("no key was ever written in clear text", () => {
  for (const [file, text] of stack.stateFiles()) {
    expect(text, file).not.toMatch(/lifecycleKey|emulator-key|foreignKey/);
  }
});

function program({ templates, bindings }: Declared): string {
  return `
    const lvb = require("pulumi-tencentcloud-lvb");
    const templates = {};
    for (const [name, args] of Object.entries(${JSON.stringify(templates)})) {
      templates[name] = new lvb.CallbackTemplate(name, args);
    }
    for (const [name, { template, ...place }] of Object.entries(${JSON.stringify(bindings)})) {
      new lvb.DomainTemplateBinding(name, { ...place, templateId: templates[template].templateId });
    }
  `;
}

async function expectTemplatesModified(declared: Declared): Promise<void> {
  const ids = account.emulator.state().templates.map(({ TemplateId }) => TemplateId);
  stack.setProgram(program(declared));
  const writes = await account.writes(() => stack.up());
  expect(count(writes)).toEqual({ ModifyLiveCallbackTemplate: Object.keys(declared.templates).length });
  expect(account.emulator.state().templates.map(({ TemplateId }) => TemplateId)).toEqual(ids);
  await expectSettled(declared);
}

/** An import encrypts secrets again. */
function withoutCiphertexts(state: Deployment): unknown {
  return JSON.parse(JSON.stringify(state, (key, value: unknown) => (key === "ciphertext" ? "" : value)));
}

/** Account and state equal the program, and neither a preview nor a refresh finds a change. */
async function expectSettled(declared: Declared): Promise<void> {
  await expectNothingToDo(stack, account);
  const calls = await account.calls(() => stack.refresh("--expect-no-changes"));
  expect(calls.toSorted()).toEqual(["DescribeLiveCallbackRules", "DescribeLiveCallbackTemplates"]);
  expectAccount(declared);
}

function expectAccount({ templates, bindings }: Declared): void {
  const rules = Object.values(bindings).map(({ domainName, appName, template }) => [
    `${domainName}/${appName}`,
    liveName(template, templates[template] ?? {}),
  ]);
  const live = account.ours();
  const declared = Object.entries(templates).map(([name, args]) => [liveName(name, args), liveFields(name, args)]);
  expect(Object.fromEntries(live.templates.map((template) => [template.TemplateName, template]))).toEqual(
    Object.fromEntries(declared),
  );
  expect(live.templates).toHaveLength(declared.length);
  expect(live.rules).toEqual(Object.fromEntries(rules));
}

function liveFields(name: string, args: Fields): Record<string, unknown> {
  const entries = Object.entries(args).map(([field, value]) => [field.replace(/^./, (c) => c.toUpperCase()), value]);
  return { ...Object.fromEntries(entries), TemplateName: liveName(name, args) };
}

function liveName(name: string, { templateName }: Fields): string {
  return typeof templateName === "string" ? templateName : `${name.slice(0, 22)}-*`;
}

function count(actions: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    [...new Set(actions)].map((action) => [action, actions.filter((a) => a === action).length]),
  );
}
