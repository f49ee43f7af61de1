// A stack of a variant in its own project and file backend, driven by the real CLI. Measures the time of each run from
// the start to the end of the CLI.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { pluginVersion } from "../scripts/pluginBundle.mts";
import { pulumiEnvironment } from "../tools/pulumi-cli/environment.mts";
import { start } from "../tools/pulumi-cli/process.mts";
import { type Kind, watchCpu } from "./cpuOfProcesses.mts";
import type { EmulatorProcess } from "./emulatorProcess.mts";
import { type Language, type Size, writeProject } from "./programs.mts";

export interface StackOptions {
  size: Size;
  /** Folder of the CLI. */
  cli: string;
  folder: string;
  nodeModules: string;
  emulator: EmulatorProcess;
  /** Whether the engine writes the whole state before and after each step, as by default. */
  checkpoints?: boolean;
  /** Most programs are TypeScript; JavaScript needs no compiler; YAML uses the plugin. */
  language?: Language;
  /** Archive of the plugin, to install as a user does: the engine keeps the schema of an installed plugin. */
  plugin?: string;
  env?: Record<string, string>;
}

/** The time of a run, and its API calls. */
export interface Measured {
  seconds: number;
  /** The CPU seconds of its processes; undefined if they can't be read. */
  cpu: Record<Kind, number> | undefined;
  calls: Record<string, number>;
}

export class BenchStack {
  readonly #options: StackOptions;
  readonly #home: string;
  readonly #project: string;
  readonly #env: NodeJS.ProcessEnv;

  private constructor(options: StackOptions) {
    const { folder, cli, emulator, nodeModules, size } = options;
    this.#options = options;
    this.#home = mkdtempSync(join(folder, "stack-"));
    this.#project = join(this.#home, "project");
    const backend = join(this.#home, "backend");
    mkdirSync(this.#project);
    mkdirSync(backend);
    symlinkSync(nodeModules, join(this.#project, "node_modules"), "junction");
    writeProject(this.#project, options.language ?? "typescript", size);
    this.#env = {
      ...pulumiEnvironment({ cli, home: this.#home, backend }),
      ...(options.checkpoints ? {} : { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" }),
      TENCENTCLOUD_LVB_ENDPOINT: emulator.url,
      TENCENTCLOUD_SECRET_ID: "emulator-id",
      TENCENTCLOUD_SECRET_KEY: "emulator-key",
      ...options.env,
    };
  }

  static async make(options: StackOptions): Promise<BenchStack> {
    const stack = new BenchStack(options);
    if (options.plugin) {
      await stack.#run(["plugin", "install", "resource", "tencentcloud-lvb", pluginVersion, "--file", options.plugin]);
    }
    await stack.#run(["stack", "init", "bench"]);
    await stack.#run(["config", "set", "--secret", "callbackKey", "BenchKeyOf32CharactersWhichIsAll"]);
    return stack;
  }

  up(...flags: string[]): Promise<Measured> {
    return this.#measure("up", "--yes", "--skip-preview", ...flags);
  }

  preview(): Promise<Measured> {
    return this.#measure("preview", "--expect-no-changes");
  }

  refresh(): Promise<Measured> {
    return this.#measure("refresh", "--yes", "--skip-preview", "--expect-no-changes");
  }

  destroy(...flags: string[]): Promise<Measured> {
    return this.#measure("destroy", "--yes", "--skip-preview", ...flags);
  }

  /** Another run with the probe in the provider process. Returns the probe's results. */
  async probed(operation: Operation, env: Record<string, string> = {}): Promise<ProbeNotes> {
    const file = join(this.#home, "probe.json");
    rmSync(file, { force: true });
    Object.assign(this.#env, { LVB_PROBE: file, NODE_OPTIONS: `--require "${probe}"`, ...env });
    try {
      await this[operation]();
      return JSON.parse(readFileSync(file, "utf8"));
    } finally {
      for (const name of ["LVB_PROBE", "NODE_OPTIONS", ...Object.keys(env)]) delete this.#env[name];
    }
  }

  /** The part of `pulumi stack export` that is measured. */
  async exported(): Promise<{ type: string; inputs?: object; outputs?: object }[]> {
    const { deployment } = JSON.parse(await this.#run(["stack", "export"]));
    return deployment.resources ?? [];
  }

  dispose(): void {
    rmSync(this.#home, { recursive: true, force: true, maxRetries: 5 });
  }

  async #measure(...args: string[]): Promise<Measured> {
    const { emulator } = this.#options;
    await emulator.clearRequests();
    const begun = performance.now();
    let cpu: { stop(): Measured["cpu"] } | undefined;
    await this.#run(args, (pid) => {
      cpu = watchCpu(pid);
    });
    const seconds = (performance.now() - begun) / 1000;
    return { seconds, cpu: cpu?.stop(), calls: await emulator.calls() };
  }

  async #run(args: string[], onStart: (pid: number) => void = () => {}): Promise<string> {
    const { cli } = this.#options;
    const call = [...args, "--non-interactive", "--color", "never"];
    const options = { cwd: this.#project, env: this.#env, timeoutMs: 1_800_000 };
    const running = start(join(cli, "pulumi"), call, options);
    onStart(running.pid);
    const { exitCode, stdout, output } = await running.result;
    if (exitCode !== 0) throw new Error(`pulumi ${args.join(" ")} exited with ${exitCode}:\n${output.slice(-5_000)}`);
    return stdout;
  }
}

export type Operation = "preview" | "up" | "refresh" | "destroy";

/** The results of bench/processProbe.cjs. */
export interface ProbeNotes {
  requireMs: number;
  firstCallMs?: number;
  modules: string[];
  modulesAtFirstCall?: string[];
  peakMemoryKB: number;
  cpuMs: number;
  profile?: CpuProfile;
}

/** As V8 gives it. */
export interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
  timeDeltas: number[];
}

const probe = join(import.meta.dirname, "processProbe.cjs");
