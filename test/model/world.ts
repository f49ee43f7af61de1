// An account, a stack's state, and the people who change both. After every run, checks the promise of docs/reliability.md
// against the real account, and against the model's record of who created what.
import type { CallbackRule, CallbackTemplate, Dialects, Emulator, EmulatorState } from "../../emulator/index.ts";
import { Engine, type Outcome, type Provider, type State, type StepFailure, type Stored } from "./engine.ts";
import {
  bindingsOf,
  type Field,
  type Fields,
  fields,
  foreignKey,
  keyOf,
  liveField,
  programOf,
  type Specs,
  same,
  templateNameOf,
  templatesOf,
  values,
} from "./programs.ts";
import type { Disturbance, Watch, WatchedRun } from "./watch.ts";

export interface UpOptions {
  refresh: boolean;
  /** The names for `--replace`. */
  replace: readonly string[];
  parallel: boolean;
  disturbances: readonly Disturbance[];
}

export const undisturbed: UpOptions = { refresh: false, replace: [], parallel: false, disturbances: [] };

type Operation = "up" | "refresh" | "destroy";
type Difference = Field | "templateName" | "templateId" | "gone";

/** Longer ago than any lag. */
const longAgo = "2026-01-02T03:04:05.000Z";

const secrets = [...values.callbackKey.map(String), foreignKey, "emulator-key", "token-of-run"];

export class World {
  /** The number of runs, and of those in which the machine was too slow for the short timeout. */
  static runs = 0;
  static slowRuns = 0;

  readonly specs: Specs = new Map();
  readonly state: State = { resources: new Map(), pendingDeletes: [] };
  /** The outcome of the last run, if nothing disturbed it. */
  last: StepFailure[] = [];
  readonly emulator: Emulator;
  readonly #watch: Watch;
  readonly #start: (run: WatchedRun) => Promise<Provider>;
  /** Templates of others by id, as they created them. */
  readonly #foreignTemplates = new Map<number, CallbackTemplate>();
  /** The template id by key, of rules that others created or changed. */
  readonly #foreignRules = new Map<string, number>();
  /** The history, for the message of a violation. */
  readonly #history: string[] = [];

  constructor(emulator: Emulator, watch: Watch, start: (run: WatchedRun) => Promise<Provider>) {
    this.emulator = emulator;
    this.#watch = watch;
    this.#start = start;
  }

  /** An empty account, without read lags from before. */
  async begin(dialects: Dialects): Promise<void> {
    this.emulator.clearFaults();
    this.emulator.setState({});
    this.emulator.setDialects(dialects);
    await this.#settle();
  }

  get dialects(): Dialects {
    return this.emulator.dialects();
  }

