// Two independent runs on one account: each keeps its own objects, and names what is in its way.
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Account, expectNothingToDo, program, startAccount, url } from "./account.ts";
import { createStack, type Stack } from "./harness.ts";
import { until } from "./processes.ts";

let account: Account;
let ours: Stack;
let theirs: Stack;

beforeEach(async () => {
  account = await startAccount();
  ours = await createStack({ emulator: account, projectName: "ours", program: declared("ours") });
  theirs = await createStack({ emulator: account, projectName: "theirs", program: declared("theirs") });
});

afterEach(async () => {
  ours?.dispose();
  theirs?.dispose();
  await account?.emulator.stop();
});

/** A template with this name, bound to the same domain and app. */
function declared(name: string, options = ""): string {
  return program(`
    const template = new lvb.CallbackTemplate("${name}", { templateName: "${name}", streamBeginNotifyUrl: url });
    new lvb.DomainTemplateBinding("live", {
      domainName: "push.example.com", appName: "live", templateId: template.templateId, ${options}
    });
  `);
}

const template = (name: string) => ({ TemplateName: name, StreamBeginNotifyUrl: url });
const boundTo = (name: string) => ({ "push.example.com/live": name });
const up = ["up", "--yes", "--skip-preview"] as const;

test("the second stack for a domain and app is refused; with allowOverwrite it gets the rule, and the first stack sees it", async () => {
  await ours.up();
  const refused = await theirs.pulumi(...up);
  expect(refused.exitCode).toBe(1);
  expect(refused.output).toMatch(
    new RegExp(
      `push\\.example\\.com/live is bound to template ${account.idOf("ours")}\\. Next: .*allowOverwrite: true`,
    ),
  );
  expect(account.ours().rules).toEqual(boundTo("ours"));

  theirs.setProgram(declared("theirs", "allowOverwrite: true"));
  await theirs.up();
  expect(account.ours()).toEqual({ templates: [template("ours"), template("theirs")], rules: boundTo("theirs") });
  expect((await ours.pulumi("refresh", "--preview-only", "--expect-no-changes")).exitCode).toBe(7);

  // The first stack is destroyed without the rule, which the other stack now manages.
  const { output } = await ours.destroy();
  expect(output).toContain("push.example.com/live: the rule now points to template");
  expect(account.ours()).toEqual({ templates: [template("theirs")], rules: boundTo("theirs") });
  await theirs.refresh("--expect-no-changes");
  await expectNothingToDo(theirs, account);
  await theirs.destroy();
  expect(account.ours()).toEqual({ templates: [], rules: {} });
});

test("if two stacks create the same domain and app at the same time, one gets it and the other fails with its name", async () => {
  account.emulator.setDialects({ duplicateRule: "error" });
  const results = await Promise.all([ours.pulumi(...up), theirs.pulumi(...up)]);
  expect(results.map(({ exitCode }) => exitCode).sort()).toEqual([0, 1]);
  const winner = results[0]?.exitCode === 0 ? "ours" : "theirs";
  expect(account.ours()).toEqual({ templates: [template("ours"), template("theirs")], rules: boundTo(winner) });
  const { output = "" } = results.find(({ exitCode }) => exitCode === 1) ?? {};
  expect(output).toContain(`push.example.com/live is bound to template ${account.idOf(winner)}`);
});

test("the second stack with the same explicit template name is refused, with the id", async () => {
  ours.setProgram(declared("same"));
  await ours.up();
  theirs.setProgram(declared("same"));
  const writes = await account.writes(async () => {
    const { exitCode, output } = await theirs.pulumi(...up);
    expect(exitCode).toBe(1);
    expect(output).toContain(`already has a template with this name: ${account.idOf("same")}`);
  });
  expect(writes).toEqual([]);
  await theirs.destroy();
  expect(account.ours()).toEqual({ templates: [template("same")], rules: boundTo("same") });
});

test("the lock refuses a second run of the same stack", async () => {
  account.emulator.addFaults([{ action: "CreateLiveCallbackTemplate", kind: "hang" }]);
  const first = ours.start(...up);
  await until("the first run is under way", () =>
    account.emulator.requests().some(({ action }) => action === "CreateLiveCallbackTemplate"),
  );
  for (const command of ["up", "refresh", "destroy"]) {
    const { exitCode, output } = await ours.pulumi(command, "--yes", "--skip-preview");
    expect(exitCode).toBe(1);
    expect(output).toContain("the stack is currently locked");
  }
  account.emulator.clearFaults();
  expect((await first.result).exitCode).toBe(0);
  expect(account.ours()).toEqual({ templates: [template("ours")], rules: boundTo("ours") });
  await expectNothingToDo(ours, account);
});

test("two runs of the same stack after a cancelled lock create no object twice", async () => {
  ours.setProgram(program(`new lvb.CallbackTemplate("auto", { streamBeginNotifyUrl: url });`));
  account.emulator.addFaults([{ action: "CreateLiveCallbackTemplate", kind: "hangAfterCommit" }]);
  const first = ours.start(...up);
  await until("the first run has made the template", () => account.emulator.state().templates.length === 2);
  await ours.succeed("cancel", "--yes");
  await ours.up();
  account.emulator.clearFaults();
  await first.result;
  expect(account.ours().templates).toEqual([template("auto-*")]);
  await ours.up("--refresh");
  expect(account.ours().templates).toEqual([template("auto-*")]);
});
