/**
 * The account's state, as a journal of versions. It keeps the past, because the API reads with a lag, and the streaming
 * side sees a change only after the propagation window.
 */

import { type Propagating, propagating, type Version, withUnchanged } from "./propagation";
import { completeState } from "./stateCompletion";
import { readStateFile, writeStateFile } from "./stateFile";
import type { TemplateFieldValues } from "./templateFields";
import { formatTime } from "./times";

/** A domain, with the API's own field names (DescribeLiveDomain). `Type` 0 is a push domain, `Status` 1 an enabled one. */
export interface DomainInfo {
  Name: string;
  Type: number;
  Status: number;
  CreateTime: string;
  BCName: number;
  TargetDomain: string;
  PlayType: number;
  IsDelayLive: number;
  CurrentCName: string;
  RentTag: number;
  RentExpireTime: string;
  IsMiniProgramLive: number;
}

/** A callback template; a field that is not set holds "" or []. The API never returns RecordStatusNotifyUrl. */
export interface CallbackTemplate extends TemplateFieldValues {
  TemplateId: number;
  TemplateName: string;
  /** Deprecated: only Create takes it. */
  StreamMixNotifyUrl: string;
}

/** The binding of a template to an app of a push domain. Times are Beijing time, `YYYY-MM-DD HH:MM:SS`. */
export interface CallbackRule {
  CreateTime: string;
  UpdateTime: string;
  TemplateId: number;
  DomainName: string;
  AppName: string;
}

/**
 * A record or snapshot rule: records streams of an app, or takes snapshots. `""` as AppName or StreamName means all. Times are Beijing time, `YYYY-MM-DD HH:MM:SS`.
 */
export interface MediaRule {
  DomainName: string;
  AppName: string;
  StreamName: string;
  TemplateId: number;
  CreateTime: string;
  UpdateTime: string;
}

/** How snapshots are taken. Only `PornFlag` has an effect here: with 1, images are moderated. */
export interface SnapshotTemplate {
  TemplateId: number;
  TemplateName: string;
  PornFlag: number;
  Description: string;
  SnapshotInterval: number;
  Width: number;
  Height: number;
  CosAppId: number;
  CosBucket: string;
  CosRegion: string;
  CosPrefix: string;
  CosFileName: string;
}

/** One push of a stream. Times are UTC, `2018-12-29T19:00:00Z`. */
export interface StreamInfo {
  DomainName: string;
  AppName: string;
  StreamName: string;
  StreamStartTime: string;
  /** `""` while the stream is pushed. */
  StreamEndTime: string;
}

/** The whole state of the account. */
export interface EmulatorState {
  domains: DomainInfo[];
  templates: CallbackTemplate[];
  rules: CallbackRule[];
  recordRules: MediaRule[];
  snapshotRules: MediaRule[];
  snapshotTemplates: SnapshotTemplate[];
  /** The pushes so far. `push` adds to them. */
  streams: StreamInfo[];
}

/** A state as input: missing fields get defaults, a domain may be just its name, and templates get an id. */
export interface StateInput {
  domains?: (string | (Partial<DomainInfo> & { Name: string }))[] | undefined;
  templates?: Partial<CallbackTemplate>[] | undefined;
  rules?: (Partial<CallbackRule> & { DomainName: string; TemplateId: number })[] | undefined;
  /** Without AppName or StreamName: for all. */
  recordRules?: MediaRuleInput[] | undefined;
  /** Without AppName or StreamName: for all. */
  snapshotRules?: MediaRuleInput[] | undefined;
  snapshotTemplates?: (Partial<SnapshotTemplate> & { TemplateId: number })[] | undefined;
  /** A stream without StreamStartTime starts now; one without StreamEndTime is still pushed. */
  streams?: (Partial<StreamInfo> & { DomainName: string; StreamName: string })[] | undefined;
}

/** Changes of some objects: a template by its TemplateId, a rule by DomainName and AppName (`live` if left out). */
export interface StateEdits {
  /** The fields to change; without a known TemplateId, a new template. */
  templates?: Partial<CallbackTemplate>[] | undefined;
  /** The template to bind; null removes the rule. */
  rules?: { DomainName: string; AppName?: string; TemplateId: number | null }[] | undefined;
}

/** A media rule as input. */
export type MediaRuleInput = Partial<MediaRule> & { DomainName: string; TemplateId: number };

const firstTemplateId = 1001;
/** DescribeLiveStreamEventList shows at most this many. */
const mostStreams = 10_000;

/** @internal */
export interface StoreOptions {
  clock: () => number;
  /** The domains for a state without `domains`. */
  domains: NonNullable<StateInput["domains"]>;
  stateFile?: string | undefined;
  /** Checks the content of the state file. */
  validate: (state: unknown) => StateInput;
}

/** @internal */
export class Store {
  readonly #clock: () => number;
  readonly #defaultDomains: NonNullable<StateInput["domains"]>;
  readonly #stateFile: string | undefined;
  #versions: [Version, ...Version[]];
  #nextTemplateId = firstTemplateId;
  /** How far back, in ms, a reader may ask. */
  #horizonMs = 0;
  #revision = 0;

  constructor({ clock, domains, stateFile, validate }: StoreOptions) {
    this.#clock = clock;
    this.#defaultDomains = domains;
    this.#stateFile = stateFile;
    const stored = stateFile === undefined ? undefined : readStateFile(stateFile);
    const { nextTemplateId, ...input } = stored ?? {};
    if (typeof nextTemplateId === "number") {
      this.#nextTemplateId = nextTemplateId;
    }
    // Objects in the initial state are effective at once.
    this.#versions = [{ since: Number.NEGATIVE_INFINITY, state: this.#complete(validate(input), []) }];
    this.#save();
  }

