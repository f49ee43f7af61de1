// Shared by all parts of the bench: the installed package and its copies, the CLI, and an emulator for each variant, so
// that none finds the objects of another.
import { join } from "node:path";
import { EmulatorProcess } from "./emulatorProcess.mts";
import { domainsOf, type Size } from "./programs.mts";
import { BenchStack, type StackOptions } from "./stack.mts";
import { makeVariant, type Variant } from "./variants.mts";

export interface BenchOptions {
  /** How often each operation runs, floor and package in turn. */
  pairs: number;
  templates: number | undefined;
  bindings: number | undefined;
}

/** The emulator's latency for each call. */
export const latencyMs = 20;

export class Context {
  readonly options: BenchOptions;
  readonly cli: string;
  readonly folder: string;
  /** The `node_modules` with the installed tarball. */
  readonly installed: string;
  readonly environment: Readonly<Record<string, string | number>>;
  readonly #emulators = new Map<string, EmulatorProcess>();

  constructor(
    options: BenchOptions,
    cli: string,
    folder: string,
    installed: string,
    environment: Readonly<Record<string, string | number>>,
  ) {
    this.options = options;
    this.cli = cli;
    this.folder = folder;
    this.installed = installed;
    this.environment = environment;
  }

  /** An empty stack of a variant on an empty account. */
  async stack(
    variant: Variant,
    size: Size,
    more: Pick<StackOptions, "checkpoints" | "language" | "plugin" | "env"> = {},
  ): Promise<BenchStack> {
    const user = more.plugin ? "plugin" : variant;
    const emulator = this.#emulators.get(user) ?? (await EmulatorProcess.start(this.installed, latencyMs));
    this.#emulators.set(user, emulator);
    await emulator.reset(domainsOf(size));
    const nodeModules = makeVariant(variant, this.installed, this.folder);
    return BenchStack.make({ size, cli: this.cli, folder: join(this.folder, variant), nodeModules, emulator, ...more });
  }

  tell(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  async stop(): Promise<void> {
    for (const emulator of this.#emulators.values()) await emulator.stop();
  }
}

/** The order of the two changes from pair to pair, so that a slow moment of the machine affects both. */
export function inTurn<Item>(items: readonly Item[], pair: number): readonly Item[] {
  return pair % 2 === 0 ? items : items.toReversed();
}
