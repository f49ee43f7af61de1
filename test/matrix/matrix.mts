// `npm run test:matrix`: the packed package with every supported Node.js, SDK of Pulumi, kind of program and package
// manager, installed as a user does, and driven by the real CLI. `--slice` runs a few cells, `--only TEXT` those with the
// text in their name. After all cells, it rewrites the table of docs/versions.md.
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Emulator, startEmulator } from "pulumi-tencentcloud-lvb/emulator";
import { npmCommand, packTarball } from "../../tools/packedPackage.mts";
import { pulumiEnvironment } from "../../tools/pulumi-cli/environment.mts";
import { type RunResult, run } from "../../tools/pulumi-cli/process.mts";
import { findOrMakePulumiCli } from "../../tools/pulumi-cli/pulumi-cli.mts";
import { type Cell, cells, type Manager, managers, nodes } from "./cells.mts";
import { type ProgramKind, programs } from "./programs.mts";

const repository = resolve(import.meta.dirname, "../..");

interface Outcome {
  cell: Cell;
  /** Undefined: it works. */
  failure: string | undefined;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { slice: { type: "boolean" }, only: { type: "string" } } });
  const chosen = cells({ slice: values.slice === true }).filter(({ name }) => name.includes(values.only ?? ""));
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "lvb-matrix-")));
  const emulator = await startEmulator({ propagation: 0 });
  try {
    const cli = await findOrMakePulumiCli();
    const tarball = await packTarball(folder);
    const tools = await installTools(folder, chosen);
    const outcomes: Outcome[] = [];
    for (const [index, cell] of chosen.entries()) {
      const place = join(folder, `cell${index}`);
      const failure = await runCell({ cell, place, tarball, tools, cli, emulator }).then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      rmSync(place, { recursive: true, force: true, maxRetries: 5 });
      outcomes.push({ cell, failure });
      console.log(describe({ cell, failure }));
    }
    if (!values.slice && values.only === undefined) writeTable(outcomes);
    const failed = outcomes.filter(isSurprising);
    console.log(`${outcomes.length - failed.length} passed, ${failed.length} failed`);
    return failed.length === 0 ? 0 : 1;
  } finally {
    await emulator.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A cell that is documented not to work must fail in exactly that way. */
function isSurprising({ cell, failure }: Outcome): boolean {
  return cell.refused === undefined ? failure !== undefined : !failure?.includes(cell.refused.because);
}

function describe(outcome: Outcome): string {
  const { cell, failure } = outcome;
  if (isSurprising(outcome)) return `✗ ${cell.name}\n${failure ?? "works, though it is documented not to"}`;
  return cell.refused ? `– ${cell.name}: ${cell.refused.because}` : `✓ ${cell.name}`;
}

/** The paths of each Node.js and package manager. */
interface Tools {
  node(major: string): string;
  manager(name: Manager): string[];
}

/** Node.js and the package managers are npm packages too. */
async function installTools(folder: string, chosen: readonly Cell[]): Promise<Tools> {
  const place = join(folder, "tools");
  const wantedNodes = new Set(chosen.map(({ node }) => node));
  const wantedManagers = new Set(chosen.map(({ manager }) => manager));
  for (const [major, version] of Object.entries(nodes)) {
    if (wantedNodes.has(major)) await npmInstall(join(place, major), { node: version }, { node: true });
  }
  for (const [manager, { packages, allowScripts = {} }] of Object.entries(managers)) {
    if (packages && wantedManagers.has(manager as Manager))
      await npmInstall(join(place, manager), packages, allowScripts);
  }
  return {
    node: (major) => join(place, major, "node_modules/node/bin"),
    manager: (name) => managers[name].command(join(place, name, "node_modules")),
  };
}

async function npmInstall(
  place: string,
  dependencies: Record<string, string>,
  allowScripts: Record<string, boolean>,
): Promise<void> {
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "package.json"), JSON.stringify({ private: true, dependencies, allowScripts }));
  await succeed(npmCommand, ["install", ...quiet], place, process.env);
}

interface CellRun {
  cell: Cell;
  place: string;
  tarball: string;
  tools: Tools;
  cli: string;
  emulator: Emulator;
}

