// A stack with 50 templates and 300 bindings moves from the classes to the plugin, and back, without an API call.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmulatorState, startEmulator } from "../../../emulator/index.ts";
import { codeBlock } from "../../codeBlocks.ts";
import { Account } from "../account.ts";
import { createStack, type Deployment, type Stack } from "../harness.ts";
import { binding, reference, template, yamlProgram } from "./yamlPrograms.ts";

const url = "https://callbacks.example.com/lvb";
const key = "MovedKeyOfTheTemplates1";
const domains = ["push-0.example.com", "push-1.example.com", "push-2.example.com"];

const templates = Array.from({ length: 50 }, (_, index) => `events-${index}`);
const bindings = Array.from({ length: 300 }, (_, index) => ({
  name: `binding-${index}`,
  place: `${domains[index % domains.length]}/app-${Math.floor(index / domains.length)}`,
  template: `events-${index % templates.length}`,
}));

/** The program in YAML. */
const ofPlugin = (description: string) =>
  yamlProgram({
    secrets: ["callbackKey"],
    resources: {
      ...Object.fromEntries(
        templates.map((name) => [
          name,
          template({ streamBeginNotifyUrl: url, description, callbackKey: reference("callbackKey") }),
        ]),
      ),
      ...Object.fromEntries(bindings.map(({ name, place, template }) => [name, binding(place, template)])),
    },
  });

/** The same with the classes, or as a stack needs it that comes back from the plugin. */
const ofClasses = (description: string, comesBack = false) => `
  const pulumi = require("@pulumi/pulumi");
  const lvb = require("pulumi-tencentcloud-lvb");
  ${comesBack ? codeBlock("docs/languages.md", "registerStackTransformation") : ""}
  const callbackKey = new pulumi.Config().requireSecret("callbackKey");
  const templates = {};
  for (const name of ${JSON.stringify(templates)}) {
    templates[name] = new lvb.CallbackTemplate(name, {
      streamBeginNotifyUrl: "${url}", description: "${description}", callbackKey,
    });
  }
  for (const { name, place, template } of ${JSON.stringify(bindings)}) {
    const [domainName, appName] = place.split("/");
    new lvb.DomainTemplateBinding(name, { domainName, appName, templateId: templates[template].templateId });
  }
`;

const clean = { templates: [], rules: {} };

let account: Account;
let stack: Stack;
/** The URNs of the stack that moved to the plugin. */
let moved: { state: Deployment; account: EmulatorState };

beforeAll(async () => {
  account = new Account(await startEmulator({ domains }));
  stack = await createStack({
    program: ofClasses("first"),
    config: { callbackKey: { secret: key } },
    emulator: account,
    // Without the engine's checkpoints, which take most of the time.
    env: { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" },
  });
  await stack.up();
});

afterAll(async () => {
  stack?.dispose();
  await account?.emulator.stop();
});

test("after a move to the plugin, preview and up show no change, without a call", async () => {
  expect(types()).toEqual({
    "pulumi-nodejs:dynamic/tencentcloud-lvb:CallbackTemplate": 50,
    "pulumi-nodejs:dynamic/tencentcloud-lvb:DomainTemplateBinding": 300,
  });
  stack.setProgram(ofPlugin("first"), "yaml");
  for (const command of [["preview"], ["up", "--yes", "--skip-preview"]]) {
    const calls = await account.calls(async () => {
      const { stdout } = await stack.succeed(...command, "--expect-no-changes");
      expect(stdout).toMatch(/Resources:\n +351 unchanged/);
    });
    expect(calls).toEqual([]);
  }
  expect(types()).toEqual({
    "tencentcloud-lvb:index:CallbackTemplate": 50,
    "tencentcloud-lvb:index:DomainTemplateBinding": 300,
  });
});

test("the plugin refreshes the stack with two calls, applies edits, and destroys it", async () => {
  expect((await account.calls(() => stack.refresh("--expect-no-changes"))).toSorted()).toEqual([
    "DescribeLiveCallbackRules",
    "DescribeLiveCallbackTemplates",
  ]);
  stack.setProgram(ofPlugin("second"));
  expect(new Set(await account.writes(() => stack.up()))).toEqual(new Set(["ModifyLiveCallbackTemplate"]));
  moved = { state: stack.readState(), account: account.emulator.state() };
  await stack.destroy();
  expect(account.ours()).toEqual(clean);
  expect(stack.readState().deployment.resources ?? []).toEqual([]);
});

test("after a move back to the classes, nothing changes, without a call, and they refresh and destroy it", async () => {
  stack.writeState(moved.state);
  account.emulator.setState(moved.account);
  stack.setProgram(ofClasses("second", true), "javascript");
  expect(await account.calls(() => stack.up("--expect-no-changes"))).toEqual([]);
  expect(types()).toEqual({
    "pulumi-nodejs:dynamic/tencentcloud-lvb:CallbackTemplate": 50,
    "pulumi-nodejs:dynamic/tencentcloud-lvb:DomainTemplateBinding": 300,
  });
  stack.setProgram(ofClasses("second"));
  expect(await account.calls(() => stack.preview("--expect-no-changes"))).toEqual([]);
  expect(await account.calls(() => stack.refresh("--expect-no-changes"))).toHaveLength(2);
  await stack.destroy();
  expect(account.ours()).toEqual(clean);
});

test("no key was ever written in clear text", () => {
  for (const [file, text] of stack.stateFiles()) expect(text.includes(key), file).toBe(false);
});

/** The number of our resources in the state, by type. */
function types(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type } of stack.resources("CallbackTemplate", "DomainTemplateBinding").values()) {
    counts[type] = (counts[type] ?? 0) + 1;
  }
  return counts;
}
