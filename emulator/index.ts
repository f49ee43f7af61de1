/**
 * A local emulator of the LVB callback API, for development without an account, demonstrations and tests. Any Tencent
 * Cloud client that signs its calls works with it.
 */
import type { ServerResponse } from "node:http";
import { createServer } from "node:http";
import { actions } from "./actions";
import { adminInterface } from "./admin";
import type { Delivery, DeliveryDetail, DeliveryQuery } from "./deliveries";
import type { Dialects, ProbedDialects } from "./dialects";
import { defaultDialects, dialects as dialectTable, readDialects } from "./dialects";
import { withEdits } from "./edits";
import { UsageError } from "./errors";
import { eventTypes } from "./events";
import type { Fault } from "./faults";
import { Faults, plainFaultKinds } from "./faults";
import { readDeliveryQuery, readEdits, readFaults, readPush, readRecord, readSettings, readState } from "./input";
import type { Propagating } from "./propagation";
import type { PushDelivery, PushRequest } from "./push";
import { Pusher } from "./push";
import type { RequestLogEntry } from "./requestLog";
import { RequestLog } from "./requestLog";
import type { Parts } from "./server";
import { maxHeaderSize, requestHandler } from "./server";
import type { Settings } from "./settings";
import { defaultSettings } from "./settings";
import type { EmulatorState, StateEdits, StateInput } from "./store";
import { findTemplate, Store } from "./store";
import { Throttle } from "./throttle";
import { Updates } from "./updates";

export type { SignatureCheck, SignatureVerdict } from "./callbackSignature";
export type { Delivery, DeliveryDetail, DeliveryQuery } from "./deliveries";
export type { DialectName, Dialects, ProbedDialects } from "./dialects";
export { dialects, readDialects } from "./dialects";
export { UsageError } from "./errors";
export type { EventType } from "./events";
export type { Fault, PlainFaultKind } from "./faults";
export type { PendingRule, PendingTemplate, Propagating } from "./propagation";
export type { PushDelivery, PushRequest } from "./push";
export type { RequestLogEntry } from "./requestLog";
export type { Settings } from "./settings";
export type {
  CallbackRule,
  CallbackTemplate,
  DomainInfo,
  EmulatorState,
  MediaRule,
  SnapshotTemplate,
  StateEdits,
  StateInput,
  StreamInfo,
} from "./store";

/** Options of an emulator. All are optional. */
export interface EmulatorOptions {
  /** Default 0: a free port. */
  port?: number | undefined;
  /** Default `emulator-id`. */
  secretId?: string | undefined;
  /** Default `emulator-key`. */
  secretKey?: string | undefined;
  /** Default `100000000001`. */
  accountId?: string | undefined;
  /** Names, or objects with fields that differ from an enabled push domain. Default `push.example.com`. An existing state file overrides it. */
  domains?: StateInput["domains"];
  /** See {@link Settings}. */
  latency?: number | undefined;
  /** See {@link Settings}. Default 600. */
  propagation?: number | undefined;
  /** See {@link Settings}. Default: no limit. */
  throttle?: number | null | undefined;
  /** See {@link Settings}. Default 60. */
  retrySeconds?: number | undefined;
  /** See {@link Settings}. */
  unresolvedHosts?: readonly string[] | undefined;
  /** File for the state: read at the start if it exists, written after each change. */
  stateFile?: string | undefined;
  /** Dialects that differ from the defaults, or the content of a file from `probe --out`. */
  dialects?: Partial<Dialects> | ProbedDialects | undefined;
  /** The current time, in ms since 1970; for tests. */
  clock?: (() => number) | undefined;
}

/** A running emulator. These methods act at once; to API clients their changes look like someone else's. */
export interface Emulator {
  readonly url: string;
  readonly port: number;
  /** A copy of the account's current state, regardless of the dialects. */
  state(): EmulatorState;
  /** Replaces the account's state. Missing fields and lists get their defaults. */
  setState(state: StateInput): void;
  /** Changes some objects, and no others. */
  editState(edits: StateEdits): void;
  /** Changes that are not in effect yet. */
  propagating(): Propagating;
  /** Ends the propagation window of all changes so far, so that streams see them at once. */
  letWindowPass(): void;
  /** Every API call since the start or the last reset of the log. */
  requests(): RequestLogEntry[];
  clearRequests(): void;
  /** The remaining faults. */
  faults(): Fault[];
  addFaults(faults: readonly Fault[]): void;
  /** Removes all faults, and ends the calls that hang. */
  clearFaults(): void;
  dialects(): Dialects;
  /** Changes the given ones. */
  setDialects(dialects: Partial<Dialects>): void;
  settings(): Settings;
  /** Changes the given ones. */
  configure(settings: Partial<Settings>): void;
  /** Starts and ends a stream, and returns how its callbacks were delivered. */
  push(stream: PushRequest): Promise<PushDelivery[]>;
  /** The attempts to deliver events, newest first. */
  deliveries(query?: DeliveryQuery): Delivery[];
  /** All details of one attempt, with the check of its signature. */
  delivery(number: number): DeliveryDetail;
  /** Sends the event of an attempt again, unchanged. */
  redeliver(number: number): Promise<Delivery>;
  stop(): Promise<void>;
}

