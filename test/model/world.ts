// An account, a stack's state and the people who work on both. After every run the promise of the package is checked
// against what the account really holds, and against what the model knows about who made what.
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
  /** Names given to `--replace`. */
  replace: readonly string[];
  parallel: boolean;
  disturbances: readonly Disturbance[];
}

export const undisturbed: UpOptions = { refresh: false, replace: [], parallel: false, disturbances: [] };

type Operation = "up" | "refresh" | "destroy";
type Difference = Field | "templateName" | "templateId" | "gone";

/** Longer ago than any lag could explain. */
const longAgo = "2026-01-02T03:04:05.000Z";

const secrets = [...values.callbackKey.map(String), foreignKey, "emulator-key", "token-of-run"];

export class World {
  /** Runs in all, and those in which this machine was too slow for the short time that a call may take here. */
  static runs = 0;
  static slowRuns = 0;

  readonly specs: Specs = new Map();
  readonly state: State = { resources: new Map(), pendingDeletes: [] };
  /** What the last run ended with, if nothing disturbed it. */
  last: StepFailure[] = [];
  readonly emulator: Emulator;
  readonly #watch: Watch;
  readonly #start: (run: WatchedRun) => Promise<Provider>;
  /** Templates that someone else made, as they made them, by id. */
  readonly #foreignTemplates = new Map<number, CallbackTemplate>();
  /** Rules that someone else made or pointed elsewhere, by key: the id of the template. */
  readonly #foreignRules = new Map<string, number>();
  /** What was done, for the message of a violation. */
  readonly #history: string[] = [];

  constructor(emulator: Emulator, watch: Watch, start: (run: WatchedRun) => Promise<Provider>) {
    this.emulator = emulator;
    this.#watch = watch;
    this.#start = start;
  }

  /** An account where nothing is yet, and where reads do not show what was there before. */
  async begin(dialects: Dialects): Promise<void> {
    this.emulator.clearFaults();
    this.emulator.setState({});
    this.emulator.setDialects(dialects);
    await this.#settle();
  }

  get dialects(): Dialects {
    return this.emulator.dialects();
  }

  /** A run of the engine in a process of its own, and the promise checked. */
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
      : engine[operation]());
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

  /** The same program again: nothing may be written. */
  async runAgain(): Promise<void> {
    const outcome = await this.run("up", undisturbed);
    if (outcome.failures.length > 0) this.#violated("a second up failed");
    if (this.#writes().length > 0) this.#violated("a second up wrote");
  }

  /** What someone else does; `change` returns what the account holds then. */
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

  /** So long that no lag of reads can explain an absence. */
  timePasses(): void {
    const propagation = { changedAt: longAgo, earliestEffectiveAt: longAgo, effectiveAt: longAgo };
    const aged = (stored: Stored): Stored => ({ ...stored, outs: { ...stored.outs, propagation } });
    for (const [name, stored] of this.state.resources) this.state.resources.set(name, aged(stored));
    this.state.pendingDeletes = this.state.pendingDeletes.map(aged);
    this.#note("time passes");
  }

  /** Whoever does what the errors say gets there: a few runs suffice, then everything can be destroyed. */
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

  /** Nothing is dropped from state that still exists; what is left alone is told. */
  #checkState(known: readonly Stored[], before: EmulatorState, provider: Provider, succeeded: boolean): void {
    const account = this.emulator.state();
    for (const old of known) {
      if (this.#stored().some((stored) => stored.kind === old.kind && stored.id === old.id)) continue;
      const { id } = old;
      // Gone before; what a killed run has made in its place meanwhile is not what the state held.
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

  /** No orphans, and no difference between state and account that the run alone has made. */
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
      // What somebody had bound is not taken for a leftover, though the run may have rebound it since.
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
      // What waits for its deletion and is held by another entry is never deleted, so what it tells does not matter.
      if (this.state.pendingDeletes.includes(stored) && held.has(`${stored.kind} ${stored.id}`)) continue;
      const old = known.find(({ kind, id }) => kind === stored.kind && id === stored.id);
      const former = old ? differences(old, before) : [];
      // What the run did not get to, and was gone before it, is not told by whatever has its place now.
      if (old && former.includes("gone") && JSON.stringify(old.outs) === JSON.stringify(stored.outs)) continue;
      const fresh = differences(stored, account).filter(
        (field) => !former.includes(field) && !this.#ignoresClearing(stored, field),
      );
      if (fresh.length > 0) this.#violated(`state and account differ: ${stored.name} ${fresh.join()}`);
    }
  }

  /** After success the account equals the program, but for what someone else changed and no preview showed. */
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

  /** Templates that no state knew when they had a recording status URL, which no action returns. */
  readonly #unseenStatus = new Set<number>();

  /** What the service did not clear though it said so, or nobody could see that there was something to clear. */
  #ignoresClearing(stored: Stored, field: Difference): boolean {
    const unseen = field === "recordStatusNotifyUrl" && this.#unseenStatus.has(Number(stored.id));
    if (unseen && same(stored.outs[field], "")) return true;
    return this.dialects.emptyOnModify === "ignored" && stored.kind === "template" && same(stored.outs[field], "");
  }

  /** Until reads no longer lag behind what was written. */
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

/** What the state says of an object and is not so. */
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

/** What a program declares of a template that is as this one. */
function fieldsOf(template: object | undefined): Fields {
  const set = Object.entries(template ?? {}).filter(
    ([name, value]) => !/^(TemplateId|TemplateName|StreamMixNotifyUrl)$/.test(name) && value.length > 0,
  );
  return Object.fromEntries(set.map(([name, value]) => [name.charAt(0).toLowerCase() + name.slice(1), value]));
}
