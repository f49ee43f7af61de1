// Pulumi's options that limit a run, and moves between stacks.
import { afterAll, expect, test } from "vitest";
import { account, expectNothingToDo, onStack, program, stack, url } from "./account.ts";
import { command } from "./commandLine.ts";
import { createStack, type Stack } from "./harness.ts";

interface Variant {
  description?: string;
  bound?: "a" | "b";
  more?: string;
  options?: Partial<Record<"a" | "b" | "live", string>>;
}

/** Two templates with explicit names, and a binding. */
function declared({ description = "First", bound = "a", more = "", options = {} }: Variant = {}): string {
  return program(`
    const callbackKey = new pulumi.Config().requireSecret("callbackKey");
    const a = new lvb.CallbackTemplate("a", {
      templateName: "a", description: "${description}", streamBeginNotifyUrl: url, callbackKey, ${more}
    }, ${options.a});
    const b = new lvb.CallbackTemplate("b", {
      templateName: "b", description: "${description}", streamBeginNotifyUrl: url,
    }, ${options.b});
    new lvb.DomainTemplateBinding("live", {
      domainName: "push.example.com", appName: "live", templateId: ${bound}.templateId,
    }, ${options.live});
  `);
}

const everywhere = (option: string) => ({ a: option, b: option, live: option });
const key = "optionsKey1";
const a = { TemplateName: "a", Description: "First", StreamBeginNotifyUrl: url, CallbackKey: key };
const b = { TemplateName: "b", Description: "First", StreamBeginNotifyUrl: url };

let other: Stack;

const config = { "lvb-e2e:callbackKey": { secret: key } };
onStack(
  () => ({ program: declared(), config }),
  async () => {
    other = await createStack({ emulator: account, config, stackName: "other", backend: stack.backend });
    await stack.up();
  },
);
afterAll(() => other?.dispose());

test("--target changes only the targeted template or binding", async () => {
  stack.setProgram(declared({ description: "Second" }));
  expect(await account.writes(() => stack.up("--target", "**::a"))).toEqual(["ModifyLiveCallbackTemplate"]);
  expect(account.ours()).toEqual({
    templates: [{ ...a, Description: "Second" }, b],
    rules: { "push.example.com/live": "a" },
  });
  stack.setProgram(declared({ description: "Second", bound: "b" }));
  expect(await account.writes(() => stack.up("--target", "**::live"))).toEqual([
    "DeleteLiveCallbackRule",
    "CreateLiveCallbackRule",
  ]);
  expect(account.ours()).toEqual({
    templates: [{ ...a, Description: "Second" }, b],
    rules: { "push.example.com/live": "b" },
  });
  expect(await account.writes(() => stack.up())).toEqual(["ModifyLiveCallbackTemplate"]);
});

test("ignoreChanges keeps a field of a template, and the template of a binding", async () => {
  const options = { a: `{ ignoreChanges: ["description"] }`, live: `{ ignoreChanges: ["templateId"] }` };
  stack.setProgram(declared({ description: "Third", bound: "a", more: "recordNotifyUrl: url", options }));
  expect(await account.writes(() => stack.up())).toEqual(["ModifyLiveCallbackTemplate", "ModifyLiveCallbackTemplate"]);
  expect(account.ours()).toEqual({
    templates: [
      { ...a, Description: "Second", RecordNotifyUrl: url },
      { ...b, Description: "Third" },
    ],
    rules: { "push.example.com/live": "b" },
  });
  await expectNothingToDo(stack, account);
});

test("a template can't be deleted while a binding that Pulumi forgot uses it, and the error says what to do", async () => {
  stack.setProgram(declared({ options: { live: "{ deletedWith: a }" } }));
  await stack.up();
  const { exitCode, output } = await stack.pulumi("destroy", "--yes", "--skip-preview");
  expect(exitCode).not.toBe(0);
  expect(output).toMatch(/still bound to push\.example\.com\/live\. Next: .* after retainOnDelete or deletedWith/);
  const [, unbind = ""] = /`npx pulumi-tencentcloud-lvb (unbind .*?)`/.exec(output) ?? [];

  const unbound = await command(stack, [...unbind.split(" "), "--yes"]);
  expect(unbound.exitCode, unbound.output).toBe(0);
  stack.setProgram(declared());
  await stack.up();
});

test("import accepts values that would be refused as new ones", async () => {
  const strange = { name: "Events 2019", key: "key_of-2019", url: "http://callbacks.example.com/a\tb" };
  const state = account.emulator.state();
  const live = { TemplateId: 700, TemplateName: strange.name, CallbackKey: strange.key, RecordNotifyUrl: strange.url };
  account.emulator.setState({ ...state, templates: [...state.templates, live] });
  const adopted = (templateName: string, options: string) =>
    declared() +
    `new lvb.CallbackTemplate("strange", {
       templateName: "${templateName}", callbackKey: "${strange.key}", recordNotifyUrl: ${JSON.stringify(strange.url)},
     }, ${options});`;
  stack.setProgram(adopted(strange.name, `{ import: "700" }`));
  expect(await account.writes(() => stack.up())).toEqual([]);
  await expectNothingToDo(stack, account);
  stack.setProgram(declared());
  expect(await account.writes(() => stack.up())).toEqual(["DeleteLiveCallbackTemplate"]);
});

test("protected objects are not destroyed", async () => {
  stack.setProgram(declared({ options: everywhere("{ protect: true }") }));
  await stack.up();
  const live = { templates: [a, b], rules: { "push.example.com/live": "a" } };
  expect(account.ours()).toEqual(live);
  const writes = await account.writes(async () => {
    const { exitCode, output } = await stack.pulumi("destroy", "--yes", "--skip-preview");
    expect(exitCode).not.toBe(0);
    expect(output).toContain("protect");
  });
  expect(writes).toEqual([]);
  expect(account.ours()).toEqual(live);
});

