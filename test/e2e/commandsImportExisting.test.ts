// `import` into an existing project adds one file and one line, overwrites nothing, and imports nothing twice.
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { deepTest, quickTest, some } from "../depth.ts";
import { type Account, expectNothingToDo, startAccount, url } from "./account.ts";
import { command, expectError, expectPlain, jsonOf } from "./commandLine.ts";
import { createStack, type Stack, type StackOptions } from "./harness.ts";

interface Plan {
  stack: string;
  files: string[];
  configKeys: string[];
  templates: { name: string; templateId: string; templateName: string }[];
  bindings: { name: string; domainName: string; appName: string; templateId: string }[];
  skipped: number;
  program: string | null;
}

const body = `
const managed = new lvb.CallbackTemplate("managed", { templateName: "managed", streamBeginNotifyUrl: "${url}" });
new lvb.DomainTemplateBinding("managed", {
  domainName: "push.example.com", appName: "managed", templateId: managed.templateId,
});
`;
const typescript = `import * as lvb from "pulumi-tencentcloud-lvb";\n${body}`;
const javascript = `const lvb = require("pulumi-tencentcloud-lvb");\n${body}`;

let account: Account;
let stack: Stack;

beforeEach(async () => {
  account = await startAccount();
});

afterEach(async () => {
  stack?.dispose();
  await account?.emulator.stop();
});

interface Form {
  name: string;
  options: StackOptions;
  prepare?: () => void;
  main: string;
  file: string;
  line: string;
}

const forms: Form[] = [
  {
    name: "TypeScript",
    options: { program: typescript, typescript: true },
    main: "index.ts",
    file: "lvbCallbacks.ts",
    line: 'import "./lvbCallbacks";\n',
  },
  {
    name: "JavaScript below the project's folder",
    options: { program: javascript },
    prepare: () => moveMain("index.js", "src/main.js"),
    main: "src/main.js",
    file: "src/lvbCallbacks.ts",
    line: 'require("./lvbCallbacks.ts");\n',
  },
  {
    name: "JavaScript",
    options: { program: javascript },
    main: "index.js",
    file: "lvbCallbacks.ts",
    line: 'require("./lvbCallbacks.ts");\n',
  },
  {
    name: "JavaScript modules, without a line break at the end",
    options: { program: typescript.trimEnd() },
    prepare: () => moveMain("index.js", "index.mjs"),
    main: "index.mjs",
    file: "lvbCallbacks.mjs",
    line: '\nimport "./lvbCallbacks.mjs";\n',
  },
];

test.each(some(forms, ({ name }) => name === "TypeScript"))(
  "adds one file and one line in $name",
  async ({ options, prepare, main, file, line }) => {
    stack = await createStack({ ...options, emulator: account });
    prepare?.();
    await stack.up();
    someoneAdds();
    const before = account.emulator.state();
    const files = projectFiles();

    const result = await command(stack, ["import", "--yes"]);
    expect(result.exitCode, result.output).toBe(0);
    expectPlain(result);
    expect(result.stdout).toBe("");
    const { [file]: added = "", "Pulumi.test.yaml": config = "", ...others } = projectFiles();
    const { "Pulumi.test.yaml": _config, ...former } = files;
    expect(others).toEqual({ ...former, [main]: `${former[main]}${line}` });
    expect(added).toContain('new lvb.CallbackTemplate("live-events", {');
    expect(added).not.toContain('"managed"');
    expect(config).toContain("liveEventsCallbackKey");
    expect(added + config + result.output).not.toContain("KeyOfSomeone1");
    expect([...stack.resources("CallbackTemplate", "DomainTemplateBinding").keys()].sort()).toEqual(
      ["managed", "foreign", "live-events", "push.example.com-live", ...foreignBindings].sort(),
    );
    expect(account.emulator.state()).toEqual(before);

    // The second time, nothing happens.
    const now = projectFiles();
    const again = await command(stack, ["import", "--yes"]);
    expect([again.exitCode, again.output]).toEqual([0, "nothing to import: the stack already has everything\n"]);
    expect(projectFiles()).toEqual(now);
  },
);

