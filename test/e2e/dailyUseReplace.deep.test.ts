// Requested replacements: live bindings survive each of them.
import { expect, test } from "vitest";
import { account, expectNothingToDo, onStack, program, stack, url } from "./account.ts";

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

onStack(
  () => ({ program: withOptions("{}") }),
  () => stack.up(),
);

test("a replaced binding without changes keeps its rule", async () => {
  expect(await account.writes(() => stack.up("--replace", "**::live"))).toEqual([]);
  expect(account.ours()).toEqual(asDeclared);
});

test("a replaced bound template is created again, and the binding switches to it before the old one is deleted", async () => {
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

const named = (options: string) =>
  `new lvb.CallbackTemplate("named", { templateName: "named", recordNotifyUrl: url }, ${options});`;

test("a template with an explicit name can be replaced with deleteBeforeReplace, as the error says", async () => {
  stack.setProgram(withOptions("{}") + named("{}"));
  await stack.up();
  const id = account.idOf("named");
  const { exitCode, output } = await stack.pulumi("up", "--yes", "--skip-preview", "--replace", "**::named");
  expect(exitCode).not.toBe(0);
  expect(output).toMatch(
    /with this name: \d+\. Next: if this resource is being replaced, set its option deleteBeforeReplace: true/,
  );
  expect(account.idOf("named")).toBe(id);

  stack.setProgram(withOptions("{}") + named("{ deleteBeforeReplace: true }"));
  await stack.up("--replace", "**::named");
  expect(account.idOf("named")).not.toBe(id);
  await expectNothingToDo(stack, account);
});

test("if such a template is bound, the error asks for another templateName", async () => {
  const bound = (templateName: string) =>
    withOptions("{}") +
    `const named = new lvb.CallbackTemplate("named", { templateName: "${templateName}", recordNotifyUrl: url });
     new lvb.DomainTemplateBinding("other", {
       domainName: "other.example.com", appName: "live", templateId: named.templateId,
     });`;
  stack.setProgram(bound("named"));
  await stack.up();
  const { exitCode, output } = await stack.pulumi("up", "--yes", "--skip-preview", "--replace", "**::named");
  expect(exitCode).not.toBe(0);
  expect(output).toMatch(
    /since it is bound to other\.example\.com\/live, choose another templateName for the replacement/,
  );

  stack.setProgram(bound("named2"));
  await stack.up("--replace", "**::named");
  expect(account.ours()).toEqual({
    templates: [...asDeclared.templates, { TemplateName: "named2", RecordNotifyUrl: url }],
    rules: { ...asDeclared.rules, "other.example.com/live": "named2" },
  });
  await expectNothingToDo(stack, account);
});

test("replaceOnChanges replaces only if a named property changes", async () => {
  const replacing = (description: string, streamEndNotifyUrl: string, templateId: string) =>
    program(`
      const events = new lvb.CallbackTemplate("events", {
        streamBeginNotifyUrl: url, streamEndNotifyUrl: ${streamEndNotifyUrl}, description: "${description}",
      }, { replaceOnChanges: ["description"] });
      const next = new lvb.CallbackTemplate("next", { recordNotifyUrl: url });
      new lvb.DomainTemplateBinding("live", {
        domainName: "push.example.com", appName: "live", templateId: ${templateId},
      }, { replaceOnChanges: ["templateId"] });
    `);
  stack.setProgram(replacing("first", "undefined", "events.templateId"));
  await stack.up();
  const id = account.idOf("events-*");

  stack.setProgram(replacing("first", "url", "events.templateId"));
  expect(await account.writes(() => stack.up())).toEqual(["ModifyLiveCallbackTemplate"]);
  expect(account.idOf("events-*")).toBe(id);

  stack.setProgram(replacing("second", "url", "events.templateId"));
  expect((await stack.preview()).output).toMatch(/\+-.*CallbackTemplate/);
  await stack.up();
  expect(account.idOf("events-*")).not.toBe(id);
  expect(account.ours().rules).toEqual({ "push.example.com/live": "events-*" });

  stack.setProgram(replacing("second", "url", "next.templateId"));
  expect((await stack.preview()).output).toMatch(/\+-.*DomainTemplateBinding/);
  expect(await account.writes(() => stack.up())).toEqual(["DeleteLiveCallbackRule", "CreateLiveCallbackRule"]);
  expect(account.ours().rules).toEqual({ "push.example.com/live": "next-*" });
  await expectNothingToDo(stack, account);
});

test("there is no drift afterwards, and destroy removes only our objects", async () => {
  await stack.refresh("--expect-no-changes");
  await stack.destroy();
  expect(account.ours()).toEqual({ templates: [], rules: {} });
});
