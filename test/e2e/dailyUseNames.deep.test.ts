// Renaming and moving resources in the program must not lose or duplicate live objects.
import { expect, test } from "vitest";
import { account, expectNothingToDo, onStack, program, stack, url } from "./account.ts";

onStack(
  () => ({ program: atRoot }),
  () => stack.up(),
);

const component = `const group = new pulumi.ComponentResource("test:index:Group", "group");`;

/** Three resources with options. Only `named` has an explicit name. */
function resources(names: Record<"events" | "spare" | "named" | "live", string>, options: string, live = ""): string {
  return `
    const options = ${options};
    const events = new lvb.CallbackTemplate("${names.events}", { streamBeginNotifyUrl: url }, options("events"));
    new lvb.CallbackTemplate("${names.spare}", { streamEndNotifyUrl: url }, options("spare"));
    new lvb.CallbackTemplate("${names.named}", { templateName: "named", recordNotifyUrl: url }, options("named"));
    new lvb.DomainTemplateBinding("${names.live}", {
      domainName: "push.example.com", appName: "live", templateId: events.templateId, ${live}
    }, options("live"));
  `;
}

const first = { events: "events", spare: "spare", named: "named", live: "live" };
const second = { events: "events2", spare: "spare2", named: "named2", live: "live2" };
const third = { events: "events3", spare: "spare3", named: "named3", live: "live3" };

const atRoot = program(resources(first, "() => ({})"));

const asMade = {
  templates: [
    { TemplateName: "events-*", StreamBeginNotifyUrl: url },
    { TemplateName: "named", RecordNotifyUrl: url },
    { TemplateName: "spare-*", StreamEndNotifyUrl: url },
  ],
  rules: { "push.example.com/live": "events-*" },
};

test("a move into a component with a parent alias makes no call", async () => {
  const options = "() => ({ parent: group, aliases: [{ parent: pulumi.rootStackResource }] })";
  stack.setProgram(program(component + resources(first, options)));
  expect(await account.calls(() => stack.up())).toEqual([]);
  expect(account.ours()).toEqual(asMade);
});

test("a rename with an alias makes no call, and templates keep their automatic names, even without the alias later", async () => {
  stack.setProgram(program(component + resources(second, "(name) => ({ parent: group, aliases: [{ name }] })")));
  expect(await account.calls(() => stack.up())).toEqual([]);
  stack.setProgram(program(component + resources(second, "() => ({ parent: group })")));
  await expectNothingToDo(stack, account);
  expect(account.ours()).toEqual(asMade);
});

test("after a move without an alias, an unbound template and a binding are used again, without a write", async () => {
  const options = `(name) => name === "spare" || name === "live" ? {} : { parent: group }`;
  stack.setProgram(program(component + resources({ ...second, spare: "spare", live: "live" }, options)));
  const ids = [account.idOf("events-*"), account.idOf("spare-*")];
  let output = "";
  const writes = await account.writes(async () => {
    ({ output } = await stack.up());
  });
  expect(writes).toEqual([]);
  expect(output).toContain("push.example.com/live is kept: another resource of this run now manages it");
  expect(output).toMatch(/"spare-[0-9a-f]{7}" \(\d+\) is kept: another resource of this run now manages it/);
  expect([account.idOf("events-*"), account.idOf("spare-*")]).toEqual(ids);
  expect(account.ours()).toEqual(asMade);
});

test("after a move without an alias, a bound template is created again and the binding switches to it", async () => {
  const options = `(name) => name === "named" ? { parent: group } : {}`;
  stack.setProgram(program(component + resources({ ...first, named: "named2" }, options)));
  const id = account.idOf("events-*");
  expect(await account.writes(() => stack.up())).toEqual([
    "CreateLiveCallbackTemplate",
    "DeleteLiveCallbackRule",
    "CreateLiveCallbackRule",
    "DeleteLiveCallbackTemplate",
  ]);
  expect(account.idOf("events-*")).not.toBe(id);
  expect(account.ours()).toEqual(asMade);
});

test("a rename of everything without aliases is refused for bound and named objects, with the next step", async () => {
  stack.setProgram(program(component + resources(third, "() => ({})")));
  const { exitCode, output } = await stack.pulumi("up", "--yes", "--skip-preview", "--continue-on-error");
  expect(exitCode).not.toBe(0);
  expect(output).toMatch(/push\.example\.com\/live is bound to template \d+.*allowOverwrite: true/);
  expect(output).toMatch(/the account already has a template with this name: \d+.*set aliases/);
  expect(account.ours().rules).toEqual(asMade.rules);
  expect(account.ours().templates).toEqual(expect.arrayContaining(asMade.templates));
});

test("with allowOverwrite and an alias for the explicit name, the rename succeeds, and nothing is lost or left over", async () => {
  const alias = `(name) => name === "named" ? { aliases: [{ name: "named2", parent: group }] } : {}`;
  stack.setProgram(program(component + resources(third, alias, "allowOverwrite: true")));
  const id = account.idOf("named");
  await stack.up();
  expect(account.idOf("named")).toBe(id);
  const renamed = {
    templates: [
      { TemplateName: "events3-*", StreamBeginNotifyUrl: url },
      { TemplateName: "named", RecordNotifyUrl: url },
      { TemplateName: "spare3-*", StreamEndNotifyUrl: url },
    ],
    rules: { "push.example.com/live": "events3-*" },
  };
  expect(account.ours()).toEqual(renamed);
  await expectNothingToDo(stack, account);
  await stack.refresh("--expect-no-changes");
});

test("destroy removes only our objects", async () => {
  await stack.destroy();
  expect(account.ours()).toEqual({ templates: [], rules: {} });
});