  get current(): EmulatorState {
    return this.#versions[this.#versions.length - 1]?.state ?? this.#versions[0].state;
  }

  /** The state at that time, not copied. */
  asOf(ms: number): EmulatorState {
    return (this.#versions.findLast(({ since }) => since <= ms) ?? this.#versions[0]).state;
  }

  /** A new number after each change of the account, or of what is in effect. */
  get revision(): number {
    return this.#revision;
  }

  /** The state that streams see: that of one window ago. */
  inEffect(windowMs: number): EmulatorState {
    return this.#notSeenBefore(windowMs)[0].state;
  }

  propagating(windowMs: number): Propagating {
    return propagating(this.#notSeenBefore(windowMs), windowMs);
  }

  /** Puts all changes so far into effect. */
  settle(): void {
    this.#replaceLast({ settled: true });
    this.#revision++;
  }

  /** The version that streams see, and all later ones. */
  #notSeenBefore(windowMs: number): [Version, ...Version[]] {
    const since = this.#clock() - windowMs;
    const index = this.#versions.findLastIndex((version) => version.settled === true || version.since <= since);
    const [first = this.#versions[0], ...later] = this.#versions.slice(Math.max(0, index));
    return [first, ...later];
  }

  #replaceLast(changes: Partial<Version>): void {
    const last = this.#versions[this.#versions.length - 1] ?? this.#versions[0];
    this.#versions[this.#versions.length - 1] = { ...last, ...changes };
  }

  /** Keeps at least this much of the past from now on. */
  keepHistory(ms: number): void {
    this.#horizonMs = Math.max(this.#horizonMs, ms);
  }

  addTemplate(fields: Omit<CallbackTemplate, "TemplateId">): number {
    const template = { TemplateId: this.#nextTemplateId++, ...fields };
    this.#commit({ ...this.current, templates: [...this.current.templates, template] });
    return template.TemplateId;
  }

  updateTemplate(template: CallbackTemplate): void {
    const templates = this.current.templates.map((old) => (old.TemplateId === template.TemplateId ? template : old));
    this.#commit({ ...this.current, templates });
  }

  /** Removes the template, and the rules that point to it. */
  removeTemplate(id: number): void {
    this.#commit({
      ...this.current,
      templates: this.current.templates.filter(({ TemplateId }) => TemplateId !== id),
      rules: this.current.rules.filter(({ TemplateId }) => TemplateId !== id),
    });
  }

  /** Creates the rule for this domain and app, or points the existing one to the template. */
  putRule(DomainName: string, AppName: string, TemplateId: number): void {
    const now = formatTime(this.#clock());
    const former = findRule(this.current, DomainName, AppName);
    const rule = { CreateTime: former?.CreateTime ?? now, UpdateTime: now, TemplateId, DomainName, AppName };
    const rules = former
      ? this.current.rules.map((old) => (old === former ? rule : old))
      : [...this.current.rules, rule];
    this.#commit({ ...this.current, rules });
  }

  removeRule(rule: CallbackRule): void {
    this.#commit({ ...this.current, rules: this.current.rules.filter((other) => other !== rule) });
  }

  /** Not a new version: a push changes nothing that takes effect later. */
  addStream(stream: StreamInfo): void {
    const streams = [...this.current.streams, stream].slice(-mostStreams);
    this.#replaceLast({ state: { ...this.current, streams } });
    this.#save();
  }

  /** Replaces the whole state, as a change by someone else. */
  replace(input: StateInput): void {
    this.#commit(withUnchanged(this.#complete(input, this.current.rules), this.current));
  }

  #complete(input: StateInput, formerRules: readonly CallbackRule[]): EmulatorState {
    const { state, nextTemplateId } = completeState(input, {
      now: this.#clock(),
      domains: this.#defaultDomains,
      formerRules,
      nextTemplateId: this.#nextTemplateId,
    });
    this.#nextTemplateId = nextTemplateId;
    return state;
  }

  #commit(state: EmulatorState): void {
    const since = this.#clock();
    const next: Version = { since, state };
    const firstKept = this.#versions.findLastIndex((version) => version.since <= since - this.#horizonMs);
    const [oldest, ...others] = this.#versions.slice(Math.max(0, firstKept));
    this.#versions = oldest ? [oldest, ...others, next] : [next];
    this.#revision++;
    this.#save();
  }

  #save(): void {
    if (this.#stateFile !== undefined) {
      writeStateFile(this.#stateFile, { ...this.current, nextTemplateId: this.#nextTemplateId });
    }
  }
}

/** @internal */
export function findTemplate(state: EmulatorState, id: number): CallbackTemplate | undefined {
  return state.templates.find(({ TemplateId }) => TemplateId === id);
}

/** @internal */
export function findRule(state: EmulatorState, domain: string, app: string): CallbackRule | undefined {
  return state.rules.find(({ DomainName, AppName }) => DomainName === domain && AppName === app);
}

/** The domain of this name, if streams can be pushed to it. @internal */
export function findPushDomain(state: EmulatorState, name: string): DomainInfo | undefined {
  return state.domains.find(({ Name, Type, Status }) => Name === name && Type === 0 && Status === 1);
}