test("retainOnDelete keeps the live objects", async () => {
  stack.setProgram(declared({ options: everywhere("{ retainOnDelete: true }") }));
  expect(await account.writes(() => stack.up())).toEqual([]);
  expect(await account.writes(() => stack.destroy())).toEqual([]);
  expect(account.ours()).toEqual({ templates: [a, b], rules: { "push.example.com/live": "a" } });
  expect(stack.readState().deployment.resources ?? []).toEqual([]);
});

test("import refuses an object that differs, names every difference and shows no key", async () => {
  account.edit(({ templates }) => {
    for (const template of templates) if (template.TemplateName === "a") template.CallbackKey = "anotherKey1";
  });
  const more = `snapshotNotifyUrl: url, recordExceptionLevels: ["error"]`;
  stack.setProgram(declared({ description: "Changed", bound: "b", more, options: imported() }));
  const writes = await account.writes(async () => {
    const { exitCode, output } = await stack.pulumi("up", "--yes", "--skip-preview", "--continue-on-error");
    expect(exitCode).not.toBe(0);
    const [ofA = ""] = output.match(/import: template \d+ differs from the program: .*snapshotNotifyUrl.*/) ?? [];
    expect(ofA).toContain(`description is "First" in the account and "Changed" in the program`);
    expect(ofA).toContain(`snapshotNotifyUrl is nothing in the account and "${url}" in the program`);
    expect(ofA).toContain(`recordExceptionLevels is nothing in the account and ["error"] in the program`);
    expect(ofA).toContain("callbackKey (set in the account)");
    expect(ofA).not.toContain("streamBeginNotifyUrl is");
    expect(output).not.toMatch(/anotherKey1|optionsKey1/);
  });
  expect(writes).toEqual([]);
  expect([...stack.resources("CallbackTemplate", "DomainTemplateBinding").keys()]).toEqual([]);
});

test("import of equal objects writes nothing, and removing the option changes nothing", async () => {
  account.edit(({ templates }) => {
    for (const template of templates) if (template.TemplateName === "a") template.CallbackKey = key;
  });
  stack.setProgram(declared({ bound: "b", options: imported() }));
  const refused = await stack.pulumi("up", "--yes", "--skip-preview");
  expect(refused.exitCode).not.toBe(0);
  const ids = `templateId is ${account.idOf("a")} in the account and ${account.idOf("b")} in the program`;
  expect(refused.output).toContain(`import: the rule differs from the program: ${ids}`);
  stack.setProgram(declared({ options: imported() }));
  expect(await account.writes(() => stack.up())).toEqual([]);
  await expectNothingToDo(stack, account);
  stack.setProgram(declared());
  await expectNothingToDo(stack, account);
  await stack.refresh("--expect-no-changes");
  expect(account.ours()).toEqual({ templates: [a, b], rules: { "push.example.com/live": "a" } });
});

test("get reads objects of another stack, with the key as a secret", async () => {
  const reader = (rule: string) => `
    const a = lvb.CallbackTemplate.get("a", "${account.idOf("a")}");
    const live = lvb.DomainTemplateBinding.get("live", "${rule}");
    module.exports = { description: a.description, callbackKey: a.callbackKey, bound: live.templateId };
  `;
  other.setProgram(program(reader("push.example.com/live")));
  const run = async () => {
    const { output } = await other.up();
    expect(output).toMatch(/callbackKey: +\[secret\]/);
  };
  expect(await account.writes(run)).toEqual([]);
  expect(await other.outputs()).toEqual({ description: "First", callbackKey: key, bound: String(account.idOf("a")) });

  other.setProgram(program(reader("push.example.com/none")));
  const missing = await other.pulumi("preview");
  expect(missing.exitCode).not.toBe(0);
  expect(missing.output).toMatch(/binding push\.example\.com\/none was not read: no such rule in the account/);
  other.setProgram(program(`lvb.CallbackTemplate.get("a", "999999");`));
  const noTemplate = await other.pulumi("preview");
  expect(noTemplate.exitCode).not.toBe(0);
  expect(noTemplate.output).toMatch(/callback template 999999 was not read: no such template in the account/);

  expect(await account.writes(() => other.destroy())).toEqual([]);
  expect(account.ours()).toEqual({ templates: [a, b], rules: { "push.example.com/live": "a" } });
});

test("after a move to another stack, objects are unchanged there and gone here", async () => {
  const urns = [...stack.resources("CallbackTemplate", "DomainTemplateBinding").values()].map(({ urn }) => urn);
  const move = ["state", "move", "--yes", "--source", stack.name, "--dest", other.name, ...urns];
  expect(await account.calls(() => stack.succeed(...move))).toEqual([]);
  other.setProgram(declared());
  await expectNothingToDo(other, account);
  stack.setProgram("");
  expect(await account.writes(() => stack.destroy())).toEqual([]);
  await other.refresh("--expect-no-changes");
  expect(account.ours()).toEqual({ templates: [a, b], rules: { "push.example.com/live": "a" } });
});

test("destroy removes only our objects, and no key was ever written in clear text", async () => {
  await other.destroy();
  expect(account.ours()).toEqual({ templates: [], rules: {} });
  for (const [file, text] of [...stack.stateFiles(), ...other.stateFiles()]) {
    expect(text, file).not.toMatch(/optionsKey1|anotherKey1|emulator-key/);
  }
});

function imported() {
  return {
    a: `{ import: "${account.idOf("a")}" }`,
    b: `{ import: "${account.idOf("b")}" }`,
    live: `{ import: "push.example.com/live" }`,
  };
}
