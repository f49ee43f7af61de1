// A throw-away Pulumi project with a stack in a file backend of its own, driven by the real CLI.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { inject } from "vitest";
import { type RunningProcess, type RunResult, start } from "../../tools/pulumi-cli/process.mts";

export type { RunningProcess, RunResult };

export interface StackOptions {
  /** Text of index.js (CommonJS), or of index.ts with `typescript`. */
  program: string;
  typescript?: boolean;
  /** `{ secret }` is set as a secret. */
  config?: Record<string, string | { secret: string }>;
  /** Added to the CLI's environment, which holds nothing else from outside; undefined takes a variable out. */
  env?: Record<string, string | undefined>;
  /** Its address and keys go into the environment. */
  emulator?: { url: string; secretId?: string; secretKey?: string };
  projectName?: string;
  stackName?: string;
  /** Folder of a backend that another stack made, to share it; only its maker removes it. */
  backend?: string;
}

/** The part of `pulumi stack export` that tests look at. */
export interface Deployment {
  version: number;
  deployment: { resources?: StateResource[]; pending_operations?: unknown[]; [field: string]: unknown };
}

export interface StateResource {
  urn: string;
  type: string;
  id?: string;
  custom: boolean;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  [field: string]: unknown;
}

/** Makes the project and the stack (`pulumi stack init`). */
export async function createStack(options: StackOptions): Promise<Stack> {
  const { folder, nodeModules } = inject("e2e");
  const home = mkdtempSync(join(folder, "stack-"));
  const stack = new Stack(home, options);
  mkdirSync(stack.project);
  mkdirSync(stack.backend, { recursive: true });
  symlinkSync(nodeModules, join(stack.project, "node_modules"), "junction");
  const projectName = options.projectName ?? "lvb-e2e";
  writeFileSync(join(stack.project, "Pulumi.yaml"), `name: ${projectName}\nruntime: nodejs\n`);
  writeFileSync(join(stack.project, "package.json"), JSON.stringify({ name: projectName, private: true }));
  if (options.typescript) {
    const compilerOptions = { strict: true, module: "commonjs", target: "es2023", moduleResolution: "node10" };
    writeFileSync(join(stack.project, "tsconfig.json"), JSON.stringify({ compilerOptions }));
  }
  stack.setProgram(options.program);
  await stack.succeed("stack", "init", options.stackName ?? "test");
  const entries = Object.entries(options.config ?? {});
  if (entries.length > 0) {
    const flags = entries.flatMap(([key, value]) =>
      typeof value === "string" ? ["--plaintext", `${key}=${value}`] : ["--secret", `${key}=${value.secret}`],
    );
    await stack.succeed("config", "set-all", ...flags);
  }
  return stack;
}

export class Stack {
  /** The project's folder, where the CLI runs. */
  readonly project: string;
  readonly backend: string;
  readonly env: NodeJS.ProcessEnv;
  readonly #home: string;
  readonly #programFile: string;
  readonly #cli: string;

  constructor(home: string, options: StackOptions) {
    const { folder, cli } = inject("e2e");
    this.#home = home;
    this.#cli = join(cli, "pulumi");
    this.project = join(home, "project");
    this.backend = options.backend ?? join(home, "backend");
    this.#programFile = join(this.project, options.typescript ? "index.ts" : "index.js");
    const { emulator } = options;
    this.env = {
      // This Node.js, not whatever else the machine has, runs program and provider.
      PATH: [cli, dirname(process.execPath), process.env.PATH].join(delimiter),
      ...systemVariables(),
      HOME: home,
      USERPROFILE: home,
      PULUMI_HOME: join(folder, "pulumi-home"),
      PULUMI_BACKEND_URL: `file://${this.backend.replaceAll("\\", "/")}`,
      PULUMI_CONFIG_PASSPHRASE: "end to end",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      ...(emulator && {
        TENCENTCLOUD_LVB_ENDPOINT: emulator.url,
        TENCENTCLOUD_SECRET_ID: emulator.secretId ?? "emulator-id",
        TENCENTCLOUD_SECRET_KEY: emulator.secretKey ?? "emulator-key",
      }),
      ...options.env,
    };
  }

  /** Runs the CLI, whatever it exits with. `env` adds to the stack's environment for this call. */
  pulumi(...args: string[]): Promise<RunResult> {
    return this.start(...args).result;
  }

  /** The same, to be watched or interrupted while it runs. */
  start(...args: string[]): RunningProcess {
    const [cli, flags] = [this.#cli, ["--non-interactive", "--color", "never"]];
    return start(cli, [...args, ...flags], { cwd: this.project, env: this.env, timeoutMs: 120_000 });
  }

  /** Runs the CLI; anything but exit code 0 is an error that holds its output. */
  async succeed(...args: string[]): Promise<RunResult> {
    const result = await this.pulumi(...args);
    if (result.exitCode !== 0) {
      throw new Error(`pulumi ${args.join(" ")} exited with ${result.exitCode}:\n${result.output}`);
    }
    return result;
  }

  /** Without the preview that `pulumi up` makes first: `preview()` is its own step in tests. */
  up(...args: string[]): Promise<RunResult> {
    return this.succeed("up", "--yes", "--skip-preview", ...args);
  }

  preview(...args: string[]): Promise<RunResult> {
    return this.succeed("preview", "--diff", ...args);
  }

  refresh(...args: string[]): Promise<RunResult> {
    return this.succeed("refresh", "--yes", "--skip-preview", ...args);
  }

  destroy(...args: string[]): Promise<RunResult> {
    return this.succeed("destroy", "--yes", "--skip-preview", ...args);
  }

  setProgram(text: string): void {
    writeFileSync(this.#programFile, text);
  }

  async setConfig(key: string, value: string, ...flags: string[]): Promise<void> {
    await this.succeed("config", "set", key, value, ...flags);
  }

  async outputs(): Promise<Record<string, unknown>> {
    return JSON.parse((await this.succeed("stack", "output", "--json", "--show-secrets")).stdout);
  }

  async exportState(): Promise<Deployment> {
    return JSON.parse((await this.succeed("stack", "export")).stdout);
  }

  async importState(state: Deployment): Promise<void> {
    const file = join(this.#home, "import.json");
    writeFileSync(file, JSON.stringify(state));
    await this.succeed("stack", "import", "--file", file);
  }

  /** The resources of these classes in state, by their logical name. */
  async resources(...classes: string[]): Promise<Map<string, StateResource>> {
    const { deployment } = await this.exportState();
    const wanted = (deployment.resources ?? []).filter(
      ({ type }) => classes.length === 0 || classes.includes(type.split(":").at(-1) ?? ""),
    );
    return new Map(wanted.map((resource) => [resource.urn.split("::").at(-1) ?? "", resource]));
  }

  /** Everything the backend and the project have written: state, history, backups, stack configuration. */
  stateFiles(): Map<string, string> {
    const files = new Map<string, string>();
    for (const file of [...filesBelow(this.backend), ...filesBelow(this.project)]) {
      const bytes = readFileSync(file);
      files.set(file, (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8"));
    }
    return files;
  }

  /** Removes the folders. What the stack manages is destroyed by `destroy()`, or goes with the emulator. */
  dispose(): void {
    rmSync(this.#home, { recursive: true, force: true, maxRetries: 5 });
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** What programs need in order to run at all on Windows; nothing of it says who we are. */
function systemVariables(): NodeJS.ProcessEnv {
  const names = ["SystemRoot", "ComSpec", "PATHEXT", "TEMP", "TMP", "TMPDIR"];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
