// A small copy of Pulumi's engine: check, diff, then create, update or replace; deletions last. It writes the state after
// each step, and keeps of a failed step what the engine keeps.
import { plain } from "../secretValues.ts";
import type { WatchedRun } from "./watch.ts";

export type Values = Readonly<Record<string, unknown>>;
export type Kind = "template" | "binding";

/** The calls of one kind of resource, in process or over gRPC. */
export interface Handlers {
  check(olds: Values, news: Values): Promise<{ inputs: Values; failures: { property: string; reason: string }[] }>;
  diff(id: string, olds: Values, news: Values): Promise<{ changes?: boolean | undefined; replaces?: string[] }>;
  create(inputs: Values): Promise<{ id: string; outs: Values }>;
  read(id: string, props: Values): Promise<{ id: string; props: Values; inputs?: Values | undefined }>;
  update(id: string, olds: Values, news: Values): Promise<{ outs: Values }>;
  delete(id: string, props: Values): Promise<void>;
}

/** A provider process. */
export interface Provider {
  handlers: Readonly<Record<Kind, Handlers>>;
  /** All its messages to the user, except errors. */
  told(): string[];
  stop(): Promise<void>;
}

/** A resource in a program. */
export interface Declared {
  kind: Kind;
  /** The arguments; for a binding, a function of the templates' ids. */
  args(templateId: (name: string) => string): Values;
}
export type Program = ReadonlyMap<string, Declared>;

/** A resource in the state. */
export interface Stored {
  name: string;
  kind: Kind;
  id: string;
  inputs: Values;
  outs: Values;
  initError: boolean;
}

export interface State {
  /** By name. */
  resources: Map<string, Stored>;
  /** Replaced, but not deleted yet. */
  pendingDeletes: Stored[];
}

export interface StepFailure {
  name: string;
  kind: Kind;
  id: string | undefined;
  step: "check" | "create" | "update" | "delete" | "read" | "refresh";
  message: string;
}

export interface Outcome {
  killed: boolean;
  failures: StepFailure[];
  /** The names of resources that this run created. */
  created: string[];
}

class Killed extends Error {}

export class Engine {
  readonly #state: State;
  readonly #provider: Provider;
  readonly #run: WatchedRun;
  readonly #outcome: Outcome = { killed: false, failures: [], created: [] };
  readonly #parallel: boolean;

  constructor(state: State, provider: Provider, run: WatchedRun, parallel: boolean) {
    this.#state = state;
    this.#provider = provider;
    this.#run = run;
    this.#parallel = parallel;
  }

  async up(program: Program, options: { refresh: boolean; replace: ReadonlySet<string> }): Promise<Outcome> {
    return this.#untilKilled(async () => {
      if (options.refresh && !(await this.#refresh())) return;
      const idOf = (name: string) => this.#state.resources.get(name)?.id ?? "";
      for (const kind of ["template", "binding"] as const) {
        const ofKind = [...program].filter(([, declared]) => declared.kind === kind);
        const steps = ofKind.map(
          ([name, { args }]) =>
            () =>
              this.#declare(name, kind, args(idOf), options.replace),
        );
        if (!(await this.#all(steps))) return;
      }
      await this.#deleteAll((stored) => !program.has(stored.name));
    });
  }

  async refresh(): Promise<Outcome> {
    return this.#untilKilled(async () => {
      await this.#refresh();
    });
  }

  async destroy({ refresh }: { refresh: boolean }): Promise<Outcome> {
    return this.#untilKilled(async () => {
      if (refresh && !(await this.#refresh())) return;
      await this.#deleteAll(() => true);
    });
  }

