// `import` takes over a whole account: what it writes declares exactly what is there, and no key is left in clear.
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { type CallbackTemplate, type Emulator, startEmulator } from "../../emulator/index.ts";
import { deepDescribe, deepTest, some } from "../depth.ts";
import { command, expectPlain, startCommand } from "./commandLine.ts";
import { createStack, type RunResult, type Stack } from "./harness.ts";
import { descendants, until } from "./processes.ts";

const url = "https://callbacks.example.com/lvb";

/** What people call templates; the console allows less than what old accounts hold. */
const awkwardNames = [
  "live-events",
  "live_events",
  // The service forbids two of one name nowhere.
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
/** A folder without a project, in which packages are found. */
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

test.each(some(accounts, 1))("an account of $templates templates and $rules rules", async (size) => {
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
  // The lists once for the plan and once for the refresh at the end; the preview needs none.
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

  /** Where the run is, seen by what it has started; `kill PID` or a terminal's Ctrl-C, which reaches all of the group. */
  const moments: [string, RegExp, "command" | "group"][] = [
    ["while the stack is made", /stack init/, "command"],
    ["while keys are stored", /config set .*--secret liveEvents2002CallbackKey/, "group"],
    ["while `pulumi import` starts", / import --file/, "command"],
    ["while `pulumi import` runs", /dynamic-provider/, "group"],
  ];

  test.each(moments)("%s: nothing is left in clear, and the same command goes on", async (_when, started, target) => {
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
  });
});

deepTest("a rule whose template does not exist is taken over as it is", async () => {
  emulator.setState({ rules: [{ DomainName: "push.example.com", AppName: "live", TemplateId: 4711 }] });
  const before = emulator.state();
  const result = await command(stack, ["import", "--out", out, "--yes"]);
  expect(result.exitCode, result.output).toBe(0);
  expect(readFileSync(join(out, "index.ts"), "utf8")).toContain('templateId: "4711"');
  expect(emulator.state()).toEqual(before);
});

/** Every other one has a key; some have all fields. */
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

/** Nowhere in what was printed, in the project, or in the backend; and no file that held them. */
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
