/**
 * A simulated stream push. The streaming side uses the state of `propagation` seconds ago: until then a new rule delivers
 * nothing, an edited template uses its old URL and key, and a deleted rule still delivers.
 */
import type { CallbackRecord, Delivery, DeliveryFailure, Outcome, Outgoing } from "./deliveries";
import { Deliveries, present } from "./deliveries";
import { UsageError } from "./errors";
import { type EventType, makeEvent, urlFieldOf } from "./events";
import { whyNotFired } from "./firing";
import { isLoopbackName } from "./loopback";
import { post } from "./post";
import type { Settings } from "./settings";
import type { EmulatorState, Store } from "./store";
import { findPushDomain, findRule, findTemplate } from "./store";
import { formatUtc } from "./times";

/** The stream to push; `app` is the AppName in its push URL. */
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
  /** The receiver's HTTP status; null without an answer. */
  status: number | null;
  /** Why it was not delivered. */
  reason?: string;
  /** The number of the attempt, if there was one. */
  delivery?: number;
}

interface Attempt extends Outcome {
  again: boolean;
}

/** EN/38080: an event is tried again every minute, up to 12 times, a snapshot every two minutes, up to 5 times. */
const retries = { most: 12, intervals: 1 };
const snapshotRetries = { most: 5, intervals: 2 };
const unanswered = { status: null, response: "", responseHeaders: {} };
/** How long an answer may take. */
const answerTimeoutMs = 20_000;

/** @internal */
export interface PusherOptions {
  store: Store;
  settings: () => Settings;
  clock: () => number;
  accountId: string;
}

/** @internal */
export class Pusher {
  readonly #options: PusherOptions;
  readonly #stopping = new AbortController();
  readonly #retries = new Map<Outgoing, NodeJS.Timeout>();
  readonly deliveries = new Deliveries();
  #pushes = 0;

  constructor(options: PusherOptions) {
    this.#options = options;
  }

  /** Starts and ends a stream; waits for the first delivery of each event. Failed ones are retried in the background. */
  async push({ domain, app, stream, events }: PushRequest): Promise<PushDelivery[]> {
    const { store, settings, clock, accountId } = this.#options;
    if (findPushDomain(store.current, domain) === undefined) {
      throw new UsageError(`${domain} is not an enabled push domain of the account`);
    }
    const startedAt = clock();
    const effective = store.inEffect(settings().propagation * 1000);
    // A rule for the app overrides one for the whole domain ("").
    const rule = findRule(effective, domain, app) ?? findRule(effective, domain, "");
    const template = rule && findTemplate(effective, rule.TemplateId);
    // Unique, even after a restart: receivers recognize repeated events by it.
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
        const { TemplateId: templateId } = template;
        const outgoing = { type, at: now, domain, app, stream, url, body, templateId, attempts: 0 };
        deliveries.push({ event: type, url, due, ...summary(await this.#deliver(outgoing, template.CallbackKey)) });
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

  /** Sends an event again, unchanged, as its next attempt. */
  async redeliver(number: number): Promise<Delivery> {
    const { outgoing, key } = this.deliveries.find(number);
    return present(await this.#deliver(outgoing, key));
  }

  /** Cancels all pending retries. */
  stop(): void {
    this.#stopping.abort();
    for (const timer of this.#retries.values()) {
      clearTimeout(timer);
    }
  }

  async #deliver(outgoing: Outgoing, formerKey: string): Promise<CallbackRecord> {
    const { settings, clock, store } = this.#options;
    clearTimeout(this.#retries.get(outgoing));
    this.#retries.delete(outgoing);
    const attempt = ++outgoing.attempts;
    const sentAt = clock();
    const { again, ...outcome } = await this.#post(outgoing.url, outgoing.body);
    const responseTime = clock();
    const inEffect = findTemplate(store.inEffect(settings().propagation * 1000), outgoing.templateId);
    const key = inEffect?.CallbackKey ?? formerKey;
    const { most, intervals } = outgoing.type === 200 ? snapshotRetries : retries;
    const retry = again && attempt <= most && !this.#stopping.signal.aborted;
    const delay = intervals * settings().retrySeconds * 1000;
    if (retry) {
      clearTimeout(this.#retries.get(outgoing));
      this.#retries.set(outgoing, setTimeout(() => void this.#deliver(outgoing, key), delay).unref());
    }
    const nextAttemptAt = retry ? responseTime + delay : undefined;
    return this.deliveries.add({ outgoing, attempt, sentAt, responseTime, nextAttemptAt, key, ...outcome });
  }

  async #post(url: string, body: string): Promise<Attempt> {
    if (!isLoopback(url)) {
      const reason = "not delivered: the emulator calls loopback addresses only";
      return { ...unanswered, reason, failure: "connection", again: false };
    }
    const timeout = AbortSignal.timeout(answerTimeoutMs);
    try {
      const answer = await post(url, body, AbortSignal.any([this.#stopping.signal, timeout]));
      if (answer.status === 200) return { ...answer, again: false };
      const reason = `the receiver answered HTTP ${answer.status}; only 200 counts as delivered`;
      return { ...answer, reason, failure: "http", again: true };
    } catch (error) {
      const failure = timeout.aborted ? "timeout" : failureOf(error);
      return { ...unanswered, reason: describe(error), failure, again: true };
    }
  }
}

function summary({ status, reason, number }: CallbackRecord): Pick<PushDelivery, "status" | "reason" | "delivery"> {
  return { status, ...(reason !== undefined && { reason }), delivery: number };
}

/** Why no template is in effect for an app of a domain. */
function whyNoTemplate(now: EmulatorState, domain: string, app: string): string {
  const place = `${domain}/${app}`;
  if (findRule(now, domain, app) ?? findRule(now, domain, "")) return `the rule for ${place} is not in effect yet`;
  const apps = now.rules.filter(({ DomainName }) => DomainName === domain).map(({ AppName }) => AppName);
  const others = apps.length > 0 ? `; the domain has rules for ${apps.join(", ")}` : "";
  return `no rule for ${place}${others}`;
}

/** Whether the URL is on this machine. LVB posts anywhere; an emulator must not send data to the network. */
function isLoopback(url: string): boolean {
  // A template may contain an invalid URL: the documentation doesn't say whether the API checks it.
  return isLoopbackName(URL.parse(url)?.hostname ?? "");
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
