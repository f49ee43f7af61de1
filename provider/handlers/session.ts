/**
 * Shared by the handlers of one provider process: the connection to the account, the messages to the user, and the
 * objects that this run has created or imported.
 */
import type { LiveGateway } from "../live/gateway";
import { Declarations } from "./declarations";

/** Lines for the user; each names its object. */
export interface Report {
  info(text: string): void;
  warn(text: string): void;
  /** Shown while it lasts, in the status column of the resource with this URN. */
  progress(text: string, urn: string | undefined): void;
}

export interface Session {
  /** Aborted when the user interrupts the run. Only the plugin sets it; the dynamic host has no such signal. */
  readonly cancelled?: AbortSignal;
  /** The account, checked against `allowedAccountIds`. Loads the gateway at the first call: a preview needs none. */
  live(): Promise<LiveGateway>;
  readonly report: Report;
  readonly claims: Claims;
}

/**
 * The objects that this run has started to create, created or imported, and those that the state has. On `--replace`,
 * taint and a rename without alias the engine creates before it deletes. If the id stays the same, the delete would
 * remove the new object; claims prevent that.
 */
export class Claims {
  readonly templateNames = new Set<string>();
  readonly templateIds = new Set<string>();
  readonly ruleKeys = new Set<string>();
  readonly templates = new Declarations();
  readonly rules = new Declarations();
  /**
   * Objects in the state that the program still declares, as the diffs of this run show: id and new name of templates,
   * keys of rules. A run interrupted between create and delete can leave two state entries for one object. The next run
   * deletes the old entry, and must not delete the object that the other entry still manages.
   */
  readonly heldTemplates = new Map<string, string>();
  readonly heldRules = new Set<string>();
  /** Accounts that hold objects of the stack, as the diffs of this run have shown. */
  readonly accountIds = new Set<string>();
}

/** Runs a create that claims `key`. Refuses a second create with the same key; a failed create releases it. */
export async function claiming<T>(
  claimed: Set<string>,
  key: string,
  refusal: () => Error,
  create: () => Promise<T>,
): Promise<T> {
  if (claimed.has(key)) throw refusal();
  claimed.add(key);
  try {
    return await create();
  } catch (error) {
    claimed.delete(key);
    throw error;
  }
}

/** Plain values from the host. They may come from any version of this package. */
export type Values = Readonly<Record<string, unknown>>;

export interface CheckFailure {
  property: string;
  reason: string;
}

export interface CheckResult {
  inputs: Values;
  failures: CheckFailure[];
}

export interface DiffResult {
  /** Properties that differ; empty if there is nothing to do. */
  changed: string[];
  /** The properties among them that need a new object. */
  replaces: string[];
}

export interface ReadResult {
  /** Empty if the object is gone. */
  id: string;
  props: Values;
  inputs?: Values;
}

/** The functions that run in the provider process for one kind of resource. */
export interface Handlers {
  check(olds: Values, news: Values): CheckResult;
  diff(id: string, olds: Values, news: Values): DiffResult;
  create(inputs: Values): Promise<{ id: string; outs: Values }>;
  read(id: string, props: Values): Promise<ReadResult>;
  update(id: string, olds: Values, news: Values): Promise<{ outs: Values }>;
  delete(id: string, props: Values): Promise<void>;
}

/** A failure after a partial change. The object stays in the state with these outputs, and the next `up` continues. */
export class PartialFailure extends Error {
  override readonly name = "PartialFailure";

  readonly id: string;
  readonly outs: Values;

  constructor(message: string, id: string, outs: Values) {
    super(message);
    this.id = id;
    this.outs = outs;
  }
}