  async #untilKilled(work: () => Promise<void>): Promise<Outcome> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      this.#outcome.killed = true;
    }
    return this.#outcome;
  }

  async #declare(name: string, kind: Kind, args: Values, replace: ReadonlySet<string>): Promise<void> {
    const handlers = this.#provider.handlers[kind];
    const old = this.#state.resources.get(name);
    const checked = await this.#checked(name, kind, old?.inputs ?? {}, args);
    if (!checked) return;
    if (!old) return this.#create(name, kind, checked, undefined);
    // Resources named by `--replace` are not compared.
    const diff = replace.has(name)
      ? { changes: true, replaces: ["id"] }
      : await this.#step(old, "check", () => handlers.diff(old.id, old.outs, checked));
    if (!diff) return;
    if (diff.changes && (diff.replaces ?? []).length > 0) {
      const anew = await this.#checked(name, kind, {}, args);
      if (anew) await this.#create(name, kind, anew, old);
    } else if (diff.changes || old.initError) {
      const updated = await this.#step(
        old,
        "update",
        () => handlers.update(old.id, old.outs, checked),
        // The next run begins with the old inputs and the new outputs.
        ({ properties }) => this.#state.resources.set(name, { ...old, outs: plain(properties), initError: true }),
      );
      if (updated) {
        this.#state.resources.set(name, { ...old, inputs: checked, outs: plain(updated.outs), initError: false });
      }
    } else {
      this.#state.resources.set(name, { ...old, inputs: checked });
    }
  }

  async #checked(name: string, kind: Kind, olds: Values, args: Values): Promise<Values | undefined> {
    const checked = await this.#step({ name, kind, id: undefined }, "check", () =>
      this.#provider.handlers[kind].check(olds, args),
    );
    for (const { reason } of checked?.failures ?? []) {
      this.#outcome.failures.push({ name, kind, id: undefined, step: "check", message: reason });
    }
    return checked && checked.failures.length === 0 ? plain(checked.inputs) : undefined;
  }

  async #create(name: string, kind: Kind, inputs: Values, replaced: Stored | undefined): Promise<void> {
    const keep = (id: string, outs: Values, initError: boolean) => {
      this.#outcome.created.push(name);
      if (replaced) this.#state.pendingDeletes.push(replaced);
      this.#state.resources.set(name, { name, kind, id, inputs, outs: plain(outs), initError });
    };
    const created = await this.#step(
      { name, kind, id: undefined },
      "create",
      () => this.#provider.handlers[kind].create(inputs),
      ({ id, properties }) => keep(id, properties, true),
    );
    if (created) keep(created.id, created.outs, false);
  }

  async #deleteAll(unwanted: (stored: Stored) => boolean): Promise<void> {
    for (const kind of ["binding", "template"] as const) {
      const pending = this.#state.pendingDeletes.filter((stored) => stored.kind === kind);
      const removed = [...this.#state.resources.values()].filter((stored) => stored.kind === kind && unwanted(stored));
      const steps = [...pending, ...removed].map((stored) => async () => {
        const handlers = this.#provider.handlers[kind];
        const gone = await this.#step(stored, "delete", async () => {
          await handlers.delete(stored.id, stored.outs);
          return true;
        });
        if (!gone) return;
        this.#state.pendingDeletes = this.#state.pendingDeletes.filter((other) => other !== stored);
        if (this.#state.resources.get(stored.name) === stored) this.#state.resources.delete(stored.name);
      });
      if (!(await this.#all(steps))) return;
    }
  }

  /** A refresh forgets failed steps, and drops what is gone. */
  async #refresh(): Promise<boolean> {
    const read = async (stored: Stored): Promise<Stored | "gone" | undefined> => {
      const found = await this.#step(stored, "read", () =>
        this.#provider.handlers[stored.kind].read(stored.id, stored.outs),
      );
      if (!found) return undefined;
      if (found.id === "") return "gone";
      // The engine compares what it has read, although no program declares it here.
      await this.#provider.handlers[stored.kind].diff(found.id, plain(found.props), stored.inputs);
      const inputs = found.inputs ? plain(found.inputs) : stored.inputs;
      return { ...stored, id: found.id, inputs, outs: plain(found.props), initError: false };
    };
    const steps = [...this.#state.resources.values()].map((stored) => async () => {
      const found = await read(stored);
      if (found === "gone") this.#state.resources.delete(stored.name);
      else if (found) this.#state.resources.set(stored.name, found);
    });
    const pending = this.#state.pendingDeletes.map((stored) => async () => {
      const found = await read(stored);
      if (!found) return;
      this.#state.pendingDeletes = this.#state.pendingDeletes.flatMap((other) =>
        other === stored ? (found === "gone" ? [] : [found]) : [other],
      );
    });
    return this.#all([...steps, ...pending]);
  }

  /** Whether all steps succeeded. After a failure no other step begins, and running ones complete. */
  async #all(steps: (() => Promise<void>)[]): Promise<boolean> {
    const before = this.#outcome.failures.length;
    const killed: Killed[] = [];
    const guarded = async (step: () => Promise<void>) => {
      try {
        await step();
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
        killed.push(error);
      }
    };
    if (this.#parallel) {
      await Promise.all(steps.map(guarded));
    } else {
      for (const step of steps) {
        if (killed.length === 0 && this.#outcome.failures.length === before) await guarded(step);
      }
    }
    if (killed[0]) throw killed[0];
    return this.#outcome.failures.length === before;
  }

  async #step<T>(
    { name, kind, id }: { name: string; kind: Kind; id: string | undefined },
    step: StepFailure["step"],
    call: () => Promise<T>,
    partial?: (kept: { id: string; properties: Values }) => void,
  ): Promise<T | undefined> {
    const run = this.#run;
    if (run.dead || run.engineDead) throw new Killed();
    const result = await Promise.race([
      call().then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      ),
      run.death,
    ]);
    // If the provider dies, the step fails and nothing of it is kept. If the engine is dead, nothing is kept either.
    if (!result || run.dead || run.engineDead) throw new Killed();
    if ("value" in result) return result.value;
    const { message, kept } = failureOf(result.error);
    if (kept) partial?.(kept);
    this.#outcome.failures.push({ name, kind, id, step, message });
    return undefined;
  }
}

/** A failure as the host passes it on: in process, or from the gRPC client. */
function failureOf(error: unknown): { message: string; kept: { id: string; properties: Values } | undefined } {
  if (!(error instanceof Error)) throw new Error(`no error was thrown, but ${String(error)}`);
  const { id, properties, reasons, partial } = error as Error & {
    id?: string;
    properties?: Values;
    reasons?: string[];
    partial?: { id: string; properties: Values; reasons: string[] };
  };
  if (partial) return { message: partial.reasons.join("; "), kept: partial };
  const kept = id !== undefined && properties !== undefined ? { id, properties } : undefined;
  return { message: reasons ? reasons.join("; ") : error.message, kept };
}
