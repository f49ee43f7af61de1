/**
 * What the handlers of one provider process share: the way to the account, what to tell the user, and what this run
 * has made or taken over already.
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
  /** Aborted when the user interrupts the run. Only the plugin hears of it. */
  readonly cancelled?: AbortSignal;
  /** The account, checked against `allowedAccountIds`. Loads the gateway at the first call: a preview needs none. */
  live(): Promise<LiveGateway>;
  readonly report: Report;
  readonly claims: Claims;
}

/**
 * What the resources of this run have begun, made or taken over, and what the state holds for them. The engine creates
 * before it deletes on `--replace`, taint and a rename without alias, and where the id stays the same the delete that
 * follows would remove the new object.
 */
export class Claims {
  readonly templateNames = new Set<string>();
  readonly templateIds = new Set<string>();
  readonly ruleKeys = new Set<string>();
  readonly templates = new Declarations();
  readonly rules = new Declarations();
  /**
   * Objects of the state whose resources the program still declares, as the diffs of this run show them: id and new name
   * of templates, keys of rules. A run that was interrupted between create and delete leaves two entries in the state for
   * one object, where the id stayed the same, and the next run would delete it under the resource that holds it.
   */
  readonly heldTemplates = new Map<string, string>();
  readonly heldRules = new Set<string>();
  /** Accounts that hold objects of the stack, as the diffs of this run have shown. */
  readonly accountIds = new Set<string>();
}

/** Runs a create that holds `key` alone: a second one of the same run is refused, a failed one lets go of it. */
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

/** Plain values as they come from the host: olds, news and props are of any version of this package. */
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
  /** Properties that differ; none: nothing to do. */
  changed: string[];
  /** Those of them that need another object. */
  replaces: string[];
}

export interface ReadResult {
  /** Empty: the object is gone. */
  id: string;
  props: Values;
  inputs?: Values;
}

/** What runs in the provider process for one kind of resource. */
export interface Handlers {
  check(olds: Values, news: Values): CheckResult;
  diff(id: string, olds: Values, news: Values): DiffResult;
  create(inputs: Values): Promise<{ id: string; outs: Values }>;
  read(id: string, props: Values): Promise<ReadResult>;
  update(id: string, olds: Values, news: Values): Promise<{ outs: Values }>;
  delete(id: string, props: Values): Promise<void>;
}

/** A failure after something was done: the object is kept in state with these outputs, and the next `up` goes on. */
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
