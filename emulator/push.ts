/**
 * A simulated stream push. The streaming side works with the state of `propagation` seconds ago: a new rule delivers
 * nothing yet, an edited template its old URL and key, a deleted rule still.
 */
import { UsageError } from "./errors";
import { type EventType, makeEvent, urlFieldOf } from "./events";
import { whyNotFired } from "./firing";
import { post } from "./post";
import type { Settings } from "./settings";
import type { EmulatorState, Store } from "./store";
import { findPushDomain, findRule, findTemplate } from "./store";
import { formatUtc } from "./times";

/** The stream that is pushed; `app` is the AppName in its push URL. */
export interface PushRequest {
  domain: string;
  app: string;
  stream: string;
  /** The events that the push causes, by event_type, in this order. Default: 1 and 0. */
  events?: readonly EventType[];
}

/** An event that a pushed stream caused, and its first delivery. */
export interface PushDelivery {
  /** The API's event_type: 1 push started, 0 push ended. */
  event: EventType;
  /** `""` if there is none. */
  url: string;
  /** When it was due, ISO 8601, UTC. */
  due: string;
  /** The HTTP status the receiver answered with; null if it did not. */
  status: number | null;
  /** Why it was not delivered. */
  reason?: string;
}

/** Why an attempt failed. `http`: the receiver answered with another status than 200. */
export type DeliveryFailure = "dns" | "connection" | "tls" | "timeout" | "http";

/** One attempt to deliver an event; DescribeCallbackRecordsList shows it as the dialects say. */
export interface CallbackRecord {
  /** The same for all attempts of one event. */
  readonly event: number;
  /** Milliseconds since 1970, of a whole second as in the body. */
  readonly eventTime: number;
  readonly eventType: EventType;
  readonly stream: string;
  /** The body. */
  readonly request: string;
  readonly response: string;
  readonly responseTime: number;
  readonly status: number | null;
  /** Undefined for success. */
  readonly failure: DeliveryFailure | undefined;
}

interface Attempt {
  status: number | null;
  response: string;
  reason?: string;
  failure?: DeliveryFailure;
  again: boolean;
}

interface Outgoing {
  /** Of all that were sent. */
  number: number;
  type: EventType;
  at: number;
  stream: string;
  url: string;
  body: string;
}

/** EN/38080: an event is tried again every minute, up to 12 times, a snapshot every two minutes, up to 5 times. */
const retries = { most: 12, intervals: 1 };
const snapshotRetries = { most: 5, intervals: 2 };
/** An answer may take this long. */
const answerTimeoutMs = 20_000;
const mostRecords = 10_000;

export interface PusherOptions {
  store: Store;
  settings: () => Settings;
  clock: () => number;
  accountId: string;
}

export class Pusher {
  readonly #options: PusherOptions;
  readonly #stopping = new AbortController();
  readonly #retries = new Set<NodeJS.Timeout>();
  #records: CallbackRecord[] = [];
  #pushes = 0;
  #events = 0;

  constructor(options: PusherOptions) {
    this.#options = options;
  }

  get records(): readonly CallbackRecord[] {
    return this.#records;
  }

