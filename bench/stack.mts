// A stack of a variant in a project and a file backend of its own, driven by the real CLI, with the time that each run
// takes from start to end of the CLI.
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
  /** Whether the engine writes the whole state before and after each step, as it does by default. */
  checkpoints?: boolean;
  /** TypeScript is what most programs are; JavaScript needs no compiler; YAML takes the plugin. */
  language?: Language;
  /** Archive of the plugin, to install as a user does: the engine keeps the schema of an installed plugin. */
  plugin?: string;
  env?: Record<string, string>;
}

/** What a run took, and the API calls that it made. */
export interface Measured {
  seconds: number;
  /** CPU seconds of its processes; undefined where they cannot be read. */
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

  /** Another run with the probe in the provider process; returns what it noted. */
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

/** What bench/processProbe.cjs writes. */
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
