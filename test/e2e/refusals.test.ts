// Refusals and their errors: bad input before any call, other people's objects before any write.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/index.ts";
import { quickDescribe, some } from "../depth.ts";
import { createStack, type Stack } from "./harness.ts";

const url = "https://hooks.example.com/lvb";
const head = `const pulumi = require("@pulumi/pulumi"); const lvb = require("pulumi-tencentcloud-lvb"); const url = "${url}";`;

let emulator: Emulator;
let stack: Stack;

beforeAll(async () => {
  emulator = await startEmulator();
});

afterAll(() => emulator?.stop());

describe("bad input", () => {
  const good = `${head} const good = new lvb.CallbackTemplate("good", { templateName: "good", recordNotifyUrl: url });`;
  const key = "bad-Key-8x";

  beforeAll(async () => {
    stack = await createStack({ program: good, emulator });
    await stack.up();
    emulator.clearRequests();
  });

  afterAll(() => stack?.dispose());

  /** The failures of the resource: the property, or "" if its value must not be shown, and the reason. */
  const cases: { name: string; bad: string; failures: [property: string, reason: string][] }[] = [
    {
      name: "each field of a template",
      bad: `new lvb.CallbackTemplate("bad", {
        templateName: "no spaces!" + "x".repeat(256),
        description: "x".repeat(1025),
        streamBeginNotifyUrl: "ftp://example.com/",
        streamEndNotifyUrl: "https://example.com/a b",
        recordNotifyUrl: "https://:80",
        recordStatusNotifyUrl: 5,
        snapshotNotifyUrl: "example.com",
        pornCensorshipNotifyUrl: "ftp://user:${key}@example.com",
        pushExceptionNotifyUrl: "http://[::1",
        audioAuditNotifyUrl: ["https://example.com"],
        recordExceptionNotifyUrl: "https://",
        recordExceptionLevels: ["error", "fatal"],
        callbackKey: "${key}",
        callBackKey: "${key}",
        somethingElse: "${key}",
      });`,
      failures: [
        [
          "templateName",
          "may contain Chinese characters, letters, digits, _ and - only; must not be longer than 255 bytes",
        ],
        ["description", "must not be longer than 1024 bytes"],
        ["streamBeginNotifyUrl", "must begin with http:// or https://"],
        ["streamEndNotifyUrl", "must not contain white space or control characters"],
        ["recordNotifyUrl", "is not a valid URL"],
        ["recordStatusNotifyUrl", "expected a string"],
        ["snapshotNotifyUrl", "must begin with http:// or https://"],
        ["", "pornCensorshipNotifyUrl: must begin with http:// or https://"],
        ["pushExceptionNotifyUrl", "is not a valid URL"],
        ["audioAuditNotifyUrl", "expected a string"],
        ["recordExceptionNotifyUrl", "must begin with http:// or https://"],
        ["recordExceptionLevels", "expected error, warning or info"],
        ["", "callbackKey: must be 1 to 32 letters and digits"],
        ["", "callBackKey is not a property of this resource; did you mean callbackKey?"],
        ["", "somethingElse is not a property of this resource; it has templateName, description, "],
      ],
    },
    {
      name: "a template without any URL, and more",
      bad: `new lvb.CallbackTemplate("bad", {
        description: "x", recordExceptionLevels: "error", callbackKey: pulumi.secret("${key}"),
      }, { import: "good" });`,
      failures: [
        ["recordExceptionLevels", "expected a list of error, warning, info"],
        ["", "callbackKey: must be 1 to 32 letters and digits"],
        ["", "import: the id of a callback template is a number"],
        ["templateName", "templateName is required with the import option"],
        ["", "at least one callback URL is required: streamBeginNotifyUrl, "],
      ],
    },
    {
      name: "each field of a binding",
      bad: `new lvb.DomainTemplateBinding("bad", {
        domainName: "https://push.example.com", appName: "my app", templateId: "good", allowOverwrite: "yes", appname: "live",
      }, { import: "good" });`,
      failures: [
        ["domainName", "is not a domain name such as push.example.com"],
        ["appName", "must not contain white space or control characters"],
        ["templateId", "the id of a callback template is a number: pass template.templateId or template.id"],
        ["allowOverwrite", "expected true or false"],
        ["", "import: the id of a binding is <domain>/<app>, such as push.example.com/live"],
        ["", "appname is not a property of this resource; did you mean appName?"],
      ],
    },
    {
      name: "a binding of nothing, to a domain that is too long",
      bad: `new lvb.DomainTemplateBinding("bad", { domainName: "x.".repeat(127) + "com" });`,
      failures: [
        ["domainName", "must not be longer than 253 characters"],
        ["appName", "appName is required"],
        ["templateId", "templateId is required"],
      ],
    },
    {
      name: "a wait for something else",
      bad: `new lvb.PropagationWait("bad", { changes: ["now"], timeout: 5 });`,
      failures: [
        ["changes", "expected the propagation output of a resource"],
        ["", "timeout is not a property of this resource; it has changes"],
      ],
    },
  ];

  test.each(some(cases, 2))("$name", async ({ bad, failures }) => {
    const before = stack.readState();
    stack.setProgram(`${good} ${bad}`);
    const { exitCode, output } = await stack.pulumi("preview");
    expect(exitCode).not.toBe(0);
    const shown = output.slice(output.indexOf("\nDiagnostics:")).match(/^ +error: .* has a problem: .*$/gm) ?? [];
    for (const [property, reason] of failures) {
      const named = property === "" ? "resource 'bad' has a problem: " : `resource 'bad': property ${property} `;
      const matching = shown.filter((line) => line.includes(named) && line.includes(reason));
      expect(matching, `${property} ${reason}\n${output}`).toHaveLength(1);
    }
    expect(shown).toHaveLength(failures.length);
    expect(output).not.toContain(key);
    expect(stack.readState()).toEqual(before);
    expect(emulator.requests()).toEqual([]);
  });
});

