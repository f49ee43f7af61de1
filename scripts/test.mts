// `npm test`: type check, linter, build, the Pulumi CLI, and every kind of test. As argument, `browser`, `faults`, `model` or
// `e2e` runs that part alone, `unit` what needs no CLI, `deep` what `npm test` has only some cases of (test/depth.ts), and `soak` ten
// times as much of the model. `--against FILE` gives every emulator the dialects that `probe --out FILE` has observed, and `live`
// runs a stack's life on a real account (docs/live-account.md). The last line counts the tests: `N passed, N failed`.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { findChromium } from "../tools/chromium.mts";
import { findOrMakePulumiCli } from "../tools/pulumi-cli/pulumi-cli.mts";

const repository = resolve(import.meta.dirname, "..");
/** Projects named after the plugin run the files of another project on it. */
const projects = [
  ...["unit", "protocol", "plugin", "browser"],
  ...["faults", "plugin-faults", "model", "plugin-model", "e2e", "plugin-e2e"],
];

/** The arguments of vitest: projects, and paths if only some of their files run. */
const parts: Record<string, { projects: string[]; files?: string[] }> = {
  // With one file that starts the real provider process.
  unit: { projects: ["unit", "protocol"], files: ["test/unit/", "test/protocol/contract"] },
  faults: { projects: ["faults", "plugin-faults"] },
  model: { projects: ["model", "plugin-model"] },
  browser: { projects: ["browser"] },
  e2e: { projects: ["e2e", "plugin-e2e"] },
  soak: { projects: ["model"] },
  live: { projects: ["e2e"], files: ["test/e2e/live.deep.test.ts"] },
  deep: { projects, files: deepFiles() },
  all: { projects },
};

/** Files with more cases than `npm test` runs, or that it doesn't run at all. */
function deepFiles(): string[] {
  const tests = join(repository, "test");
  return readdirSync(tests, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .filter((file) => file.endsWith(".deep.test.ts") || hasMoreCases(join(tests, file)))
    .map((file) => join("test", file));
}

function hasMoreCases(file: string): boolean {
  return /from "\.\.\/depth\.ts"|livesOf\(/.test(readFileSync(file, "utf8"));
}

/** The part of vitest's JSON report that we read. */
interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { name: string; status: string; assertionResults: { status: string; fullName: string }[] }[];
}

async function main(part: string, against: string | undefined): Promise<number> {
  const begun = performance.now();
  const wanted = parts[part];
  if (wanted === undefined) {
    throw new Error(`There is no part "${part}" of the tests; there are ${Object.keys(parts).join(", ")}.`);
  }
  // npm runs this in the repository, from whatever folder it was called.
  if (against !== undefined) process.env.EMULATOR_DIALECTS = resolve(process.env.INIT_CWD ?? ".", against);
  // No other part ever uses credentials of the environment.
  process.env.LVB_LIVE = part === "live" ? "1" : "";
  if (part === "soak") process.env.MODEL_RUNS ??= "20000";
  if (part === "deep" || part === "live") process.env.TEST_DEPTH = "deep";
  await step("Build", "typescript/bin/tsc", ["--build"]);
  await step("… without what no package needs", "../scripts/slim.cjs", []);
  if (part === "all") {
    // TypeScript 7 checks ten times as fast. The build and the programs of the tests need the API of TypeScript 6.
    const types = "typescript-native/bin/tsc";
    await step("Types of tests and scripts", types, ["-p", "test/tsconfig.json"]);
    const examples = readdirSync(join(repository, "examples"));
    // Two of them are JavaScript.
    for (const example of examples.filter((name) => existsSync(join(repository, "examples", name, "tsconfig.json")))) {
      // It doesn't know the resolution of modules that ts-node needs.
      const resolution = ["--module", "preserve", "--moduleResolution", "bundler"];
      await step(`Types of examples/${example}`, types, ["--noEmit", "-p", `examples/${example}`, ...resolution]);
    }
    await step("Types of the emulator's page", types, ["-p", "emulator/console"]);
    await step("Linter and format", "@biomejs/biome/bin/biome", ["check"]);
  }
  if (part === "deep") {
    const config = "test/mutation/vitest.config.mts";
    await step("Tests that mutation tests run", "vitest/vitest.mjs", ["run", "--config", config, "--reporter=dot"]);
  }
  if (wanted.projects.includes("e2e")) {
    heading("Pulumi CLI");
    console.log(await findOrMakePulumiCli());
  }
  const folder = mkdtempSync(join(tmpdir(), "lvb-test-"));
  try {
    const report = join(folder, "report.json");
    heading("Tests");
    const exitCode = await node("vitest/vitest.mjs", [
      "run",
      ...wanted.projects.flatMap((project) => ["--project", project]),
      ...(wanted.files ?? []),
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${report}`,
    ]);
    if (!existsSync(report)) {
      throw new Error(`vitest ended with ${exitCode} and without a report.`);
    }
    const seconds = Math.round((performance.now() - begun) / 1000);
    console.log(`Took ${Math.floor(seconds / 60)} min ${seconds % 60} s, with everything above.`);
    const results: Report = JSON.parse(readFileSync(report, "utf8"));
    tellSkipped(results);
    console.log(summary(results, exitCode));
    return exitCode;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The skipped tests, with the reasons. */
function tellSkipped({ testResults }: Report): void {
  const inBrowser = testResults
    .filter(({ name }) => name.includes("/test/browser/"))
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status !== "passed" && status !== "failed");
  if (inBrowser.length === 0 || findChromium() !== undefined) return;
  console.log("Skipped, since there is no Chromium (apt-get install chromium, or set CHROMIUM to one):");
  for (const { fullName } of inBrowser) console.log(`- ${fullName}`);
}

function summary(report: Report, exitCode: number): string {
  // A file that can't be loaded counts as a failure, although none of its tests ran.
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((assertion) => assertion.status === "failed"),
  );
  const failed = report.numFailedTests + unloaded.length;
  const skipped = report.numPendingTests + report.numTodoTests;
  // Other errors of vitest, such as an unhandled rejection, must not count as zero failures.
  const counts = [`${report.numPassedTests} passed`, `${exitCode === 0 ? failed : Math.max(failed, 1)} failed`];
  return [...counts, ...(skipped > 0 ? [`${skipped} skipped`] : [])].join(", ");
}

async function step(title: string, tool: string, args: string[]): Promise<void> {
  heading(title);
  if ((await node(tool, args)) !== 0) {
    throw new Error(`${title}: failed, see above.`);
  }
}

/** Runs a tool from node_modules with this Node.js, in this terminal. */
function node(tool: string, args: string[]): Promise<number> {
  const child = spawn(process.execPath, [join(repository, "node_modules", tool), ...args], {
    cwd: repository,
    stdio: ["ignore", "inherit", "inherit"],
  });
  // A Ctrl-C reaches the tool too: wait until it has cleaned up.
  const wait = () => {};
  process.on("SIGINT", wait);
  return new Promise<number>((done, reject) => {
    child.once("error", reject);
    child.once("close", (code) => done(code ?? 1));
  }).finally(() => process.off("SIGINT", wait));
}

function heading(text: string): void {
  console.log(`\n== ${text}`);
}

const { positionals, values } = parseArgs({ allowPositionals: true, options: { against: { type: "string" } } });
main(positionals[0] ?? "all", values.against).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
