// `import` of a whole account: the program declares exactly the existing objects, and no key stays in clear text.
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { type CallbackTemplate, type Emulator, startEmulator } from "../../emulator/index.ts";
import { deepDescribe, deepTest, some } from "../depth.ts";
import { command, expectPlain, startCommand } from "./commandLine.ts";
import { createStack, type RunResult, type Stack } from "./harness.ts";
import { descendants, until } from "./processes.ts";

const url = "https://callbacks.example.com/lvb";

/** Names of templates. Old accounts have names that the console no longer allows. */
const awkwardNames = [
  "live-events",
  "live_events",
  // The service allows two templates with the same name.
  "live-events",
  "liveEvents",
  "live events",
  `it's "quoted"`,
  'only "double" quotes',
  `back\\slash, \`tick\` and \${placeholder}`,
  "1080p",
  "2024-archive",
  "class",
  "await",
  "config",
  "pulumi",
  "lvb",
  "v1.2.events",
  "push0.example.com",
  "--dashes--",
  "constructor",
  "__proto__",
  "直播回调",
  "录制 通知",
  "直播-events",
];

let emulator: Emulator;
let stack: Stack;
/** A folder with packages, but without a project. */
let out: string;
let temporary: string;

beforeEach(async () => {
  emulator = await startEmulator();
  stack = await createStack({ emulator });
  const home = dirname(stack.project);
  symlinkSync(inject("e2e").nodeModules, join(home, "node_modules"), "junction");
  out = join(home, "live-callbacks");
  temporary = join(home, "temporary");
  mkdirSync(temporary);
  stack.env.TMPDIR = temporary;
});

afterEach(async () => {
  stack?.dispose();
  await emulator?.stop();
});

/** With ten rules for each domain. */
const accounts = [
  { templates: awkwardNames.length, rules: 60 },
  { templates: 50, rules: 300 },
];

test.each(some(accounts, 1))("imports an account with $templates templates and $rules rules", async (size) => {
  const templates = Array.from({ length: size.templates }, (_, i) => templateOf(i));
  const domains = Array.from({ length: size.rules / 10 }, (_, i) => `push${i}.example.com`);
  const apps = ["", "live", "vod", "直播", "app.1", "app_1", "app-1", "class", "App", "a"];
  const rules = domains.flatMap((DomainName, i) =>
    apps.map((AppName, j) => ({ DomainName, AppName, TemplateId: 2000 + ((i + j) % (size.templates - 2)) })),
  );
  emulator.setState({ domains, templates, rules });
  const before = emulator.state();

  const result = await command(stack, ["import", "--out", out, "--yes"]);
  expect(result.exitCode, result.output).toBe(0);
  expectPlain(result);
  // Reads the lists for the plan, and for the refresh at the end. The preview doesn't need them.
  expect(
    emulator
      .requests()
      .map(({ action }) => action)
      .sort(),
  ).toEqual([
    ...Array(2).fill("DescribeLiveCallbackRules"),
    ...Array(2).fill("DescribeLiveCallbackTemplates"),
    "GetCallerIdentity",
  ]);
  expect(readdirSync(out).sort()).toEqual(
    [".gitignore", "Pulumi.dev.yaml", "Pulumi.yaml", "index.ts", "package.json", "tsconfig.json"].sort(),
  );
  expectNoKeys(result);

  emulator.clearRequests();
  for (const args of [["preview"], ["refresh", "--preview-only"]]) {
    const { exitCode, output } = await stack.pulumi(...args, "--expect-no-changes", "--cwd", out, "--stack", "dev");
    expect(exitCode, output).toBe(0);
  }
  expect(
    emulator
      .requests()
      .map(({ action }) => action)
      .sort(),
  ).toEqual(["DescribeLiveCallbackRules", "DescribeLiveCallbackTemplates"]);
  expect(emulator.state()).toEqual(before);
});

deepDescribe("interrupted", () => {
  beforeEach(() => {
    const rules = Array.from({ length: 60 }, (_, i) => ({
      DomainName: "push.example.com",
      AppName: `app${i}`,
      TemplateId: 2000 + (i % 4),
    }));
    emulator.setState({ templates: [0, 1, 2, 3].map(templateOf), rules });
  });

  /** The progress of the run, by its child processes. Ends it with `kill PID`, or Ctrl-C, which reaches the whole group. */
  const moments: [string, RegExp, "command" | "group"][] = [
    ["while the stack is created", /stack init/, "command"],
    ["while keys are stored", /config set .*--secret liveEvents2002CallbackKey/, "group"],
    ["while `pulumi import` starts", / import --file/, "command"],
    ["while `pulumi import` runs", /dynamic-provider/, "group"],
  ];

  test.each(moments)(
    "%s, it leaves nothing in clear text, and the same command continues",
    async (_when, started, target) => {
      const before = emulator.state();
      const first = startCommand(stack, ["import", "--out", out, "--yes"]);
      await until(`${started} has started`, () =>
        [...descendants(first.pid).values()].some((call) => started.test(call)),
      );
      process.kill(target === "group" ? -first.pid : first.pid, "SIGINT");
      const interrupted = await first.result;
      expect(interrupted.exitCode, interrupted.output).toBe(130);
      expectNoKeys(interrupted);

      const second = await command(stack, ["import", "--out", out, "--yes"]);
      expect(second.exitCode, interrupted.output + second.output).toBe(0);
      expectNoKeys(second);
      const { exitCode, output } = await stack.pulumi("preview", "--expect-no-changes", "--cwd", out, "--stack", "dev");
      expect(exitCode, output).toBe(0);
      expect(emulator.state()).toEqual(before);
    },
  );
});

deepTest("imports a rule with a missing template as it is", async () => {
  emulator.setState({ rules: [{ DomainName: "push.example.com", AppName: "live", TemplateId: 4711 }] });
  const before = emulator.state();
  const result = await command(stack, ["import", "--out", out, "--yes"]);
  expect(result.exitCode, result.output).toBe(0);
  expect(readFileSync(join(out, "index.ts"), "utf8")).toContain('templateId: "4711"');
  expect(emulator.state()).toEqual(before);
});

/** Every second one has a key, and some have all fields. */
function templateOf(i: number): Partial<CallbackTemplate> {
  return {
    TemplateId: 2000 + i,
    TemplateName: awkwardNames[i] ?? `events-${i}`,
    StreamBeginNotifyUrl: `${url}?template=${i}`,
    ...(i % 2 === 0 && { CallbackKey: keyOf(i) }),
    ...(i % 3 === 0 && {
      Description: `Number ${i}: "it's" 直播\n\${second} line`,
      RecordNotifyUrl: url,
      RecordStatusNotifyUrl: url,
      StreamMixNotifyUrl: url,
      RecordExceptionNotifyUrl: url,
      RecordExceptionLevels: ["warning", "error"],
    }),
  };
}

function keyOf(i: number): string {
  return `KeyOfAccount${String(i).padStart(2, "0")}x`;
}

/** No key is in the output, the project or the backend, and no file with keys is left. */
function expectNoKeys(result: RunResult): void {
  expect(result.output).not.toMatch(/KeyOfAccount/);
  expect(readdirSync(temporary).filter((name) => name.startsWith("lvb-import"))).toEqual([]);
  const files = stack.stateFiles();
  for (const entry of existsSync(out) ? readdirSync(out, { withFileTypes: true, recursive: true }) : []) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile()) files.set(file, readFileSync(file, "utf8"));
  }
  for (const [file, text] of files) expect(text, file).not.toMatch(/KeyOfAccount/);
}
