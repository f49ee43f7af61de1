// A temporary Pulumi project with a stack in its own file backend, driven by the real CLI.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, delimiter, join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { inject } from "vitest";
import { pulumiEnvironment } from "../../tools/pulumi-cli/environment.mts";
import { type RunningProcess, type RunResult, start } from "../../tools/pulumi-cli/process.mts";

export type { RunningProcess, RunResult };

export interface StackOptions {
  /** The text of index.js (CommonJS), with `typescript` of index.ts, with `yaml` of Pulumi.yaml without name and runtime. */
  program?: string;
  /** The default is JavaScript, since it starts faster. */
  typescript?: boolean;
  yaml?: boolean;
  /** Whether the CLI finds the plugin on PATH, if there is one. Default: yes. */
  pluginOnPath?: boolean;
  /** A folder of examples/ instead of a program, unchanged. */
  example?: string;
  /** `{ secret }` is set as a secret. */
  config?: Record<string, string | { secret: string }>;
  /** Added to the CLI's environment, which has nothing else from outside; undefined removes a variable. */
  env?: Record<string, string | undefined>;
  /** Its address and keys are set in the environment. */
  emulator?: { url: string; secretId?: string; secretKey?: string };
  projectName?: string;
  stackName?: string;
  /** The folder of another stack's backend, to share it. Only that stack removes it. */
  backend?: string;
}

export type Language = "javascript" | "typescript" | "yaml";

const defaultProjectName = "lvb-e2e";

const programFiles = { javascript: "index.js", typescript: "index.ts" } as const;

/** The part of `pulumi stack export` that tests read. */
export interface Deployment {
  version: number;
  deployment: { resources?: StateResource[]; pending_operations?: unknown[]; [field: string]: unknown };
}

