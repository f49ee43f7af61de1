/**
 * A local stand-in for the LVB callback API, for developing without an account, for demonstrations and for tests:
 * any signed Tencent Cloud client works against it.
 */
import type { ServerResponse } from "node:http";
import { createServer } from "node:http";
import { adminInterface } from "./admin";
import type { Dialects, ProbedDialects } from "./dialects";
import { defaultDialects, readDialects } from "./dialects";
import { UsageError } from "./errors";
import type { Fault } from "./faults";
import { Faults } from "./faults";
import { readFaults, readPush, readRecord, readSettings, readState } from "./input";
import type { PushDelivery, PushRequest } from "./push";
import { Pusher } from "./push";
import type { RequestLogEntry } from "./requestLog";
import { RequestLog } from "./requestLog";
import type { Parts } from "./server";
import { maxHeaderSize, requestHandler } from "./server";
import type { Settings } from "./settings";
import { defaultSettings } from "./settings";
import type { EmulatorState, StateInput } from "./store";
import { Store } from "./store";
import { Throttle } from "./throttle";

export type { DialectName, Dialects, ProbedDialects } from "./dialects";
export { dialects, readDialects } from "./dialects";
export { UsageError } from "./errors";
export type { EventType } from "./events";
export type { Fault, PlainFaultKind } from "./faults";
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
  StateInput,
  StreamInfo,
} from "./store";

/** How an emulator starts; everything has a default. */
export interface EmulatorOptions {
  /** 0, the default, picks a free one. */
  port?: number | undefined;
  /** Default `emulator-id`. */
  secretId?: string | undefined;
  /** Default `emulator-key`. */
  secretKey?: string | undefined;
  /** Default `100000000001`. */
  accountId?: string | undefined;
  /** Names, or what differs from an enabled push domain. Default `push.example.com`. A state file that is there has its own. */
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
  /** Where the state is kept: read at the start if it is there, written after each change. */
  stateFile?: string | undefined;
  /** Those that differ from the defaults, or the content of the file that `probe --out` writes. */
  dialects?: Partial<Dialects> | ProbedDialects | undefined;
  /** The time, in ms since 1970: for tests of what changes with time. */
  clock?: (() => number) | undefined;
}

/** A running emulator. What is done through these methods happens at once; the API sees it as done by someone else. */
export interface Emulator {
  readonly url: string;
  readonly port: number;
  /** A copy of what the account holds now, whatever the dialects say. */
  state(): EmulatorState;
  /** Replaces what the account holds; whatever is left out, whole lists too, gets its default. */
  setState(state: StateInput): void;
  /** Every API call since the start or the last clearing. */
  requests(): RequestLogEntry[];
  clearRequests(): void;
  addFaults(faults: readonly Fault[]): void;
  /** Also lets go of the calls that hang. */
  clearFaults(): void;
  dialects(): Dialects;
  /** Changes the given ones. */
  setDialects(dialects: Partial<Dialects>): void;
  settings(): Settings;
  /** Changes the given ones. */
  configure(settings: Partial<Settings>): void;
  /** Lets a stream start and end, and returns how the callbacks that are in effect were delivered. */
  push(stream: PushRequest): Promise<PushDelivery[]>;
  stop(): Promise<void>;
}

/** Longer than clients keep an idle connection, so that none is closed under a call. */
const keepAliveTimeout = 120_000;

/** Starts an emulator on 127.0.0.1. Wrong options throw a {@link UsageError}. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { port = 0, secretId = "emulator-id", secretKey = "emulator-key", accountId = "100000000001" } = options;
  const { clock = Date.now, stateFile } = options;
  if (!/^\d+$/.test(accountId)) {
    throw new UsageError(`the account id is a number, not "${accountId}"`);
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
  const hanging = new Set<ServerResponse>();
  const parts: Parts = {
    clock,
    credentials: { secretId, secretKey },
    accountId,
    store,
    settings,
    dialects,
    faults: new Faults(),
    throttle: new Throttle(),
    log: new RequestLog(),
    pusher,
    hanging,
  };
  const keepHistory = () => store.keepHistory(Math.max(settings.propagation * 1000, dialects.readLag));
  keepHistory();

  const controls = {
    state: () => structuredClone(store.current),
    setState: (state: unknown) => store.replace(readState(state)),
    requests: () => parts.log.list(),
    clearRequests: () => parts.log.clear(),
    addFaults: (faults: unknown) => parts.faults.add(readFaults(faults)),
    clearFaults: () => {
      parts.faults.clear();
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
  };
  const server = createServer({ maxHeaderSize, keepAliveTimeout }, requestHandler(parts, adminInterface(controls)));
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
