// `pulumi import` of existing objects. The engine prints them as a program, with secrets in clear text. So the callback key
// is left out: it stays in the template, unmanaged, until the program sets one.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { account, expectNothingToDo, onStack, stack } from "../account.ts";
import type { RunResult } from "../harness.ts";
import { binding, reference, template, yamlProgram } from "./yamlPrograms.ts";

const url = "https://callbacks.example.com/lvb";
const keys = { existing: "KeyThatExists1x", colleagues: "KeyOfTheColleague2x" };

/** The printed program, with a key if it is managed. */
const program = (more: Record<string, unknown> = {}) =>
  yamlProgram({
    ...("callbackKey" in more && { secrets: ["callbackKey"] }),
    resources: {
      events: template({ templateName: "existing", streamBeginNotifyUrl: url, ...more }, { protect: true }),
      live: binding("push.example.com/live", "events", { protect: true }),
    },
  });

let printed = "";

onStack(
  () => ({ yaml: true, program: yamlProgram({ resources: {} }) }),
  () => {
    const { templates, rules, ...state } = account.emulator.state();
    const existing = {
      TemplateId: 1001,
      TemplateName: "existing",
      StreamBeginNotifyUrl: url,
      CallbackKey: keys.existing,
    };
    const rule = { DomainName: "push.example.com", AppName: "live", TemplateId: 1001 };
    account.emulator.setState({ ...state, templates: [...templates, existing], rules: [...rules, rule] });
  },
);

afterEach(() => {
  for (const [place, text] of [...stack.stateFiles(), ["printed", printed] as const]) {
    for (const [name, value] of Object.entries(keys)) expect(text.includes(value), `${name} in ${place}`).toBe(false);
  }
});

test("the printed program of a template and its binding has everything except the key", async () => {
  const out = join(stack.project, "imported.yaml");
  const flags = ["--yes", "--skip-preview", "--out", out];
  const writes = await account.writes(async () => {
    await pulumi("import", "tencentcloud-lvb:index:CallbackTemplate", "events", "1001", ...flags);
    const imported = readFileSync(out, "utf8");
    expect(imported).toMatch(/templateName: existing/);
    expect(imported).not.toMatch(/callbackKey/);
    printed += imported;
    await pulumi("import", "tencentcloud-lvb:index:DomainTemplateBinding", "live", "push.example.com/live", ...flags);
    printed += readFileSync(out, "utf8");
  });
  expect(writes).toEqual([]);
});

test("preview and refresh of that program show no change", async () => {
  stack.setProgram(program());
  await expectNothingToDo(stack, account);
  await pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes");
  await pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
  await pulumi("stack", "export");
});

test("if a colleague changes the unmanaged key, a refresh shows it, and up doesn't revert it", async () => {
  setKey(keys.colleagues);
  const changed = 'callback template "existing" (1001): callbackKey was changed outside of this stack; left as it is';
  expect((await pulumi("refresh", "--preview-only", "--expect-no-changes")).output).toContain(changed);
  expect((await pulumi("refresh", "--yes", "--skip-preview")).output).toContain(changed);
  expect((await pulumi("refresh", "--yes", "--skip-preview")).output).not.toContain(changed);
  stack.setProgram(program({ description: "New words" }));
  expect(await account.writes(() => pulumi("up", "--yes", "--skip-preview", "--diff"))).toHaveLength(1);
  expect(account.ours().templates).toMatchObject([{ Description: "New words", CallbackKey: keys.colleagues }]);
});

test("setting the template's key in the program writes nothing; removing it again is shown and clears the key", async () => {
  await stack.setConfig("callbackKey", keys.colleagues, "--secret");
  stack.setProgram(program({ description: "New words", callbackKey: reference("callbackKey") }));
  expect(await account.writes(() => pulumi("up", "--yes", "--skip-preview", "--diff"))).toEqual([]);
  await expectNothingToDo(stack, account);

  stack.setProgram(program({ description: "New words" }));
  const { stdout } = await pulumi("preview", "--diff");
  expect(stdout).toMatch(/- callbackKey *: \[secret\]/);
  expect(await account.writes(() => pulumi("up", "--yes", "--skip-preview"))).toEqual(["ModifyLiveCallbackTemplate"]);
  expect(account.ours().templates[0]).not.toHaveProperty("CallbackKey");
  await expectNothingToDo(stack, account);
});

function setKey(key: string): void {
  account.edit(({ templates }) => {
    for (const one of templates) if (one.TemplateId === 1001) one.CallbackKey = key;
  });
}

async function pulumi(...args: string[]): Promise<RunResult> {
  const result = await stack.pulumi(...args);
  printed += result.output;
  expect(result.exitCode, result.output).toBe(0);
  return result;
}