/** A stack's file in a file backend. */
interface Checkpoint {
  version: number;
  checkpoint: { stack: string; latest?: Deployment["deployment"] };
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

function languageOf({ typescript, yaml }: StackOptions): Language {
  return yaml ? "yaml" : typescript ? "typescript" : "javascript";
}

/** Creates the project and the stack (`pulumi stack init`). */
export async function createStack(options: StackOptions): Promise<Stack> {
  const { folder, nodeModules } = inject("e2e");
  const home = mkdtempSync(join(folder, "stack-"));
  const stack = new Stack(home, options);
  mkdirSync(stack.project);
  mkdirSync(stack.backend, { recursive: true });
  symlinkSync(nodeModules, join(stack.project, "node_modules"), "junction");
  if (options.example !== undefined) {
    const example = resolve(__dirname, "../../examples", options.example);
    // Without packages or stacks that someone created there.
    const filter = (source: string) => !/^(node_modules|Pulumi\..+\.yaml)$/.test(basename(source));
    cpSync(example, stack.project, { recursive: true, filter });
  } else {
    const name = options.projectName ?? defaultProjectName;
    writeFileSync(join(stack.project, "package.json"), JSON.stringify({ name, private: true }));
    if (options.typescript) {
      const compilerOptions = { strict: true, target: "es2023", module: "nodenext", moduleResolution: "nodenext" };
      writeFileSync(join(stack.project, "tsconfig.json"), JSON.stringify({ compilerOptions }));
    }
    stack.setProgram(options.program ?? "", languageOf(options));
  }
  await stack.succeed("stack", "init", stack.name);
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
  readonly name: string;
  /** The project's folder, where the CLI runs. */
  readonly project: string;
  readonly backend: string;
  readonly env: NodeJS.ProcessEnv;
  readonly #home: string;
  readonly #projectName: string;
  #language: Language;
  readonly #cli: string;
  readonly #stateFile = {
    path: () => {
      const [, project = ""] = /^name: *(.+)$/m.exec(readFileSync(join(this.project, "Pulumi.yaml"), "utf8")) ?? [];
      return join(this.backend, ".pulumi/stacks", project, `${this.name}.json`);
    },
    read: (): Checkpoint => JSON.parse(readFileSync(this.#stateFile.path(), "utf8")),
    write: (checkpoint: Checkpoint) => writeFileSync(this.#stateFile.path(), JSON.stringify(checkpoint)),
  };

  constructor(home: string, options: StackOptions) {
    const { cli, plugin } = inject("e2e");
    this.#home = home;
    this.#cli = join(cli, "pulumi");
    this.name = options.stackName ?? "test";
    this.project = join(home, "project");
    this.backend = options.backend ?? join(home, "backend");
    this.#projectName = options.projectName ?? defaultProjectName;
    this.#language = languageOf(options);
    const { emulator } = options;
    const onPath = plugin && options.pluginOnPath !== false;
    this.env = {
      ...pulumiEnvironment({ cli: onPath ? `${cli}${delimiter}${plugin.folder}` : cli, home, backend: this.backend }),
      // `npm test` checks the types of all programs once.
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
      ...(emulator && {
        TENCENTCLOUD_LVB_ENDPOINT: emulator.url,
        TENCENTCLOUD_SECRET_ID: emulator.secretId ?? "emulator-id",
        TENCENTCLOUD_SECRET_KEY: emulator.secretKey ?? "emulator-key",
      }),
      ...options.env,
    };
  }

  /** Runs the CLI, whatever the exit code. */
  pulumi(...args: string[]): Promise<RunResult> {
    return this.start(...args).result;
  }

  /** Starts the CLI, to watch or interrupt it. */
  start(...args: string[]): RunningProcess {
    const call = [...args, "--non-interactive", "--color", "never"];
    return start(this.#cli, call, { cwd: this.project, env: this.env, timeoutMs: 120_000 });
  }

  /** Runs the CLI. Any exit code except 0 is an error with its output. */
  async succeed(...args: string[]): Promise<RunResult> {
    const result = await this.pulumi(...args);
    if (result.exitCode !== 0) {
      throw new Error(`pulumi ${args.join(" ")} exited with ${result.exitCode}:\n${result.output}`);
    }
    return result;
  }

  /** Runs `pulumi up` without its preview, since `preview()` is a separate step in tests. */
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

  /** Gives the project its own `node_modules` with a link to each shared package, and returns its folder. */
  ownNodeModules(): string {
    const { nodeModules: shared } = inject("e2e");
    const own = join(this.project, "node_modules");
    unlinkSync(own);
    mkdirSync(own);
    for (const name of readdirSync(shared).filter((entry) => !entry.startsWith("."))) {
      symlinkSync(join(shared, name), join(own, name), "junction");
    }
    return own;
  }

  /** Pass a language only if it changes. */
  setProgram(text: string, language?: Language): void {
    if (language) this.#language = language;
    const isYaml = this.#language === "yaml";
    if (language || isYaml) {
      const head = `name: ${this.#projectName}\nruntime: ${isYaml ? "yaml" : "nodejs"}\n`;
      writeFileSync(join(this.project, "Pulumi.yaml"), isYaml ? head + text : head);
    }
    if (this.#language !== "yaml") writeFileSync(join(this.project, programFiles[this.#language]), text);
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

  /** Reads the state like `exportState()`, but from the backend's file, which saves a start of the CLI. */
  readState(): Deployment {
    const { version, checkpoint } = this.#stateFile.read();
    return { version, deployment: checkpoint.latest ?? {} };
  }

  /** Writes the state like `importState()`, but into the backend's file. */
  writeState({ version, deployment }: Deployment): void {
    const { checkpoint } = this.#stateFile.read();
    this.#stateFile.write({ version, checkpoint: { ...checkpoint, latest: deployment } });
  }

  /** The resources of these classes in the state, by logical name. */
  resources(...classes: string[]): Map<string, StateResource> {
    const { deployment } = this.readState();
    const wanted = (deployment.resources ?? []).filter(
      ({ type }) => classes.length === 0 || classes.includes(type.split(":").at(-1) ?? ""),
    );
    return new Map(wanted.map((resource) => [resource.urn.split("::").at(-1) ?? "", resource]));
  }

  /** All files that the CLI has written, by path: state, history, backups, stack configuration. */
  stateFiles(): Map<string, string> {
    const files = new Map<string, string>();
    for (const entry of readdirSync(this.backend, { withFileTypes: true, recursive: true })) {
      if (entry.isFile()) {
        const file = join(entry.parentPath, entry.name);
        const bytes = readFileSync(file);
        files.set(file, (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8"));
      }
    }
    const config = join(this.project, `Pulumi.${this.name}.yaml`);
    return existsSync(config) ? files.set(config, readFileSync(config, "utf8")) : files;
  }

  /** Removes the folders. `destroy()` deletes the stack's objects, or they end with the emulator. */
  dispose(): void {
    rmSync(this.#home, { recursive: true, force: true, maxRetries: 5 });
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