/** Longer than clients keep an idle connection, so that the server never closes one during a call. */
const keepAliveTimeout = 120_000;

/** Starts an emulator on 127.0.0.1. Wrong options throw a {@link UsageError}. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { port = 0, secretId = "emulator-id", secretKey = "emulator-key", accountId = "100000000001" } = options;
  const { clock = Date.now, stateFile } = options;
  if (!/^\d+$/.test(accountId)) {
    throw new UsageError(`the account id must be a number, not "${accountId}"`);
  }
  const { domains = ["push.example.com"] } = readState({ domains: options.domains });
  const { latency, propagation, throttle, retrySeconds, unresolvedHosts } = options;
  const settings = {
    ...defaultSettings,
    ...readSettings({ latency, propagation, throttle, retrySeconds, unresolvedHosts }),
  };
  const dialects = { ...defaultDialects(), ...readDialects(options.dialects ?? {}) };
  const store = new Store({ clock, domains, stateFile, validate: readState });
  const pusher = new Pusher({ store, settings: () => settings, clock, accountId });
  const faults = new Faults();
  const log = new RequestLog();
  const updates = new Updates({
    about: {
      actions: [...actions.keys()],
      eventTypes,
      faultKinds: [...plainFaultKinds, "code", "http5xx", "redirect"],
      dialects: dialectTable,
    },
    clock,
    revision: () => store.revision,
    account: () => {
      const { domains, templates, rules } = store.current;
      const names = domains.map(({ Name, Type, Status }) => ({ Name, Type, Status }));
      return { domains: names, templates, rules, propagating: store.propagating(settings.propagation * 1000) };
    },
    controls: () => ({ settings, dialects, faults: faults.list() }),
    deliveries: pusher.deliveries,
    calls: log,
  });
  const hanging = new Set<ServerResponse>();
  const parts: Parts = {
    clock,
    credentials: { secretId, secretKey },
    accountId,
    store,
    settings,
    dialects,
    faults,
    throttle: new Throttle(),
    log,
    pusher,
    updates,
    hanging,
  };
  const keepHistory = () => store.keepHistory(Math.max(settings.propagation * 1000, dialects.readLag));
  keepHistory();

  const controls = {
    state: () => structuredClone(store.current),
    setState: (state: unknown) => store.replace(readState(state)),
    editState: (edits: unknown) => store.replace(withEdits(store.current, readEdits(edits))),
    propagating: () => structuredClone(store.propagating(settings.propagation * 1000)),
    letWindowPass: () => store.settle(),
    requests: () => log.list(),
    clearRequests: () => log.clear(),
    faults: () => faults.list(),
    addFaults: (given: unknown) => faults.add(readFaults(given)),
    clearFaults: () => {
      faults.clear();
      for (const response of hanging) {
        response.destroy();
      }
    },
    dialects: () => ({ ...dialects }),
    setDialects: (changes: unknown) => {
      Object.assign(dialects, readDialects(readRecord(changes)));
      keepHistory();
    },
    settings: () => ({ ...settings }),
    configure: (changes: unknown) => {
      Object.assign(settings, readSettings(changes));
      keepHistory();
    },
    push: (stream: unknown) => pusher.push(readPush(stream)),
    deliveries: (query: DeliveryQuery = {}) => pusher.deliveries.list(query),
    delivery: (number: number) => {
      const { templateId } = pusher.deliveries.find(number).outgoing;
      return pusher.deliveries.detail(number, findTemplate(store.current, templateId)?.CallbackKey ?? "");
    },
    redeliver: (number: number) => pusher.redeliver(number),
  };
  const admin = adminInterface({
    ...controls,
    deliveries: (query: unknown) => pusher.deliveries.list(readDeliveryQuery(query)),
    updates: (after) => updates.since(after),
  });
  const server = createServer({ maxHeaderSize, keepAliveTimeout }, requestHandler(parts, admin));
  const listening = await new Promise<number>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
  const stop = () =>
    new Promise<void>((resolve) => {
      pusher.stop();
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { ...controls, port: listening, url: `http://127.0.0.1:${listening}`, stop };
}
