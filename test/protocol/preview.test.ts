// check and diff, which are all that a preview runs. They must work without a network and with unknown values.
import { describe, expect, test } from "vitest";
import { plain } from "../secretValues.ts";
import { classesCases, classesTest } from "./classesOnly.ts";
import { bindingState, longAgo, templateState, url } from "./fixtures.ts";
import { unknown, type Values } from "./providerProcess.ts";
import { bindings, emulator, onAccount, provider, templates, waits } from "./run.ts";

onAccount();

const urlFields = [
  "streamBeginNotifyUrl",
  "streamEndNotifyUrl",
  "recordNotifyUrl",
  "recordStatusNotifyUrl",
  "snapshotNotifyUrl",
  "pornCensorshipNotifyUrl",
  "pushExceptionNotifyUrl",
  "audioAuditNotifyUrl",
  "recordExceptionNotifyUrl",
];

/** Every field of a template, with a value. */
const template: Values = {
  templateName: "events",
  description: "Events of the channel",
  ...Object.fromEntries(urlFields.map((field) => [field, `${url}/${field}`])),
  recordExceptionLevels: ["error", "info"],
  callbackKey: "Key4Callbacks",
};
const templateFields = Object.keys(template);
const binding: Values = { domainName: "push.example.com", appName: "live", templateId: "1001" };

