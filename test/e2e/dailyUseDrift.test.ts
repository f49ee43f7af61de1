// Changes by others are shown and repaired, and times of effect are exact.
import { expect, test } from "vitest";
import { deepTest } from "../depth.ts";
import { account, expectNothingToDo, onStack, program, stack, url } from "./account.ts";

/** `calmKey` is the code for the key of the template `calm`. */
function declared(calmKey = ""): string {
  return program(`
    const template = (name, args) =>
      new lvb.CallbackTemplate(name, { templateName: name, streamBeginNotifyUrl: url, ...args }, options(name));
    const binding = (appName, { templateId }) =>
      new lvb.DomainTemplateBinding(appName, { domainName: "push.example.com", appName, templateId });
    let wait;
    const options = (name) => (name === "dependent" ? { dependsOn: wait } : {});

    const edited = template("edited", { description: "As declared" });
    const calm = template("calm", { ${calmKey} });
    const rebound = binding("rebound", edited);
    const removed = binding("removed", edited);
    binding("calm", calm);
    wait = new lvb.PropagationWait("wait", { changes: [edited.propagation, rebound.propagation] });
    template("dependent", {});
    module.exports = {
      ofTemplate: edited.propagation, ofBinding: rebound.propagation, effectiveAt: wait.effectiveAt,
    };
  `);
}

const asDeclared = {
  templates: [
    { TemplateName: "calm", StreamBeginNotifyUrl: url },
    { TemplateName: "dependent", StreamBeginNotifyUrl: url },
    { TemplateName: "edited", StreamBeginNotifyUrl: url, Description: "As declared" },
  ],
  rules: {
    "push.example.com/calm": "calm",
    "push.example.com/rebound": "edited",
    "push.example.com/removed": "edited",
  },
};

onStack(() => ({
  program: declared(),
  env: { TENCENTCLOUD_LVB_PROPAGATION_SECONDS: "2", TENCENTCLOUD_LVB_REQUEST_TIMEOUT: "5" },
}));

test("a resource that depends on a PropagationWait is created once the changes are in effect", async () => {
  await stack.up();
  expect(account.ours()).toEqual(asDeclared);
  const { ofTemplate, ofBinding, effectiveAt } = await propagations();
  expect(effectiveAt).toBe([ofTemplate.effectiveAt, ofBinding.effectiveAt].toSorted()[1]);
  const creation = account.emulator
    .requests()
    .find(({ action, parameters }) => action.startsWith("Create") && parameters.TemplateName === "dependent");
  expect(Date.parse(creation?.time ?? "")).toBeGreaterThanOrEqual(Date.parse(effectiveAt));
});

test("a refresh changes no time, so nothing waits again", async () => {
  const before = await stack.outputs();
  await stack.refresh("--expect-no-changes");
  await expectNothingToDo(stack, account);
  expect(await stack.outputs()).toEqual(before);
});

test("drift is found and repaired only where it is", async () => {
  const before = await propagations();
  account.edit(({ templates, rules }) => {
    for (const template of templates) if (template.TemplateName === "edited") template.Description = "By hand";
    for (const rule of rules) if (rule.AppName === "rebound") rule.TemplateId = account.idOf("calm");
    rules.splice(
      rules.findIndex(({ AppName }) => AppName === "removed"),
      1,
    );
  });
  const { exitCode, stdout } = await stack.pulumi("refresh", "--preview-only", "--diff", "--expect-no-changes");
  expect(exitCode).toBe(7);
  expect(changedResources(stdout), stdout).toEqual(["delete removed", "update edited", "update rebound"]);

  expect((await account.writes(() => stack.up("--refresh"))).toSorted()).toEqual([
    "CreateLiveCallbackRule",
    "CreateLiveCallbackRule",
    "DeleteLiveCallbackRule",
    "ModifyLiveCallbackTemplate",
  ]);
  expect(account.ours()).toEqual(asDeclared);
  const after = await propagations();
  expect(Date.parse(after.effectiveAt)).toBeGreaterThan(Date.parse(before.effectiveAt));
  await expectNothingToDo(stack, account);
});

deepTest("a key that a refresh finds stays a secret, whether the program keeps or removes it", async () => {
  account.edit(({ templates }) => {
    for (const template of templates) if (template.TemplateName === "calm") template.CallbackKey = "foundByRefresh1";
  });
  const shown = [
    await stack.pulumi("refresh", "--preview-only", "--diff"),
    await stack.refresh("--diff"),
    await stack.preview(),
    await stack.succeed("stack", "export"),
  ];
  const calm = stack.resources("CallbackTemplate").get("calm");
  const secret = { ciphertext: expect.any(String) };
  expect([calm?.inputs, calm?.outputs]).toMatchObject([{ callbackKey: secret }, { callbackKey: secret }]);

  await stack.setConfig("calmKey", "foundByRefresh1", "--secret");
  stack.setProgram(declared(`callbackKey: new pulumi.Config().requireSecret("calmKey")`));
  await expectNothingToDo(stack, account);
  stack.setProgram(declared());
  shown.push(await stack.up("--diff"));
  expect(account.ours()).toEqual(asDeclared);
  for (const { output } of shown) expect(output).not.toContain("foundByRefresh1");
  for (const [file, text] of stack.stateFiles()) {
    expect(text, file).not.toMatch(/foundByRefresh1|foreignKey1|emulator-key/);
  }
});

test("destroy keeps and names a rule that someone bound to another template, and completes once it is removed", async () => {
  account.edit(({ rules }) => {
    for (const rule of rules) if (rule.AppName === "rebound") rule.TemplateId = account.idOf("calm");
  });
  const { exitCode, output } = await stack.pulumi("destroy", "--yes", "--skip-preview", "--continue-on-error");
  expect(exitCode).not.toBe(0);
  expect(output).toMatch(/push\.example\.com\/rebound: the rule now points to template \d+.*the rule is left alone/);
  expect(output).toMatch(
    /callback template "calm" \(\d+\) was not deleted: it is still bound to push\.example\.com\/rebound/,
  );
  expect(account.ours()).toEqual({
    templates: [{ TemplateName: "calm", StreamBeginNotifyUrl: url }],
    rules: { "push.example.com/rebound": "calm" },
  });
  expect([...stack.resources("CallbackTemplate", "DomainTemplateBinding").keys()]).toEqual(["calm"]);

  account.edit(({ rules }) =>
    rules.splice(
      rules.findIndex(({ AppName }) => AppName === "rebound"),
      1,
    ),
  );
  await stack.destroy();
  expect(account.ours()).toEqual({ templates: [], rules: {} });
});

interface Instants {
  changedAt: string;
  effectiveAt: string;
}

async function propagations() {
  const outputs = await stack.outputs();
  return outputs as unknown as { ofTemplate: Instants; ofBinding: Instants; effectiveAt: string };
}

/** `update <name>` or `delete <name>` for every resource that `--diff` shows as changed. */
function changedResources(stdout: string): string[] {
  const shown = stdout.matchAll(/^ *[~+-]+ \S+: \((\w+)\)\n(?: *\[id=.*\]\n)? *\[urn=.*::(\S+)\]/gm);
  return [...shown].map(([, operation, name]) => `${operation} ${name}`).sort();
}