  /** Starts and ends a stream; waits for the first delivery of each event. Those that fail are retried in the background. */
  async push({ domain, app, stream, events }: PushRequest): Promise<PushDelivery[]> {
    const { store, settings, clock, accountId } = this.#options;
    if (findPushDomain(store.current, domain) === undefined) {
      throw new UsageError(`${domain} is not an enabled push domain of the account`);
    }
    const startedAt = clock();
    const effective = store.asOf(startedAt - settings().propagation * 1000);
    // The narrower rule wins; "" is a rule for the whole domain.
    const rule = findRule(effective, domain, app) ?? findRule(effective, domain, "");
    const template = rule && findTemplate(effective, rule.TemplateId);
    // Unlike any other, also after a restart: receivers tell repeated events by it.
    const sequence = String(startedAt * 1000 + (++this.#pushes % 1000));
    const deliveries: PushDelivery[] = [];
    for (const type of events ?? ([1, 0] as const)) {
      const url = template?.[urlFieldOf[type]] ?? "";
      const now = clock();
      const due = new Date(now).toISOString();
      const notSent = (reason: string) => deliveries.push({ event: type, url, due, status: null, reason });
      const obstacle = whyNotFired(type, { domain, app, stream }, effective);
      if (template === undefined) {
        notSent(whyNoTemplate(store.current, domain, app));
      } else if (url === "") {
        notSent(`template ${template.TemplateId} in effect has no ${urlFieldOf[type]}`);
      } else if (obstacle !== undefined) {
        notSent(obstacle);
      } else {
        const facts = { appid: Number(accountId), domain, app, stream, sequence, startedAt, now };
        const body = JSON.stringify(makeEvent(type, facts, template));
        const outgoing = { number: ++this.#events, type, at: now, stream, url, body };
        deliveries.push({ event: type, url, due, ...(await this.#deliver(outgoing, 0)) });
      }
    }
    store.addStream({
      DomainName: domain,
      AppName: app,
      StreamName: stream,
      StreamStartTime: formatUtc(startedAt),
      StreamEndTime: formatUtc(clock()),
    });
    return deliveries;
  }

  /** Drops what is still to be delivered. */
  stop(): void {
    this.#stopping.abort();
    for (const timer of this.#retries) {
      clearTimeout(timer);
    }
  }

  async #deliver(outgoing: Outgoing, retry: number): Promise<{ status: number | null; reason?: string }> {
    const { settings, clock } = this.#options;
    const { number, type, at, stream, url, body } = outgoing;
    const { status, response, reason, failure, again } = await this.#post(url, body);
    this.#records.push({
      event: number,
      eventTime: Math.floor(at / 1000) * 1000,
      eventType: type,
      stream,
      request: body,
      response,
      responseTime: clock(),
      status,
      failure,
    });
    this.#records = this.#records.slice(-mostRecords);
    const { most, intervals } = type === 200 ? snapshotRetries : retries;
    if (failure !== undefined && again && retry < most && !this.#stopping.signal.aborted) {
      const timer = setTimeout(
        () => {
          this.#retries.delete(timer);
          void this.#deliver(outgoing, retry + 1);
        },
        intervals * settings().retrySeconds * 1000,
      );
      this.#retries.add(timer.unref());
    }
    return reason === undefined ? { status } : { status, reason };
  }

  async #post(url: string, body: string): Promise<Attempt> {
    if (!isLoopback(url)) {
      const reason = "not delivered: the emulator calls loopback addresses only";
      return { status: null, response: "", reason, failure: "connection", again: false };
    }
    const timeout = AbortSignal.timeout(answerTimeoutMs);
    try {
      const answer = await post(url, body, AbortSignal.any([this.#stopping.signal, timeout]));
      if (answer.status === 200) return { ...answer, again: false };
      const reason = `the receiver answered HTTP ${answer.status}; only 200 counts as delivered`;
      return { ...answer, reason, failure: "http", again: true };
    } catch (error) {
      const failure = timeout.aborted ? "timeout" : failureOf(error);
      return { status: null, response: "", reason: describe(error), failure, again: true };
    }
  }
}

/** Why no template is in effect for an app of a domain. */
function whyNoTemplate(now: EmulatorState, domain: string, app: string): string {
  const place = `${domain}/${app}`;
  if (findRule(now, domain, app) ?? findRule(now, domain, "")) return `the rule for ${place} is not in effect yet`;
  const apps = now.rules.filter(({ DomainName }) => DomainName === domain).map(({ AppName }) => AppName);
  const others = apps.length > 0 ? `; the domain has rules for ${apps.join(", ")}` : "";
  return `no rule for ${place}${others}`;
}

/** LVB posts anywhere; an emulator must not talk to the network by surprise. */
function isLoopback(url: string): boolean {
  // A template may hold what is no URL: whether the API checks that is not documented.
  const hostname = URL.parse(url)?.hostname ?? "";
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  // A failed connection to several addresses of one name has a code, but no message.
  return error.message !== "" ? error.message : "code" in error ? String(error.code) : error.name;
}

function failureOf(error: unknown): DeliveryFailure {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (/^(ENOTFOUND|EAI_)/.test(code)) return "dns";
  // OpenSSL's codes of certificates have no prefix in common.
  return /^(EPROTO|ERR_SSL|ERR_TLS)|CERT|SIGNATURE|ISSUER/.test(code) ? "tls" : "connection";
}