describe("check of a template", () => {
  test("accepts every field and returns it unchanged", async () => {
    const { inputs, failures } = await templates.check({}, template);
    expect(failures).toEqual([]);
    expect(plain(inputs)).toEqual({ ...template, __provider: templates.text });
  });

  test("omits fields that the program omits, or sets to null or an empty text", async () => {
    const news = { templateName: "a", recordNotifyUrl: url, description: null, snapshotNotifyUrl: "" };
    const { inputs, failures } = await templates.check({}, news);
    expect(failures).toEqual([]);
    expect(inputs).toEqual({ templateName: "a", recordNotifyUrl: url, __provider: templates.text });
  });

  test.each(templateFields)("accepts an unknown %s", async (field) => {
    const { inputs, failures } = await templates.check({}, { streamEndNotifyUrl: url, [field]: unknown });
    expect(failures).toEqual([]);
    expect(plain(inputs)[field]).toBe(unknown);
  });

  test("accepts a list with an unknown item", async () => {
    const news = { recordNotifyUrl: url, recordExceptionLevels: ["error", unknown] };
    const { inputs, failures } = await templates.check({}, news);
    expect(failures).toEqual([]);
    expect(inputs.recordExceptionLevels).toEqual(["error", unknown]);
  });

  test("counts an unknown URL as a URL", async () => {
    expect((await templates.check({}, { recordNotifyUrl: unknown })).failures).toEqual([]);
  });

  test.each<[string, unknown, RegExp]>([
    ["templateName", "two words", /Chinese characters, letters, digits, _ and - only/],
    ["templateName", "a".repeat(256), /255 bytes/],

    ["templateName", 7, /expected a string/],
    ["description", "a".repeat(1025), /1024 bytes/],
    ["description", true, /expected a string/],
    ["recordExceptionLevels", "error", /expected a list/],
    ["recordExceptionLevels", ["error", "alarm"], /error, warning or info/],
    ...urlFields.flatMap((field): [string, unknown, RegExp][] => [
      [field, "ftp://callbacks.example.com", /http:\/\/ or https:\/\//],
      [field, "callbacks.example.com", /http:\/\/ or https:\/\//],
      [field, "https://callbacks.example.com/a b", /white space/],
      [field, "https://", /http/],
      [field, "https://exa mple", /white space/],
      [field, "https://[::", /is not a valid URL/],
      [field, 80, /expected a string/],
    ]),
  ])("refuses the %s %j and names the property", async (property, value, reason) => {
    const { failures } = await templates.check({}, { ...template, [property]: value });
    expect(failures).toEqual([{ property, reason: expect.stringMatching(reason) }]);
    expect(failures[0]?.reason).toContain(property);
  });

  test.each(["with blank", "semi;colon", "a".repeat(33), 12345678])(
    "refuses the callback key %j without a property, so that the engine doesn't print the value",
    async (callbackKey) => {
      const { failures } = await templates.check({}, { ...template, callbackKey });
      expect(failures).toEqual([{ property: "", reason: expect.stringMatching(/^callbackKey: /) }]);
      expect(failures[0]?.reason).not.toContain(String(callbackKey));
    },
  );

  test("refuses a URL with a password without a property", async () => {
    const { failures } = await templates.check({}, { recordNotifyUrl: "ftp://user:PassWord@callbacks.example.com" });
    expect(failures).toEqual([{ property: "", reason: expect.stringMatching(/^recordNotifyUrl: /) }]);
    expect(failures[0]?.reason).not.toContain("PassWord");
  });

  test("refuses a template without a URL, and lists the URL properties", async () => {
    const { failures } = await templates.check({}, { templateName: "events" });
    expect(failures).toEqual([{ property: "", reason: expect.stringMatching(/at least one callback URL/) }]);
    for (const field of urlFields) expect(failures[0]?.reason).toContain(field);
  });

  test.each([
    ["streamBeginNotifyURL", /did you mean streamBeginNotifyUrl\?/],
    ["callbackkey", /did you mean callbackKey\?/],
    ["callBackKey", /did you mean callbackKey\?/],
    ["shortDescription", /did you mean description\?/],
    ["lengthyDescription", /it has templateName, description/],
    ["url", /it has templateName, description/],
    ["colour", /it has templateName, description/],
  ])("refuses the unknown property %s with a suggestion and without its value", async (name, reason) => {
    const { failures } = await templates.check({}, { ...template, [name]: "PerhapsTheKey" });
    expect(failures).toEqual([{ property: "", reason: expect.stringMatching(reason) }]);
    expect(failures[0]?.reason).toContain(name);
    expect(failures[0]?.reason).not.toMatch(/PerhapsTheKey|__/);
  });

  test("reports all errors together", async () => {
    const news = { templateName: "a b", recordNotifyUrl: "x", callbackKey: "?", descripton: "", snapshotNotifyUrl: 1 };
    const { failures } = await templates.check({}, news);
    expect(failures.map(({ property }) => property).sort()).toEqual([
      "",
      "",
      "recordNotifyUrl",
      "snapshotNotifyUrl",
      "templateName",
    ]);
  });

  test("refuses a wrong value even if the state has another wrong value", async () => {
    const olds = { ...template, recordNotifyUrl: "rtmp://callbacks.example.com" };
    const { failures } = await templates.check(olds, { ...olds, recordNotifyUrl: "rtmp://others.example.com" });
    expect(failures.map(({ property }) => property)).toEqual(["recordNotifyUrl"]);
  });

  test("never refuses a value that is already in the state", async () => {
    const accepted = {
      templateName: "two words",
      description: "a".repeat(2000),
      recordNotifyUrl: "rtmp://callbacks.example.com",
      recordExceptionLevels: ["fatal", "error"],
      callbackKey: "with blank",
    };
    const news = { ...accepted, recordExceptionLevels: ["error", "fatal"] };
    const { inputs, failures } = await templates.check(accepted, news);
    expect(failures).toEqual([]);
    expect(plain(inputs)).toEqual({ ...news, __provider: templates.text });
  });

  test.each(
    classesCases<[string, Values, Values, string[]]>([
      ["unchanged", {}, {}, []],
      ["but not with a wrong type", {}, { description: 7 }, ["description"]],
      ["only with a valid id", {}, { __import: "events" }, ["templateName", "recordNotifyUrl", ""]],
      ["only on the first run", { templateName: "x", recordNotifyUrl: url }, {}, ["templateName", "recordNotifyUrl"]],
    ]),
  )("accepts any values of a template that the import option names: %s", async (_, olds, more, refused) => {
    const live = { templateName: "two words", recordNotifyUrl: "rtmp://callbacks.example.com", __import: "1001" };
    const { failures } = await templates.check(olds, { ...live, ...more });
    expect(failures.map(({ property }) => property)).toEqual(refused);
  });

  test("accepts a template without URLs if it was imported like that", async () => {
    const { failures } = await templates.check(
      { templateName: "events" },
      { templateName: "events", description: "x" },
    );
    expect(failures).toEqual([]);
  });

  classesTest("accepts a template without URLs with the import option", async () => {
    expect((await templates.check({}, { templateName: "bare", __import: "1001" })).failures).toEqual([]);
  });

  test("uses an automatic name if the program sets none, and keeps it when the resource is renamed", async () => {
    const first = await templates.check({}, { recordNotifyUrl: url, __autoName: "old-1234567" });
    expect(first.inputs).toMatchObject({ templateName: "old-1234567", __autoName: "old-1234567" });
    const renamed = await templates.check(first.inputs, { recordNotifyUrl: url, __autoName: "new-7654321" });
    expect(renamed.inputs).toEqual(first.inputs);
  });

  test("prefers an explicit name to the automatic name, and goes back to the automatic name without it", async () => {
    const explicit = { templateName: "mine", recordNotifyUrl: url, __autoName: "auto-1234567" };
    const { inputs } = await templates.check({}, explicit);
    expect(inputs).toEqual({ templateName: "mine", recordNotifyUrl: url, __provider: templates.text });
    const back = await templates.check(inputs, { recordNotifyUrl: url, __autoName: "auto-1234567" });
    expect(back.inputs).toMatchObject({ templateName: "auto-1234567" });
  });

  classesTest("refuses the import option with an invalid id, or without a name", async () => {
    const { failures } = await templates.check({}, { ...template, __import: "events" });
    expect(failures).toEqual([
      { property: "", reason: expect.stringMatching(/^import: the id of a callback template/) },
    ]);
    const nameless = { recordNotifyUrl: url, __import: "1001", __autoName: "auto-1234567" };
    expect((await templates.check({}, nameless)).failures).toMatchObject([{ property: "templateName" }]);
  });
});

describe("check of a binding", () => {
  test("accepts a binding and writes its domain in lower case", async () => {
    const { inputs, failures } = await bindings.check({}, { ...binding, domainName: "Push.Example.COM" });
    expect(failures).toEqual([]);
    expect(inputs).toEqual({ ...binding, __provider: bindings.text });
  });

  test("turns a numeric template id into text", async () => {
    expect((await bindings.check({}, { ...binding, templateId: 1001 })).inputs.templateId).toBe("1001");
  });

  test("accepts an empty appName", async () => {
    const { inputs, failures } = await bindings.check({}, { ...binding, appName: "" });
    expect(failures).toEqual([]);
    expect(inputs.appName).toBe("");
  });

  test.each(["domainName", "appName", "templateId"])("accepts an unknown %s", async (field) => {
    const { inputs, failures } = await bindings.check({}, { ...binding, [field]: unknown });
    expect(failures).toEqual([]);
    expect(inputs[field]).toBe(unknown);
  });

  test("requires domain, app and template, and reports all that are missing", async () => {
    const { failures } = await bindings.check({}, { appName: null });
    expect(failures).toEqual(
      ["domainName", "appName", "templateId"].map((property) => ({ property, reason: `${property} is required` })),
    );
  });

  test.each<[string, unknown, RegExp]>([
    ["domainName", "push", /is not a domain name/],
    ["domainName", "https://push.example.com", /is not a domain name/],
    ["domainName", "push.example.com/live", /is not a domain name/],
    ["domainName", "-a.example.com", /is not a domain name/],
    ["domainName", `${"a.".repeat(127)}com`, /253 characters/],
    ["domainName", 7, /expected a string/],
    ["appName", "two words", /white space/],
    ["appName", 7, /expected a string/],
    ["templateId", "events", /id of a callback template is a number/],
    ["templateId", -1, /id of a callback template is a number/],
    ["templateId", 1.5, /id of a callback template is a number/],
    ["templateId", ["1001"], /expected the id of a callback template/],
    ["allowOverwrite", "yes", /expected true or false/],
  ])("refuses the %s %j and names the property", async (property, value, reason) => {
    const { failures } = await bindings.check({}, { ...binding, [property]: value });
    expect(failures).toEqual([{ property, reason: expect.stringMatching(reason) }]);
  });

  test.each([
    ["domain_name", "did you mean domainName?"],
    ["domain", "it has domainName, appName, templateId, allowOverwrite"],
  ])("refuses the unknown property %s with a suggestion", async (name, suggestion) => {
    const { failures } = await bindings.check({}, { ...binding, [name]: "push.example.com" });
    expect(failures).toEqual([{ property: "", reason: expect.stringContaining(suggestion) }]);
  });

  classesTest("refuses the import option with an invalid id", async () => {
    const { failures } = await bindings.check({}, { ...binding, __import: "push.example.com" });
    expect(failures).toEqual([{ property: "", reason: expect.stringMatching(/^import: .*<domain>\/<app>/) }]);
  });

  test("never refuses a value that is already in the state", async () => {
    const accepted = { domainName: "push", appName: "two words", templateId: "events" };
    expect((await bindings.check(accepted, accepted)).failures).toEqual([]);
  });
});

describe("check of a wait", () => {
  test.each([
    ["propagation outputs", [longAgo, longAgo]],
    ["an output without a change", [longAgo, null]],
    ["an empty list", []],
    ["unknown outputs", [unknown, longAgo]],
    ["an unknown list", unknown],
    ["unknown instants", [{ ...longAgo, effectiveAt: unknown }]],
  ])("accepts %s", async (_, changes) => {
    const { inputs, failures } = await waits.check({}, { changes });
    expect(failures).toEqual([]);
    expect(inputs.changes).toEqual(changes);
  });

  test.each<[unknown, RegExp]>([
    [null, /changes is required/],
    [longAgo, /expected a list of propagation outputs/],
    [["soon"], /expected the propagation output of a resource/],
    [[{ ...longAgo, effectiveAt: "soon" }], /expected the propagation output of a resource/],
  ])("refuses %j", async (changes, reason) => {
    const { failures } = await waits.check({}, { changes });
    expect(failures).toEqual([{ property: "changes", reason: expect.stringMatching(reason) }]);
  });
});

describe("diff of a template", () => {
  const state = templateState("1001", template);

  test("finds no change in equal values, whatever other outputs there are", async () => {
    expect(await templates.diff("1001", state, template)).toEqual({
      changes: false,
      replaces: [],
      deleteBeforeReplace: false,
    });
  });

  test.each(templateFields)("changes %s in place", async (field) => {
    const news = { ...template, [field]: field === "recordExceptionLevels" ? ["warning"] : "other" };
    expect(await templates.diff("1001", state, news)).toMatchObject({ changes: true, replaces: [] });
  });

  test.each(templateFields)("changes %s in place while it is unknown", async (field) => {
    const news = { ...template, [field]: unknown };
    expect(await templates.diff("1001", state, news)).toMatchObject({ changes: true, replaces: [] });
  });

  test("finds a change in a list with an unknown item", async () => {
    const news = { ...template, recordExceptionLevels: ["error", unknown] };
    expect(await templates.diff("1001", state, news)).toMatchObject({ changes: true });
  });

  test.each(templateFields)("finds that %s is cleared", async (field) => {
    const { [field]: _, ...news } = template;
    expect(await templates.diff("1001", state, news)).toMatchObject({ changes: true, replaces: [] });
  });

  test.each(
    classesCases([
      ["description", ["description"]],
      ['["description"]', ["description"]],
      ["recordExceptionLevels[0]", ["recordExceptionLevels"]],
      ["*", ["description", "recordExceptionLevels"]],
      ["snapshotNotifyUrl", []],
      ["", []],
    ]),
  )("replaces if the option replaceOnChanges names a changed field: %j", async (path, replaces) => {
    const changed = {
      ...template,
      description: "changed",
      recordExceptionLevels: ["fatal"],
      __replaceOnChanges: [path],
    };
    const diff = await templates.diff("1001", { ...state, ...template }, changed);
    expect({ ...diff, replaces: diff.replaces.sort() }).toMatchObject({ changes: true, replaces });
    expect(await templates.diff("1001", state, { ...template, __replaceOnChanges: [path] })).toMatchObject({
      changes: false,
      replaces: [],
    });
  });

  test("treats unset, empty and null as equal, and lists as sets", async () => {
    const olds = { ...state, description: "", snapshotNotifyUrl: null, recordExceptionLevels: ["info", "error"] };
    const { description: _, snapshotNotifyUrl: __, ...news } = template;
    expect(await templates.diff("1001", olds, news)).toMatchObject({ changes: false });
  });

  test("ignores hidden inputs, and works without any outputs", async () => {
    expect(await templates.diff("1001", state, { ...template, __import: "1001", __autoName: "x" })).toMatchObject({
      changes: false,
    });
    expect(await templates.diff("1001", {}, template)).toMatchObject({ changes: true, replaces: [] });
  });

  test("ignores the text of an earlier version", async () => {
    const olds = { ...state, __provider: "exports.handler=()=>({});" };
    const news = { ...template, __provider: templates.text };
    expect(await provider.diff("1001", olds, news)).toMatchObject({ changes: false });
  });
});

describe("diff of a binding", () => {
  const state = bindingState("push.example.com", "live", "1001");

  test("finds no change in equal values, whatever the options", async () => {
    const news = { ...binding, allowOverwrite: true, __import: "push.example.com/live" };
    expect(await bindings.diff("push.example.com/live", state, news)).toMatchObject({ changes: false, replaces: [] });
  });

  test.each(["domainName", "appName"])("replaces for another %s, even an unknown one", async (field) => {
    for (const value of ["other.example.com", unknown]) {
      const news = { ...binding, [field]: value };
      const expected = { changes: true, replaces: [field] };
      expect(await bindings.diff("push.example.com/live", state, news)).toMatchObject(expected);
    }
  });

  test("switches the template in place, even to an unknown one", async () => {
    for (const templateId of ["1002", unknown]) {
      const expected = { changes: true, replaces: [] };
      expect(await bindings.diff("push.example.com/live", state, { ...binding, templateId })).toMatchObject(expected);
    }
  });

  test("replaces if both the domain and the template are unknown", async () => {
    const news = { ...binding, domainName: unknown, templateId: unknown };
    expect(await bindings.diff("push.example.com/live", state, news)).toMatchObject({ replaces: ["domainName"] });
  });
});

describe("diff of a wait", () => {
  const later = { ...longAgo, effectiveAt: "2026-01-01T00:11:00.000Z" };
  const earlier = { ...longAgo, effectiveAt: "2026-01-01T00:09:00.000Z" };
  const state = { changes: [longAgo], effectiveAt: longAgo.effectiveAt };

  test.each<[string, unknown, boolean]>([
    ["the same instants", [longAgo], false],
    ["an earlier instant", [earlier], false],
    ["one more change, earlier", [earlier, longAgo], false],
    ["no change", [], false],
    ["a later instant", [earlier, later], true],
    ["an unknown instant", [unknown], true],
  ])("with %s", async (_, changes, expected) => {
    expect(await waits.diff("propagation", state, { changes })).toMatchObject({ changes: expected, replaces: [] });
  });
});

// Last: after all of the above.
classesTest("a preview makes no API call and does not load the Tencent SDK", async () => {
  const ofSdk = (files: string[]) => files.filter((file) => file.includes("tencentcloud-sdk-nodejs"));
  expect(emulator.requests()).toEqual([]);
  expect(ofSdk(await provider.loadedModules())).toEqual([]);

  // Shows that the list is reliable: the first API call loads the SDK.
  await templates.read("1001").catch(() => {});
  expect(ofSdk(await provider.loadedModules())).not.toEqual([]);
});

test("wrong inputs show only in the failures, not on the console", () => {
  expect(provider.stdout + provider.stderr).not.toMatch(/check|PerhapsTheKey|PassWord|with blank/);
});
