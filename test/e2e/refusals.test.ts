// What the package refuses to do, and how it says so: bad input before any call, what belongs to others before any write.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/index.ts";
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

  /** Of the first bad resource, each failure: the property as the engine shows it, and the reason. */
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
      failures: [],
    },
    {
      name: "a template without any URL",
      bad: `new lvb.CallbackTemplate("bad", { description: "x", callbackKey: pulumi.secret("${key}") });`,
      failures: [],
    },
    {
      name: "each field of a binding",
      bad: `new lvb.DomainTemplateBinding("bad", {
        domainName: "https://push.example.com", appName: "my app", templateId: "good", allowOverwrite: "yes", appname: "live",
      });`,
      failures: [],
    },
    {
      name: "a binding of nothing",
      bad: `new lvb.DomainTemplateBinding("bad", {});`,
      failures: [],
    },
    {
      name: "a wait for nothing",
      bad: `new lvb.PropagationWait("bad", { changes: ["now"], timeout: 5 });`,
      failures: [],
    },
  ];

  test.each(cases)("$name", async ({ bad, failures }) => {
    const before = await stack.exportState();
    stack.setProgram(`${good} ${bad} new lvb.CallbackTemplate("later", { description: 5 });`);
    const { exitCode, output } = await stack.pulumi("preview");
    if (process.env.SHOW) require("node:fs").appendFileSync(process.env.SHOW, `##### ${expect.getState().currentTestName}\n${output}\n`);
    expect(exitCode).not.toBe(0);
    for (const [property, reason] of failures) {
      expect(output).toContain(`${property}${reason}`);
    }
    expect(output).not.toContain(key);
    expect(await stack.exportState()).toEqual(before);
    expect(emulator.requests()).toEqual([]);
  });
});
