/**
 * What has changed since somebody last looked, for the console: as one answer, or as a stream of server-sent events. The
 * emulator tells nobody when something changes; while someone follows, it looks four times a second. So a page that is
 * open costs the API nothing, and one that is slow gets fewer and larger updates, never a queue.
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

/** What the account holds, and what of it is not in effect yet. */
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

/** What never changes. */
export interface AboutView {
  actions: readonly string[];
  eventTypes: readonly number[];
  faultKinds: readonly string[];
  dialects: Readonly<Record<string, { values?: readonly string[]; meaning: string }>>;
}

/** The newest of a list that only grows at its end, in their order. */
export interface NewestOf<Item> {
  /** Of all items ever. The last one here has this number, the one before it a lower one, and so on. */
  count: number;
  /** How many of them are gone. */
  gone: number;
  newest: readonly Item[];
}

/** A part is left out if it has not changed. */
export interface Update {
  /** As `after`, it asks for what comes later. */
  cursor: string;
  /** True unless this goes on where the given cursor ended. */
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
  /** Another number after each change of the account. */
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
  /** Since when it has not taken what it was sent. */
  stuckSince: number | undefined;
}

const mostFollowers = 50;
const mostItems = 200;
const intervalMs = 250;
/** Looking may take this part of the time. */
const largestShare = 1 / 20;
const longestIntervalMs = 800;
const stuckMs = 30_000;
const heartbeatMs = 15_000;

export class Updates {
  readonly #watched: Watched;
  /** Cursors of another run of the emulator mean nothing. */
  readonly #run = randomUUID().slice(0, 8);
  readonly #followers = new Set<Follower>();
  #controls = { text: "", revision: 0 };
  #timer: NodeJS.Timeout | undefined;
  #lastSentAt = 0;

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  /** What has changed since the update that had this cursor; without one, everything. */
  since(after: string | undefined): Update {
    const { about, clock, account, controls, deliveries, calls } = this.#watched;
    const seen = this.#read(after);
    const now = this.#position();
    const update: Update = { cursor: this.#write(now), whole: seen === undefined, now: clock() };
    if (seen === undefined) update.about = about;
    // The settings say when a change is in effect.
    if (seen?.account !== now.account || seen.controls !== now.controls) update.account = account();
    if (seen?.controls !== now.controls) update.controls = controls();
    if (seen?.deliveries !== now.deliveries) update.deliveries = newestOf(deliveries, seen?.deliveries);
    if (seen?.calls !== now.calls || seen.callsGone !== now.callsGone) update.calls = newestOf(calls, seen?.calls);
    return update;
  }

  /** Sends updates until the other end goes away. False if too many do that already. */
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
    // One that reconnects may have missed nothing; it is told so at once.
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
