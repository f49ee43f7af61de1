// `npm run bench`: how much time of a run is the engine's, and how much is ours. Runs all parts, or the named ones. Each
// prints its tables, stores its figures in bench/results/ and writes them into docs/performance.md.
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { installTarball } from "../tools/packedPackage.mts";
import { run } from "../tools/pulumi-cli/process.mts";
import { findOrMakePulumiCli } from "../tools/pulumi-cli/pulumi-cli.mts";
import { type BenchOptions, Context } from "./context.mts";
import { measureConsole } from "./parts/console.mts";
import { measureGrowth } from "./parts/growth.mts";
import { measureMemory } from "./parts/memory.mts";
import { measureOperations, operations } from "./parts/operations.mts";
import { measurePlugin } from "./parts/plugin.mts";
import { measureProcess } from "./parts/process.mts";
import { measureSettings } from "./parts/settings.mts";
import { measureSize } from "./parts/size.mts";
import { asText, keep, type Result } from "./results.mts";
import { packageName } from "./variants.mts";

const parts: Readonly<Record<string, (context: Context) => Promise<Result>>> = {
  process: measureProcess,
  memory: measureMemory,
  growth: measureGrowth,
  settings: measureSettings,
  size: measureSize,
  console: measureConsole,
  plugin: measurePlugin,
};
const names = [...operations, ...Object.keys(parts)];
const usage =
  `npm run bench -- [${names.join("] [")}] [--pairs N] [--templates N] [--bindings N] [--dry-run]\n` +
  "Without a part: all. --pairs: how often floor and package are run in turn (9). --dry-run: keeps no figures.";

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      pairs: { type: "string", default: "9" },
      templates: { type: "string" },
      bindings: { type: "string" },
      "dry-run": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(usage);
  const unknown = positionals.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`There is no part ${unknown.join(", ")}.\n${usage}`);
  const wanted = positionals.length > 0 ? names.filter((name) => positionals.includes(name)) : names;
  const options = {
    pairs: count("--pairs", values.pairs),
    templates: values.templates === undefined ? undefined : count("--templates", values.templates),
    bindings: values.bindings === undefined ? undefined : count("--bindings", values.bindings),
  };

  const folder = realpathSync(mkdtempSync(join(tmpdir(), "pulumi-tencentcloud-lvb-bench-")));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));
  const context = await prepare(folder, options);
  const finish = (result: Result) => {
    console.log(`\n${result.tables.map(asText).join("\n")}`);
    if (!values["dry-run"]) keep(result);
  };
  try {
    const timed = operations.filter((operation) => wanted.includes(operation));
    if (timed.length > 0) {
      context.tell(timed.join(", "));
      for (const result of await measureOperations(context, timed)) finish(result);
    }
    for (const [name, measure] of Object.entries(parts)) {
      if (!wanted.includes(name)) continue;
      context.tell(name);
      finish(await measure(context));
    }
  } finally {
    await context.stop();
  }
}

async function prepare(folder: string, options: BenchOptions): Promise<Context> {
  const cli = await findOrMakePulumiCli();
  const installed = join(await installTarball(folder), "node_modules");
  const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const { stdout: engine } = await run(join(cli, "pulumi"), ["version"], { env, timeoutMs: 60_000 });
  const version = (name: string): string =>
    JSON.parse(readFileSync(join(installed, name, "package.json"), "utf8")).version;
  const cores = availableParallelism();
  const environment = {
    [packageName]: version(packageName),
    "Pulumi CLI": engine.trim(),
    "@pulumi/pulumi": version("@pulumi/pulumi"),
    "tencentcloud-sdk-nodejs": version("tencentcloud-sdk-nodejs"),
    "Node.js": process.version,
    cores,
    // The engine's default.
    parallel: 4 * cores,
  };
  return new Context(options, cli, folder, installed, environment);
}

function count(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${option} must be a whole number of at least 1.`);
  return value;
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