deepTest("imports objects that the program already declares under their names, without a file", async () => {
  someoneAdds();
  const written = `
    const pulumi = require("@pulumi/pulumi");
    const lvb = require("pulumi-tencentcloud-lvb");
    class Callbacks extends pulumi.ComponentResource {
      constructor(name) {
        super("callbacks:index:Callbacks", name);
        this.template = new lvb.CallbackTemplate("mine", {
          templateName: "live-events", description: "Live", streamBeginNotifyUrl: "${url}",
          callbackKey: new pulumi.Config().requireSecret("key"),
        }, { parent: this });
      }
    }
    const { template } = new Callbacks("ours");
    new lvb.DomainTemplateBinding("bound", {
      domainName: "Push.Example.com", appName: "live", templateId: template.templateId,
    });
  `;
  stack = await createStack({ program: written, emulator: account, config: { key: { secret: "KeyOfSomeone1" } } });
  const before = account.emulator.state();
  const files = projectFiles();
  const plan = await jsonOf<Plan>(stack, ["import", "--yes", "--app", "live", "--domain", "push.example.com"]);
  expect(plan).toMatchObject({ files: [], configKeys: [], skipped: 0, program: null });
  expect(plan.templates.map(({ name }) => name)).toEqual(["mine"]);
  expect(plan.bindings.map(({ name }) => name)).toEqual(["bound"]);
  expect(projectFiles()).toEqual(files);
  expect(account.emulator.state()).toEqual(before);
  await expectNothingToDo(stack, account);
});

deepTest("--dry-run changes nothing", async () => {
  stack = await createStack({ program: typescript, typescript: true, emulator: account });
  await stack.up();
  someoneAdds();
  const before = account.emulator.state();
  const everything = async () => [projectFiles(), stack.readState(), account.emulator.state()];
  const former = await everything();

  const dry = await command(stack, ["import", "--dry-run"]);
  expect(dry.exitCode, dry.output).toBe(0);
  expectPlain(dry);
  expect(dry.stdout).toMatch(/^\/\/ Callback templates and bindings of account 100000000001/);
  expect(dry.stdout).toContain('callbackKey: config.requireSecret("liveEventsCallbackKey"),');
  expect(dry.stderr).toContain("import 2 templates and 3 bindings; 2 are already in the stack");
  expect(dry.stderr).toContain('add to index.ts: import "./lvbCallbacks";');

  const plan = await jsonOf<Plan>(stack, ["import", "--dry-run"]);
  expect(plan).toMatchObject({
    stack: "test",
    files: ["lvbCallbacks.ts", "index.ts"],
    skipped: 2,
    program: dry.stdout,
  });
  expect(JSON.stringify(plan)).not.toContain("KeyOfSomeone1");

  // There is no terminal to ask.
  expectError(
    await command(stack, ["import"]),
    2,
    /this command asks for confirmation, which needs a terminal\. Next: pass --yes/,
  );
  expect(await everything()).toEqual(former);
  expect(account.emulator.state()).toEqual(before);

  const chosen = async (...filter: string[]) => {
    const { templates, bindings } = await jsonOf<Plan>(stack, ["import", "--dry-run", ...filter]);
    return [templates.map(({ name }) => name).sort(), bindings.map(({ name }) => name).sort()];
  };
  const all = ["push.example.com-live", ...foreignBindings].sort();
  expect([plan.templates.map(({ name }) => name).sort(), plan.bindings.map(({ name }) => name).sort()]).toEqual([
    ["foreign", "live-events"],
    all,
  ]);
  expect(await chosen("--domain", "*.example.com", "--app", "l?ve", "--name", "foreign")).toEqual([
    ["foreign"],
    ["foreign.example.com-live"],
  ]);
  expect(await everything()).toEqual(former);
});

quickTest("names a program that fails, and changes nothing", async () => {
  stack = await createStack({ program: 'throw new Error("out of order");', emulator: account });
  const files = projectFiles();
  const result = await command(stack, ["import", "--yes"]);
  expectError(
    result,
    1,
    /program fails, so nothing can be added to it: .*out of order.*Next: fix what `pulumi preview` shows/,
  );
  expect(projectFiles()).toEqual(files);
});

const foreignBindings = ["foreign.example.com-live", "push.example.com-foreign"];

function someoneAdds(): void {
  account.edit(({ templates, rules }) => {
    const [like] = templates;
    if (!like) throw new Error("The account holds a foreign template.");
    const ours = { TemplateId: 5000, TemplateName: "live-events", Description: "Live", CallbackKey: "KeyOfSomeone1" };
    templates.push({ ...like, ...ours, StreamBeginNotifyUrl: url });
    const time = "2026-01-01 00:00:00";
    const place = { DomainName: "push.example.com", AppName: "live", TemplateId: 5000 };
    rules.push({ ...place, CreateTime: time, UpdateTime: time });
  });
}

/** The text of each file of the project, except packages. */
function projectFiles(): Record<string, string> {
  const names = readdirSync(stack.project, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(
    names.map((file) => [file.slice(stack.project.length + 1).replaceAll("\\", "/"), readFileSync(file, "utf8")]),
  );
}

function moveMain(from: string, to: string): void {
  mkdirSync(join(stack.project, to, ".."), { recursive: true });
  renameSync(join(stack.project, from), join(stack.project, to));
  const text = { name: "lvb-e2e", private: true, main: to };
  writeFileSync(join(stack.project, "package.json"), JSON.stringify(text));
}
