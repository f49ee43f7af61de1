// Resources in components, and two resources for the same object: each resource has its own object.
import { expect, test } from "vitest";
import { account, expectNothingToDo, onStack, program, stack, url } from "./account.ts";

onStack(() => ({ env: { TENCENTCLOUD_LVB_PROPAGATION_SECONDS: "0" } }));

/** Two components of different types with children of the same names. One is in another component. */
const components = (more = "") =>
  program(`
    function build(type, parent, appName) {
      const component = new pulumi.ComponentResource("test:index:" + type, "callbacks", {}, { parent });
      const events = new lvb.CallbackTemplate("events", { streamBeginNotifyUrl: url }, { parent: component });
      const live = new lvb.DomainTemplateBinding("live", {
        domainName: "push.example.com", appName, templateId: events.templateId,
      }, { parent: component });
      for (const name of ["first", "second"]) {
        new lvb.PropagationWait(name, { changes: [events.propagation, live.propagation] }, { parent: component });
      }
      return component;
    }
    build("Inner", build("Outer", undefined, "outer"), "inner");
    ${more}
  `);

const ours = {
  templates: [
    { TemplateName: "events-*", StreamBeginNotifyUrl: url },
    { TemplateName: "events-*", StreamBeginNotifyUrl: url },
  ],
  rules: { "push.example.com/outer": "events-*", "push.example.com/inner": "events-*" },
};

test("children of the same name in components of different types have their own templates", async () => {
  stack.setProgram(components());
  await stack.up();
  expect(account.ours()).toEqual(ours);
  const state = account.emulator.state();
  expect(new Set(state.templates.map(({ TemplateName }) => TemplateName)).size).toBe(state.templates.length);
  await expectNothingToDo(stack, account);
});

test("waits in a component don't wait for each other, and know their own URN", async () => {
  const { deployment } = stack.readState();
  const waits = (deployment.resources ?? []).filter(({ type }) => type.endsWith(":PropagationWait"));
  expect(waits).toHaveLength(4);
  for (const { urn, inputs } of waits) expect(inputs?.__urn).toBe(urn);
});

test("the preview refuses two bindings of one domain and app, and names the other resource", async () => {
  stack.setProgram(
    components(`new lvb.DomainTemplateBinding("another", {
      domainName: "PUSH.example.com", appName: "inner", templateId: "1",
    });`),
  );
  const calls = await account.calls(async () => {
    const { exitCode, output } = await stack.pulumi("preview");
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(
      /another resource of this run, "(live|another)", binds the same domain and app, push\.example\.com\/inner\. Next: /,
    );
  });
  expect(calls).toEqual([]);
  expect(account.ours()).toEqual(ours);
});

test("a new resource never uses the template of a resource that was renamed with an alias", async () => {
  const template = (name: string, options = "{}") =>
    `new lvb.CallbackTemplate("${name}", { snapshotNotifyUrl: url }, ${options});`;
  stack.setProgram(components(template("snapshots")));
  await stack.up();
  const made = account.ours();
  // The former name is free in the program, but not in the account: the renamed resource keeps its template's name.
  stack.setProgram(components(template("renamed", `{ aliases: [{ name: "snapshots" }] }`)));
  await stack.up();
  const renamed = template("renamed");
  for (const more of [renamed + template("snapshots"), template("snapshots") + renamed]) {
    stack.setProgram(components(more));
    const calls = await account.calls(async () => {
      const { exitCode, output } = await stack.pulumi("preview");
      expect(exitCode).not.toBe(0);
      expect(output).toMatch(/another resource of this run, "(renamed|snapshots)", has the same templateName\. Next: /);
    });
    expect(calls).toEqual([]);
  }
  expect(account.ours()).toEqual(made);
});

test("destroy removes only our objects", async () => {
  stack.setProgram(components());
  await stack.destroy();
  expect(account.ours()).toEqual({ templates: [], rules: {} });
});
