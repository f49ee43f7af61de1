/**
 * The changes since the last update, for the console: as one answer, or as a stream of server-sent events. While a page
 * follows, the emulator checks for changes four times a second. So an open page costs the API nothing, and a slow one gets
 * fewer and larger updates, never a queue.
 */
import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { Delivery } from "./deliveries";
import type { Dialects } from "./dialects";
import type { Fault } from "./faults";
import type { Propagating } from "./propagation";
import type { RequestLogEntry } from "./requestLog";
import type { Settings } from "./settings";
import type { CallbackRule, CallbackTemplate, DomainInfo } from "./store";

/** The account's state, and its changes that are not in effect yet. */
export interface AccountView {
  domains: Pick<DomainInfo, "Name" | "Type" | "Status">[];
  templates: CallbackTemplate[];
  rules: CallbackRule[];
  propagating: Propagating;
}

/** How the emulator behaves. */
export interface ControlsView {
  settings: Settings;
  dialects: Dialects;
  faults: Fault[];
}

/** The constants of the emulator. */
export interface AboutView {
  actions: readonly string[];
  eventTypes: readonly number[];
  faultKinds: readonly string[];
  dialects: Readonly<Record<string, { values?: readonly string[]; meaning: string }>>;
}

/** The newest items of a list that only grows at its end, in order. */
export interface NewestOf<Item> {
  /** The number of all items so far, and so the number of the last one here; earlier ones count down. */
  count: number;
  /** How many of them were dropped. */
  gone: number;
  newest: readonly Item[];
}

/** A part is left out if it has not changed. */
export interface Update {
  /** Cursor: pass it as `after` to get later changes. */
  cursor: string;
  /** True unless this update continues from the given cursor. */
  whole: boolean;
  /** The emulator's time, in milliseconds since 1970. */
  now: number;
  /** If it is whole. */
  about?: AboutView;
  account?: AccountView;
  controls?: ControlsView;
  deliveries?: NewestOf<Delivery>;
  calls?: NewestOf<RequestLogEntry>;
}

/** Where the parts come from. */
export interface Watched {
  about: AboutView;
  clock(): number;
  /** A new number after each change of the account. */
  revision(): number;
  account(): AccountView;
  controls(): ControlsView;
  deliveries: Growing<Delivery>;
  calls: Growing<RequestLogEntry>;
}

interface Growing<Item> {
  readonly count: number;
  readonly gone: number;
  after(number: number, most: number): readonly Item[];
}

interface Cursor {
  account: number;
  controls: number;
  deliveries: number;
  calls: number;
  callsGone: number;
}

interface Follower {
  response: ServerResponse;
  cursor: string | undefined;
  /** The time since which it hasn't read the sent data. */
  stuckSince: number | undefined;
}

const mostFollowers = 50;
const mostItems = 200;
const intervalMs = 250;
/** Checking for changes may take this share of the time. */
const largestShare = 1 / 20;
const longestIntervalMs = 800;
const stuckMs = 30_000;
const heartbeatMs = 15_000;

export class Updates {
  readonly #watched: Watched;
  /** Cursors of another run of the emulator are invalid. */
  readonly #run = randomUUID().slice(0, 8);
  readonly #followers = new Set<Follower>();
  #controls = { text: "", revision: 0 };
  #timer: NodeJS.Timeout | undefined;
  #lastSentAt = 0;

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  /** The changes since the update with this cursor; without a cursor, everything. */
  since(after: string | undefined): Update {
    const { about, clock, account, controls, deliveries, calls } = this.#watched;
    const seen = this.#read(after);
    const now = this.#position();
    const update: Update = { cursor: this.#write(now), whole: seen === undefined, now: clock() };
    if (seen === undefined) update.about = about;
    // The settings decide when a change is in effect.
    if (seen?.account !== now.account || seen.controls !== now.controls) update.account = account();
    if (seen?.controls !== now.controls) update.controls = controls();
    if (seen?.deliveries !== now.deliveries) update.deliveries = newestOf(deliveries, seen?.deliveries);
    if (seen?.calls !== now.calls || seen.callsGone !== now.callsGone) update.calls = newestOf(calls, seen?.calls);
    return update;
  }

  /** Sends updates until the client disconnects. Returns false if too many clients follow already. */
  follow(response: ServerResponse, after: string | undefined): boolean {
    if (this.#followers.size >= mostFollowers) return false;
    const follower: Follower = { response, cursor: after, stuckSince: undefined };
    this.#followers.add(follower);
    response.once("close", () => this.#followers.delete(follower));
    response.on("error", () => response.destroy());
    response.writeHead(200, {
      "Content-Type": "text/event-stream",
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
    });
    // Sent at once, even without changes, so that a reconnected page knows that it missed nothing.
    this.#send(follower, this.since(after));
    this.#timer ??= setTimeout(() => this.#look(), intervalMs).unref();
    return true;
  }

  #look(): void {
    const begun = performance.now();
    const cursor = this.#write(this.#position());
    const beat = begun - this.#lastSentAt > heartbeatMs;
    if (beat) this.#lastSentAt = begun;
    const updates = new Map<string | undefined, Update>();
    for (const follower of this.#followers) {
      const { response } = follower;
      if (response.writableNeedDrain) {
        follower.stuckSince ??= begun;
        if (begun - follower.stuckSince > stuckMs) response.destroy();
        continue;
      }
      follower.stuckSince = undefined;
      if (follower.cursor !== cursor) {
        const update = updates.get(follower.cursor) ?? this.since(follower.cursor);
        updates.set(follower.cursor, update);
        this.#send(follower, update);
      } else if (beat) {
        response.write(": still here\n\n");
      }
    }
    const spent = performance.now() - begun;
    const pause = Math.min(longestIntervalMs, Math.max(intervalMs, spent / largestShare));
    this.#timer = this.#followers.size > 0 ? setTimeout(() => this.#look(), pause).unref() : undefined;
  }

  #send(follower: Follower, update: Update): void {
    follower.cursor = update.cursor;
    follower.response.write(`id: ${update.cursor}\ndata: ${JSON.stringify(update)}\n\n`);
  }

  #position(): Cursor {
    const { revision, controls, deliveries, calls } = this.#watched;
    const text = JSON.stringify(controls());
    if (text !== this.#controls.text) this.#controls = { text, revision: this.#controls.revision + 1 };
    return {
      account: revision(),
      controls: this.#controls.revision,
      deliveries: deliveries.count,
      calls: calls.count,
      callsGone: calls.gone,
    };
  }

  #write({ account, controls, deliveries, calls, callsGone }: Cursor): string {
    return [this.#run, account, controls, deliveries, calls, callsGone].join(".");
  }

  #read(text: string | undefined): Cursor | undefined {
    const [run, ...numbers] = (text ?? "").split(".");
    if (run !== this.#run || numbers.length !== 5 || !numbers.every((part) => /^\d{1,15}$/.test(part)))
      return undefined;
    const [account = 0, controls = 0, deliveries = 0, calls = 0, callsGone = 0] = numbers.map(Number);
    return { account, controls, deliveries, calls, callsGone };
  }
}

function newestOf<Item>(list: Growing<Item>, seen = 0): NewestOf<Item> {
  return { count: list.count, gone: list.gone, newest: list.after(seen, mostItems) };
}