  /** Runs the engine in its own process, and checks the promise. */
  async run(operation: Operation, options: UpOptions): Promise<Outcome> {
    const before = this.emulator.state();
    const stateBefore = structuredClone({
      resources: [...this.state.resources.values()],
      pendingDeletes: this.state.pendingDeletes,
    });
    const known = [...stateBefore.resources, ...stateBefore.pendingDeletes];
    this.emulator.clearRequests();
    World.runs++;
    const run = this.#watch.begin(options.disturbances);
    const provider = await this.#start(run);
    const engine = new Engine(this.state, provider, run, options.parallel);
    const outcome = await (operation === "up"
      ? engine.up(programOf(this.specs), { refresh: options.refresh, replace: new Set(options.replace) })
      : operation === "destroy"
        ? engine.destroy(options)
        : engine.refresh());
    await run.over();
    await provider.stop();
    this.emulator.clearFaults();
    this.#note(`${operation} ${JSON.stringify(options)}: ${JSON.stringify({ ...outcome, writes: this.#writes() })}`);

    if (!run.hung && outcome.failures.some(({ message }) => / did not answer within /.test(message))) {
      World.slowRuns++;
      run.disturbed = true;
      if (World.slowRuns > 20 + World.runs / 50)
        this.#violated(`calls hung in ${World.slowRuns} of ${World.runs} runs`);
    }
    const refreshed = operation === "refresh" || options.refresh;
    const succeeded = !outcome.killed && outcome.failures.length === 0;
    this.#checkMessages(outcome, provider, run);
    this.#checkForeign(known, refreshed);
    this.#checkState(known, before, provider, succeeded);
    this.#checkAccount(known, before, outcome, run, succeeded);
    if (succeeded && operation === "up") this.#checkProgram(known, before, refreshed);
    if (succeeded && operation === "refresh") this.#checkRefreshed();
    if (succeeded && operation === "destroy" && this.state.resources.size > 0) this.#violated("destroy left resources");
    for (const { TemplateId: id, RecordStatusNotifyUrl: url } of this.emulator.state().templates) {
      if (url !== "" && !this.#stored().some((stored) => stored.id === String(id))) this.#unseenStatus.add(id);
    }
    this.last = run.disturbed ? [] : outcome.failures;
    await this.#settle();
    return outcome;
  }

  /** Runs the same program again, which must write nothing. */
  async runAgain(): Promise<void> {
    const outcome = await this.run("up", undisturbed);
    if (outcome.failures.length > 0) this.#violated("a second up failed");
    if (this.#writes().length > 0) this.#violated("a second up wrote");
  }

  /** Someone else changes the account; `change` returns its new state. */
  async someoneElse(what: string, change: (account: EmulatorState) => EmulatorState): Promise<void> {
    const before = this.emulator.state();
    this.emulator.setState(change(before));
    const after = this.emulator.state();
    this.#note(`someone else: ${what}`);
    const own = new Set(before.templates.map(({ TemplateId }) => TemplateId));
    for (const template of after.templates) {
      const { TemplateId: id } = template;
      if (!own.has(id) || this.#foreignTemplates.has(id)) this.#foreignTemplates.set(id, template);
    }
    for (const id of this.#foreignTemplates.keys()) if (!findTemplate(after, id)) this.#foreignTemplates.delete(id);
    for (const key of this.#foreignRules.keys()) if (!findRule(after, key)) this.#foreignRules.delete(key);
    for (const rule of after.rules) {
      const key = keyOfRule(rule);
      if (findRule(before, key)?.TemplateId === rule.TemplateId) continue;
      if (this.#stored().some((stored) => stored.id === key && stored.outs.templateId === String(rule.TemplateId))) {
        this.#foreignRules.delete(key);
      } else {
        this.#foreignRules.set(key, rule.TemplateId);
      }
    }
    await this.#settle();
  }

  /** Waits longer than any read lag. */
  timePasses(): void {
    const propagation = { changedAt: longAgo, earliestEffectiveAt: longAgo, effectiveAt: longAgo };
    const aged = (stored: Stored): Stored => ({ ...stored, outs: { ...stored.outs, propagation } });
    for (const [name, stored] of this.state.resources) this.state.resources.set(name, aged(stored));
    this.state.pendingDeletes = this.state.pendingDeletes.map(aged);
    this.#note("time passes");
  }

  /** Follows the errors' next steps. A few runs must be enough, and then everything can be destroyed. */
  async converge(): Promise<void> {
    await this.#followWaysOut("up");
    await this.runAgain();
    await this.run("refresh", undisturbed);
    await this.#followWaysOut("destroy");
  }

  async #followWaysOut(operation: "up" | "destroy"): Promise<void> {
    for (let round = 0; round < 12; round++) {
      const { failures } = await this.run(operation, { ...undisturbed, refresh: this.#refreshNext });
      this.#refreshNext = false;
      if (failures.length === 0) return;
      for (const failure of failures) await this.#followWayOut(failure);
    }
    this.#violated(`${operation} does not converge though the errors' ways out are followed`);
  }

  #refreshNext = false;

  async #followWayOut({ name, kind, message }: StepFailure): Promise<void> {
    const spec = this.specs.get(name);
    const next = message.slice(message.indexOf("Next:"));
    if (/^Next: run the same command again/.test(next)) return;
    if (/pulumi up --refresh/.test(next)) {
      this.#refreshNext = true;
    } else if (/^Next: run `pulumi (refresh|up)`/.test(next)) {
      await this.run("refresh", undisturbed);
    } else if (/if no stack manages the rule any more|bind another template there first/.test(next)) {
      const bound = / bound to ([^ ]+(?:, [^ ]+)*?)(?: \(|\. Next)/.exec(message)?.[1]?.split(", ") ?? [];
      const foreign = bound.filter((key) => !this.#stored().some((stored) => stored.id === key));
      await this.someoneElse(`removes ${foreign.join()}`, (account) => ({
        ...account,
        rules: account.rules.filter((rule) => !foreign.includes(keyOfRule(rule))),
      }));
    } else if (/allowOverwrite/.test(next) && spec?.kind === "binding") {
      this.specs.set(name, { ...spec, allowOverwrite: true });
    } else if (/change the program to match, so that this resource uses it/.test(next) && spec?.kind === "template") {
      const id = Number(/template (\d+) has this name/.exec(message)?.[1]);
      this.specs.set(name, { ...spec, fields: fieldsOf(findTemplate(this.emulator.state(), id)) });
    } else if (/choose another templateName|another name/.test(next) && spec?.kind === "template") {
      this.specs.set(name, { ...spec, templateName: `another-${++this.#otherNames}` });
    } else {
      this.#violated(`no way out of the ${kind} ${name}: ${message}`);
    }
  }

  #otherNames = 0;

  #stored(): Stored[] {
    return [...this.state.resources.values(), ...this.state.pendingDeletes];
  }

  #writes() {
    return this.emulator.requests().filter(({ action }) => !/^(Describe|Get)/.test(action));
  }

  #checkMessages({ failures }: Outcome, provider: Provider, run: WatchedRun): void {
    for (const text of [...failures.map(({ message }) => message), ...provider.told()]) {
      if (/undefined|\[object|NaN/.test(text) || text.trim() === "") this.#violated(`a message says ${text}`);
      if (secrets.some((secret) => text.includes(secret))) this.#violated(`a message shows a secret: ${text}`);
    }
    if (run.disturbed) return;
    for (const { name, kind, id, step, message } of failures) {
      if (!message.includes("Next:")) this.#violated(`an error without a way out: ${message}`);
      const spec = this.specs.get(name);
      const names =
        spec?.kind === "binding"
          ? [keyOf(spec), id]
          : spec?.kind === "template"
            ? [templateNameOf(name, spec), id]
            : [id];
      if (!names.some((text) => text && message.includes(text))) this.#violated(`names nothing: ${message}`);
      const written = this.#writes().filter(({ action, parameters, code }) => {
        if (code !== null) return false;
        if (kind === "binding") return names.includes(`${String(parameters.DomainName)}/${String(parameters.AppName)}`);
        if (action === "CreateLiveCallbackTemplate")
          return step === "create" && names.includes(String(parameters.TemplateName));
        return id !== undefined && /Template$/.test(action) && String(parameters.TemplateId) === id;
      });
      if (written.length > 0) this.#violated(`stopped after a write: ${message} ${JSON.stringify(written)}`);
    }
  }

  #checkForeign(known: readonly Stored[], refreshed: boolean): void {
    const account = this.emulator.state();
    for (const [id, made] of this.#foreignTemplates) {
      const stored = this.#stored().find((one) => one.kind === "template" && one.id === String(id));
      const spec = stored && this.specs.get(stored.name);
      if (spec?.kind === "template" && spec.importId === String(id)) {
        this.#foreignTemplates.delete(id);
      } else if (stored) {
        this.#violated(`template ${id} of someone else was taken over`);
      } else if (JSON.stringify(findTemplate(account, id)) !== JSON.stringify(made)) {
        this.#violated(`template ${id} of someone else was touched`);
      }
    }
    for (const [key, templateId] of this.#foreignRules) {
      const allowed = bindingsOf(this.specs).some(([, spec]) => keyOf(spec) === key && spec.allowOverwrite);
      const shown = refreshed && known.some((stored) => stored.id === key);
      const rule = findRule(account, key);
      const adopted = this.#stored().some(
        (stored) => stored.id === key && stored.outs.templateId === String(rule?.TemplateId),
      );
      if (rule?.TemplateId !== templateId && !allowed && !shown)
        this.#violated(`the rule ${key} of someone else was touched`);
      if (adopted || rule?.TemplateId !== templateId) this.#foreignRules.delete(key);
    }
  }

  /** An existing object is never dropped from the state, unless a message says that it is kept. */
  #checkState(known: readonly Stored[], before: EmulatorState, provider: Provider, succeeded: boolean): void {
    const account = this.emulator.state();
    for (const old of known) {
      if (this.#stored().some((stored) => stored.kind === old.kind && stored.id === old.id)) continue;
      const { id } = old;
      // It was gone before. An object that a killed run created in its place is a different one.
      if (differences(old, before).includes("gone")) continue;
      if (old.kind === "template" && findTemplate(account, Number(id)))
        this.#violated(`template ${id} was dropped from state`);
      if (old.kind !== "binding") continue;
      const rule = findRule(account, id);
      if (!rule) continue;
      const told = provider.told().some((text) => text.includes(id) && text.includes("left alone"));
      if (String(rule.TemplateId) === old.outs.templateId || !told)
        this.#violated(`the rule ${id} was dropped from state`);
      if (!this.#foreignRules.has(id)) this.#foreignRules.set(id, rule.TemplateId);
    }
    const ids = [...this.state.resources.values()].map(({ kind, id }) => `${kind} ${id}`);
    if (new Set(ids).size < ids.length && succeeded) this.#violated(`two resources hold one object: ${ids.join()}`);
  }

  /** The run leaves no orphans, and causes no difference between state and account. */
  #checkAccount(
    known: readonly Stored[],
    before: EmulatorState,
    { killed, created }: Outcome,
    run: WatchedRun,
    succeeded: boolean,
  ): void {
    const account = this.emulator.state();
    const excused = run.disturbed && !succeeded;
    const own = account.templates.filter(
      ({ TemplateId: id }) =>
        !this.#foreignTemplates.has(id) &&
        !this.#stored().some((stored) => stored.kind === "template" && stored.id === String(id)),
    );
    for (const { TemplateId: id, TemplateName: name } of own) {
      const wasThere = findTemplate(before, id) !== undefined;
      if (!wasThere && !excused) this.#violated(`template ${id} is an orphan${killed ? " of a kill" : ""}`);
      if (own.filter((other) => other.TemplateName === name).length > 1)
        this.#violated(`two orphans are named ${name}`);
      // A template that someone had bound isn't a leftover, even if the run changed the rule since.
      const bound = [...before.rules, ...account.rules].some(({ TemplateId }) => TemplateId === id);
      const maker = templatesOf(this.specs).find(([resource, spec]) => templateNameOf(resource, spec) === name);
      if (succeeded && maker && created.includes(maker[0]) && !bound) this.#violated(`two templates for ${maker[0]}`);
    }
    for (const rule of account.rules) {
      const key = keyOfRule(rule);
      if (this.#foreignRules.has(key) || this.#stored().some(({ id }) => id === key)) continue;
      if (!findRule(before, key) && !excused) this.#violated(`the rule ${key} is an orphan`);
    }
    if (excused) return;
    const held = new Set([...this.state.resources.values()].map(({ kind, id }) => `${kind} ${id}`));
    for (const stored of this.#stored()) {
      // An entry that waits for its deletion isn't deleted if another entry has its object, so its values don't matter.
      if (this.state.pendingDeletes.includes(stored) && held.has(`${stored.kind} ${stored.id}`)) continue;
      const old = known.find(({ kind, id }) => kind === stored.kind && id === stored.id);
      const former = old ? differences(old, before) : [];
      // The run didn't reach this object, which was gone before. Another one may have its place now.
      if (old && former.includes("gone") && JSON.stringify(old.outs) === JSON.stringify(stored.outs)) continue;
      const fresh = differences(stored, account).filter(
        (field) => !former.includes(field) && !this.#ignoresClearing(stored, field),
      );
      if (fresh.length > 0) this.#violated(`state and account differ: ${stored.name} ${fresh.join()}`);
    }
  }

  /** After success, the account equals the program, except for others' changes that no preview showed. */
  #checkProgram(known: readonly Stored[], before: EmulatorState, refreshed: boolean): void {
    const account = this.emulator.state();
    const names = new Set(this.state.resources.keys());
    if ([...names].some((name) => !this.specs.has(name)) || names.size !== this.specs.size)
      this.#violated("state and program differ");
    if (this.state.pendingDeletes.length > 0) this.#violated("deletions were left out");
    const unseen = (stored: Stored, field: Difference, wanted: unknown) => {
      const old = known.find(({ name, kind, id }) => name === stored.name && kind === stored.kind && id === stored.id);
      if (refreshed || !old || !same(old.outs[field], wanted)) return false;
      const was = differences(old, before);
      return was.includes(field) || was.includes("gone");
    };
    for (const [name, spec] of templatesOf(this.specs)) {
      const stored = this.state.resources.get(name);
      const template = stored && findTemplate(account, Number(stored.id));
      const wanted = { templateName: templateNameOf(name, spec), ...spec.fields };
      for (const field of ["templateName", ...fields] as const) {
        const value = wanted[field];
        if (template && same(liveField(template, field), value)) continue;
        if (!stored || (!unseen(stored, field, value) && !(same(value, "") && this.#ignoresClearing(stored, field)))) {
          this.#violated(`${name}: ${field} is not as the program says`);
        }
      }
    }
    for (const [name, spec] of bindingsOf(this.specs)) {
      const stored = this.state.resources.get(name);
      const wanted = this.state.resources.get(spec.template)?.id;
      const rule = findRule(account, keyOf(spec));
      if (String(rule?.TemplateId) === wanted) continue;
      if (!stored || !unseen(stored, "templateId", wanted)) this.#violated(`${name} is not bound as the program says`);
    }
  }

  #checkRefreshed(): void {
    const account = this.emulator.state();
    for (const stored of this.#stored()) {
      const left = differences(stored, account).filter((field) => field !== "recordStatusNotifyUrl");
      if (left.length > 0) this.#violated(`a refresh left a difference: ${stored.name} ${left.join()}`);
    }
  }

  /** Templates that got a recording status URL, which no action returns, while no state had them. */
  readonly #unseenStatus = new Set<number>();

  /** Fields that the service didn't clear although it said so, or that nobody could see. */
  #ignoresClearing(stored: Stored, field: Difference): boolean {
    const unseen = field === "recordStatusNotifyUrl" && this.#unseenStatus.has(Number(stored.id));
    if (unseen && same(stored.outs[field], "")) return true;
    return this.dialects.emptyOnModify === "ignored" && stored.kind === "template" && same(stored.outs[field], "");
  }

  /** Waits until reads no longer lag behind writes. */
  async #settle(): Promise<void> {
    const { readLag } = this.dialects;
    if (readLag > 0) await new Promise((resolve) => setTimeout(resolve, readLag + 2));
  }

