// `import` of this package in a project that uses the plugin: the engine reads the objects, and writes the resources that
// the program lacks into a text file.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { account, expectNothingToDo, onStack, stack } from "../account.ts";
import { command, expectPlain, jsonOf } from "../commandLine.ts";
import { binding, reference, template, yamlProgram } from "./yamlPrograms.ts";

const url = "https://callbacks.example.com/lvb";
const key = "KeyThatExists1x";

onStack(
  () => ({ yaml: true, program: yamlProgram({ resources: {} }) }),
  () => {
    const { templates, rules, ...state } = account.emulator.state();
    const existing = (TemplateId: number, TemplateName: string) => ({
      TemplateId,
      TemplateName,
      StreamBeginNotifyUrl: url,
      CallbackKey: key,
    });
    const rule = { DomainName: "push.example.com", AppName: "live", TemplateId: 1001 };
    account.emulator.setState({
      ...state,
      templates: [...templates, existing(1001, "declared"), existing(1002, "undeclared")],
      rules: [...rules, rule],
    });
  },
);

const declared = {
  mine: template({ templateName: "declared", streamBeginNotifyUrl: url, callbackKey: reference("callbackKey") }),
  place: binding("push.example.com/live", "mine"),
};
const config = { secrets: ["callbackKey"] };

/** Imports what matches, and writes nothing to the account. Returns what it says. */
async function importing(...filter: string[]): Promise<string> {
  let output = "";
  const writes = await account.writes(async () => {
    const result = await command(stack, ["import", "--yes", ...filter]);
    expect(result.exitCode, result.output).toBe(0);
    expectPlain(result);
    output = result.output;
  });
  expect(writes).toEqual([]);
  for (const [place, text] of [...stack.stateFiles(), ["output", output] as const])
    expect(text, place).not.toContain(key);
  return output;
}

/** The resources in the state, and whether they are protected. */
const imported = () =>
  Object.fromEntries(
    [...stack.resources("CallbackTemplate", "DomainTemplateBinding")].map(([name, { protect }]) => [
      name,
      protect === true,
    ]),
  );

test("a dry run says what is imported, and where its program text goes", async () => {
  await stack.setConfig("callbackKey", key, "--secret");
  stack.setProgram(yamlProgram({ ...config, resources: declared }));
  const plan = await jsonOf<Record<string, unknown>>(stack, ["import", "--dry-run"]);
  expect(plan).toMatchObject({ files: ["lvb-import.txt"], configKeys: [], skipped: 0, program: null });
  expect(plan.templates).toContainEqual({ name: "mine", templateId: "1001", templateName: "declared" });
  expect(imported()).toEqual({});
});

test("what the program declares is imported under its names, and nothing else is left to do", async () => {
  const output = await importing("--name", "declared");
  expect(output).toContain("the program already declares 2 of them");
  expect(output).toContain("preview and refresh show no change");
  expect(imported()).toEqual({ mine: false, place: false });
  expect(readdirSync(stack.project)).not.toContain("lvb-import.txt");
  await expectNothingToDo(stack, account);
});

test("the others are protected, and their text in lvb-import.txt completes the program", async () => {
  const missing = { ...declared, again: binding("push.example.com/again", "mine") };
  stack.setProgram(yamlProgram({ ...config, resources: missing }));
  account.edit(({ rules }) => {
    const rule = { DomainName: "push.example.com", AppName: "again", TemplateId: 1001 };
    const [like] = rules;
    if (like) rules.push({ ...like, ...rule });
  });
  const output = await importing("--name", "*declared");
  expect(output).toContain("Next: copy the resources in lvb-import.txt into the program");
  expect(imported()).toEqual({ mine: false, place: false, again: false, undeclared: true });

  const text = readFileSync(join(stack.project, "lvb-import.txt"), "utf8");
  expect(text).not.toContain(key);
  const others = Object.entries(missing).map(([name, { type, ...rest }]) => [
    name,
    { type: `tencentcloud-lvb:${type}`, ...rest },
  ]);
  const settings = JSON.stringify({ callbackKey: { type: "string", secret: true } });
  const lines = others.map(([name, resource]) => `  ${name}: ${JSON.stringify(resource)}\n`);
  stack.setProgram(`config: ${settings}\n${text.trimEnd()}\n${lines.join("")}`);
  await expectNothingToDo(stack, account);
});