quickDescribe("what belongs to someone else", () => {
  const template = (name: string, args: object, options = "{}") =>
    `new lvb.CallbackTemplate("${name}", ${JSON.stringify({ recordNotifyUrl: url, ...args })}, ${options});`;
  const binding = (name: string, domain: string, appName: string, more = "", options = "{}") =>
    `new lvb.DomainTemplateBinding("${name}", { domainName: "${domain}.example.com", appName: "${appName}",
      templateId: mine.templateId, ${more} }, ${options});`;
  const mine = `${head} const mine = ${template("mine", { templateName: "mine" })}`;

  beforeAll(async () => {
    emulator.setState({
      domains: ["push.example.com", { Name: "play.example.com", Type: 1 }, { Name: "off.example.com", Status: 0 }],
      templates: [{ TemplateId: 7001, TemplateName: "theirs", RecordNotifyUrl: url }],
      rules: [{ DomainName: "push.example.com", AppName: "theirs", TemplateId: 7001 }],
    });
    stack = await createStack({ program: mine, emulator });
  });

  afterEach(() => emulator.clearRequests());
  afterAll(() => stack?.dispose());

  test("is refused before any write for that resource", async () => {
    emulator.clearRequests();
    stack.setProgram(
      [
        mine,
        template("name-taken", { templateName: "theirs" }),
        template("twin-a", { templateName: "twin" }),
        template("twin-b", { templateName: "twin" }),
        binding("place-taken", "push", "theirs"),
        binding("unknown", "unknown", "live"),
        binding("play", "play", "live"),
        binding("off", "off", "live"),
      ].join("\n"),
    );
    const { exitCode, output } = await stack.pulumi("up", "--yes", "--skip-preview", "--continue-on-error");
    expect(exitCode).toBe(1);
    const refused = diagnostics(output);
    expect(refused.get("name-taken")).toMatch(
      /^callback template "theirs" was not created: .* with this name: 7001\. Next: .*\{ import: "7001" \}.*another templateName/,
    );
    expect(refused.get("place-taken")).toMatch(
      /^binding push\.example\.com\/theirs was not created: .* bound to template 7001\. Next: .*import: "push\.example\.com\/theirs".*allowOverwrite: true/,
    );
    const domain = (name: string) => refused.get(name);
    expect(domain("unknown")).toMatch(
      /^binding unknown\.example\.com\/live was not created: .* is not a domain of this account\. Next: add it/,
    );
    expect(domain("play")).toMatch(
      /^binding play\.example\.com\/live was not created: .* is a play domain.* Next: name the push domain/,
    );
    expect(domain("off")).toMatch(/^binding off\.example\.com\/live was not created: .* is disabled\. Next: enable it/);
    expect(refused.get("twin-a") ?? refused.get("twin-b")).toMatch(
      /^callback template "twin" was not created: another resource of this run has the same templateName\. Next: /,
    );
    // Only one of the twins.
    expect(writes().sort()).toEqual(["CreateLiveCallbackTemplate mine", "CreateLiveCallbackTemplate twin"]);
    expect(emulator.state()).toMatchObject({
      templates: [{ TemplateName: "theirs" }, {}, {}],
      rules: [{ AppName: "theirs", TemplateId: 7001 }],
    });
    expect([...stack.resources("CallbackTemplate", "DomainTemplateBinding").keys()]).toHaveLength(2);
  });

  test("can be used as the errors say", async () => {
    stack.setProgram(
      [
        mine,
        template("name-taken", { templateName: "theirs" }, '{ import: "7001" }'),
        binding("place-taken", "push", "theirs", "allowOverwrite: true"),
      ].join("\n"),
    );
    await stack.up();
    const { templates, rules } = emulator.state();
    expect(templates.map(({ TemplateName }) => TemplateName).sort()).toEqual(["mine", "theirs"]);
    const own = templates.find(({ TemplateName }) => TemplateName === "mine");
    expect(rules).toMatchObject([{ AppName: "theirs", TemplateId: own?.TemplateId }]);
    expect(writes()).not.toContainEqual(expect.stringMatching(/^(Create|Modify).*Template/));
  });

  test("is also refused by an update: an existing name, a rule that someone bound to another template", async () => {
    const state = emulator.state();
    const templates = [...state.templates, { TemplateId: 9000, TemplateName: "new", RecordNotifyUrl: url }];
    emulator.setState({
      ...state,
      templates,
      rules: [{ DomainName: "push.example.com", AppName: "theirs", TemplateId: 9000 }],
    });
    const before = [stack.readState().deployment.resources, emulator.state()];
    stack.setProgram(
      [
        mine,
        template("name-taken", { templateName: "new" }, '{ import: "7001" }'),
        binding("place-taken", "push", "theirs").replace("mine.templateId", '"7001"'),
      ].join("\n"),
    );
    const { output } = await stack.pulumi("up", "--yes", "--skip-preview", "--continue-on-error");
    const refused = diagnostics(output);
    expect(refused.get("name-taken")).toMatch(
      /^callback template "theirs" \(7001\) was not changed: .* has a template "new": 9000\. Next: choose another templateName/,
    );
    expect(refused.get("place-taken")).toMatch(
      /^binding push\.example\.com\/theirs was not bound to template 7001: .* is bound to template 9000, not to \d+ as in the state of this stack\. Next: `pulumi up --refresh`/,
    );
    expect(writes()).toEqual([]);
    expect([stack.readState().deployment.resources, emulator.state()]).toEqual(before);
  });
});