async function runCell({ cell, place, tarball, tools, cli, emulator }: CellRun): Promise<void> {
  const kind: ProgramKind = programs[cell.program];
  const project = join(place, ...(cell.manager === "npm workspaces" ? ["packages", "live"] : []));
  const home = join(place, "home");
  const backend = join(place, "backend");
  for (const path of [project, home, backend]) mkdirSync(path, { recursive: true });
  const { PATH: path = "", ...rest } = pulumiEnvironment({ cli, home, backend });
  const env: NodeJS.ProcessEnv = {
    ...rest,
    PATH: [tools.node(cell.node), path].join(delimiter),
    // The reasons of cells that must not work are in what npm prints, however this script was started.
    npm_config_loglevel: "notice",
    TENCENTCLOUD_LVB_ENDPOINT: emulator.url,
    TENCENTCLOUD_SECRET_ID: "emulator-id",
    TENCENTCLOUD_SECRET_KEY: "emulator-key",
  };
  const manifest = {
    name: "live",
    version: "1.0.0",
    private: true,
    ...kind.manifest,
    dependencies: { "@pulumi/pulumi": cell.sdk, "pulumi-tencentcloud-lvb": `file:${tarball}` },
    devDependencies: kind.devDependencies,
  };
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
  writeFileSync(
    join(project, "Pulumi.yaml"),
    `name: live\nruntime: nodejs\n${kind.main ? `main: ${kind.main}\n` : ""}`,
  );
  for (const [file, text] of Object.entries(kind.files)) writeFileSync(join(project, file), text);
  if (project !== place) {
    writeFileSync(join(place, "package.json"), JSON.stringify({ private: true, workspaces: ["packages/*"] }));
  }

  const { settings = {} } = managers[cell.manager];
  for (const [file, text] of Object.entries(settings)) writeFileSync(join(place, file), text);
  const [program = "", ...args] = tools.manager(cell.manager);
  await succeed([program, ...args], ["install", ...(managers[cell.manager].packages ? [] : quiet)], place, {
    // Uses the registry, proxy and certificates of the user.
    ...process.env,
    PATH: env.PATH,
  });
  const seen = await succeed(["node"], ["--version"], project, env);
  if (!seen.stdout.startsWith(`v${cell.node}.`)) throw new Error(`runs on Node.js ${seen.stdout}`);
  for (const step of kind.build ?? []) await succeed(["node"], step, project, env);

  emulator.setState({ domains: ["push.example.com"] });
  const pulumi = (...words: string[]) => succeed([join(cli, "pulumi")], [...words, "--non-interactive"], project, env);
  await pulumi("stack", "init", "dev");
  await pulumi("up", "--yes", "--skip-preview");
  const { templates, rules } = emulator.state();
  if (templates.length !== 1 || rules.length !== 1) throw new Error("up made something else than it declares");
  await pulumi("preview", "--expect-no-changes");
  await pulumi("refresh", "--preview-only", "--expect-no-changes");
  await pulumi("destroy", "--yes", "--skip-preview");
  if (emulator.state().templates.length > 0) throw new Error("destroy left something");
}

const quiet = ["--prefer-offline", "--no-audit", "--no-fund"];

async function succeed(
  [program = "", ...first]: readonly string[],
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<RunResult> {
  const result = await run(program, [...first, ...args], { cwd, env, timeoutMs: 300_000 });
  if (result.exitCode !== 0)
    throw new Error(`${[...first, ...args].join(" ")} exited with ${result.exitCode}:\n${result.output}`);
  return result;
}

/** A row for each kind of program and package manager, a column for each Node.js and SDK. */
function writeTable(outcomes: readonly Outcome[]): void {
  const page = join(repository, "docs/versions.md");
  const rowsOf = [...new Set(outcomes.map(({ cell }) => `${cell.program}, ${cell.manager}`))];
  const columns = [...new Set(outcomes.map(({ cell }) => `Node.js ${cell.node}, SDK ${cell.sdk}`))];
  const mark = (row: string, column: string) => {
    const found = outcomes.find(
      ({ cell }) => `${cell.program}, ${cell.manager}` === row && `Node.js ${cell.node}, SDK ${cell.sdk}` === column,
    );
    if (!found) return "";
    if (isSurprising(found)) return "✗";
    return found.cell.refused ? `–${found.cell.refused.note}` : "✓";
  };
  const line = (entries: readonly string[]) => `| ${entries.join(" | ")} |`;
  const table = [
    line(["", ...columns]),
    line(["", ...columns].map(() => "---")),
    ...rowsOf.map((row) => line([row, ...columns.map((column) => mark(row, column))])),
  ].join("\n");
  const [begin, end] = ["<!-- matrix: generated by npm run test:matrix -->", "<!-- end of the matrix -->"];
  const text = readFileSync(page, "utf8");
  const from = text.indexOf(begin) + begin.length;
  writeFileSync(page, `${text.slice(0, from)}\n\n${table}\n\n${text.slice(text.indexOf(end))}`);
}

main().then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