  #note(text: string): void {
    this.#history.push(text);
  }

  #violated(what: string): never {
    const account = this.emulator.state();
    throw new Error(
      [
        what,
        ...this.#history,
        `dialects ${JSON.stringify(this.dialects)}`,
        `program ${JSON.stringify([...this.specs])}`,
        `state ${JSON.stringify(this.#stored())}`,
        `templates ${JSON.stringify(account.templates)}`,
        `rules ${JSON.stringify(account.rules)}`,
      ].join("\n  "),
    );
  }
}

export function keyOfRule({ DomainName, AppName }: CallbackRule): string {
  return `${DomainName}/${AppName}`;
}

function findTemplate(account: EmulatorState, id: number): CallbackTemplate | undefined {
  return account.templates.find(({ TemplateId }) => TemplateId === id);
}

function findRule(account: EmulatorState, key: string): CallbackRule | undefined {
  return account.rules.find((rule) => keyOfRule(rule) === key);
}

/** The fields that differ between the state and the account. */
function differences(stored: Stored, account: EmulatorState): Difference[] {
  if (stored.kind === "binding") {
    const rule = findRule(account, stored.id);
    if (!rule) return same(stored.outs.templateId, "") ? [] : ["gone"];
    return String(rule.TemplateId) === stored.outs.templateId ? [] : ["templateId"];
  }
  const template = findTemplate(account, Number(stored.id));
  if (!template) return ["gone"];
  return (["templateName", ...fields] as const).filter(
    (field) => !same(liveField(template, field), stored.outs[field]),
  );
}

/** The arguments that declare this template. */
function fieldsOf(template: object | undefined): Fields {
  const set = Object.entries(template ?? {}).filter(
    ([name, value]) => !/^(TemplateId|TemplateName|StreamMixNotifyUrl)$/.test(name) && value.length > 0,
  );
  return Object.fromEntries(set.map(([name, value]) => [name.charAt(0).toLowerCase() + name.slice(1), value]));
}
