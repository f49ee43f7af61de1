// Replacements that someone asks for: what is bound and live survives each of them.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Account, expectNothingToDo, program, startAccount, url } from "./account.ts";
import { createStack, type Stack } from "./harness.ts";

const withOptions = (options: string) =>
  program(`
    const template = new lvb.CallbackTemplate("events", { streamBeginNotifyUrl: url }, ${options});
    new lvb.DomainTemplateBinding("live", {
      domainName: "push.example.com", appName: "live", templateId: template.templateId,
    });
  `);

const asDeclared = {
  templates: [{ TemplateName: "events-*", StreamBeginNotifyUrl: url }],
  rules: { "push.example.com/live": "events-*" },
};

let account: Account;
let stack: Stack;

beforeAll(async () => {
  account = await startAccount();
  stack = await createStack({ program: withOptions("{}"), emulator: account });
  await stack.up();
});

afterAll(async () => {
  stack?.dispose();
  await account?.emulator.stop();
});

test("a binding that is replaced as it is keeps its rule", async () => {
  expect(await account.writes(() => stack.up("--replace", "**::live"))).toEqual([]);
  expect(account.ours()).toEqual(asDeclared);
});

test("a bound template that is replaced is made anew, and the binding switches to it before the old one goes", async () => {
  const id = account.idOf("events-*");
  expect(await account.writes(() => stack.up("--replace", "**::events"))).toEqual([
    "CreateLiveCallbackTemplate",
    "DeleteLiveCallbackRule",
    "CreateLiveCallbackRule",
    "DeleteLiveCallbackTemplate",
  ]);
  expect(account.idOf("events-*")).not.toBe(id);
  expect(account.ours()).toEqual(asDeclared);
  await expectNothingToDo(stack, account);
});

test.each(["FailedOperation.ConfInUsed", "cascade"] as const)(
  "deleteBeforeReplace of a bound template is refused, naming the binding, and nothing is lost (service in use: %s)",
  async (inUse) => {
    account.emulator.setDialects({ inUse });
    stack.setProgram(withOptions("{ deleteBeforeReplace: true }"));
    const id = account.idOf("events-*");
    const { exitCode, output } = await stack.pulumi("up", "--yes", "--skip-preview", "--replace", "**::events");
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(/still bound to push\.example\.com\/live/);
    expect(account.idOf("events-*")).toBe(id);
    expect(account.ours()).toEqual(asDeclared);
    await expectNothingToDo(stack, account);
  },
);

test("none of this leaves drift, and destroy leaves only what is not ours", async () => {
  await stack.refresh("--expect-no-changes");
  await stack.destroy();
  expect(account.ours()).toEqual({ templates: [], rules: {} });
});