describe.each(some(["kept", "cleared"] as const, 1))(
  "an edit that no preview showed (omittedOnModify %s)",
  (omittedOnModify) => {
    const program = (streamEndNotifyUrl: string) => `${head} new lvb.CallbackTemplate("shared", {
    templateName: "shared", description: "ours", recordNotifyUrl: url, callbackKey: "KeyOfTheProgram",
    recordStatusNotifyUrl: url, recordExceptionLevels: ["error", "warning"], streamEndNotifyUrl: "${streamEndNotifyUrl}",
  });`;
    const edit = {
      Description: "theirs",
      SnapshotNotifyUrl: "https://theirs.example.com/",
      RecordNotifyUrl: "",
      CallbackKey: "KeyOfSomeoneElse",
      RecordExceptionLevels: ["info"],
    };

    const unseen = ["description", "recordNotifyUrl", "snapshotNotifyUrl", "recordExceptionLevels", "callbackKey"];

    beforeAll(async () => {
      emulator.setState({});
      emulator.setDialects({ omittedOnModify, exceptionLevelWord: "alarm" });
      stack = await createStack({ program: program(`${url}/1`), emulator });
      await stack.up();
    });

    afterAll(() => stack?.dispose());

    test("is kept and named in a warning when another field changes", async () => {
      const [made] = emulator.state().templates;
      const edited = { ...made, ...edit };
      emulator.setState({ templates: [edited] });
      stack.setProgram(program(`${url}/2`));
      const { output } = await stack.up();
      expect(emulator.state().templates).toEqual([{ ...edited, StreamEndNotifyUrl: `${url}/2` }]);
      expect(output).toMatch(
        /warning: callback template "shared" \(\d+\): description, recordNotifyUrl, snapshotNotifyUrl, recordExceptionLevels, callbackKey were changed outside of this stack; .* as it is\. Next: `pulumi up --refresh`/,
      );
      expect(output).not.toMatch(/KeyOf/);
    });

    test("is kept by the next up, and shown and repaired as the warning says", async () => {
      await stack.up("--expect-no-changes");
      expect(emulator.state().templates).toMatchObject([{ ...edit, StreamEndNotifyUrl: `${url}/2` }]);
      const { output } = await stack.succeed("preview", "--refresh");
      const shown = /CallbackTemplate shared update \[diff: (.*)\]/.exec(output)?.[1]?.split(/[-+~,]+/) ?? [];
      // The CLI doesn't show the change of a secret.
      expect(shown).toEqual(expect.arrayContaining(unseen.filter((field) => field !== "callbackKey")));
      await stack.up("--refresh");
      expect(emulator.state().templates).toMatchObject([
        {
          Description: "ours",
          RecordNotifyUrl: url,
          RecordStatusNotifyUrl: url,
          SnapshotNotifyUrl: "",
          StreamEndNotifyUrl: `${url}/2`,
          CallbackKey: "KeyOfTheProgram",
          RecordExceptionLevels: ["error", "warning"],
        },
      ]);
    });
  },
);

/** The error of each resource by name, from the CLI's last report. */
function diagnostics(output: string): Map<string, string> {
  const found = output.slice(output.indexOf("\nDiagnostics:")).matchAll(/\(([-\w]+)\):\n +error: (.*)/g);
  return new Map([...found].map(([, name = "", text = ""]) => [name, text]));
}

/** The writes to the API: action, and name or app. */
function writes(): string[] {
  return emulator
    .requests()
    .filter(({ action }) => !/^(Describe|Get)/.test(action))
    .map(
      ({ action, parameters }) => `${action} ${parameters.TemplateName ?? parameters.AppName ?? parameters.TemplateId}`,
    );
}
