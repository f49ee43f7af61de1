/**
 * A simulated stream push. The streaming side works with the state of `propagation` seconds ago: a new rule delivers
 * nothing yet, an edited template its old URL and key, a deleted rule still.
 */
import { createHash } from "node:crypto";
import type { StreamEvent } from "../receiver";
import { UsageError } from "./errors";
import { post } from "./post";
import type { Settings } from "./settings";
import type { CallbackTemplate, Store } from "./store";
import { findPushDomain, findRule, findTemplate } from "./store";

/** The stream that is pushed; `app` is the AppName in its push URL. */
export interface PushRequest {
  domain: string;
  app: string;
  stream: string;
}

/** An event that a pushed stream caused, and its first delivery. */
export interface PushDelivery {
  /** The API's event_type: 1 push started, 0 push ended. */
  event: 0 | 1;
  url: string;
  /** When it was due, ISO 8601, UTC. */
  due: string;
  /** The HTTP status the receiver answered with; null if it did not. */
  status: number | null;
  /** Why there is no status. */
  reason?: string;
}

/** One attempt to deliver an event, as DescribeCallbackRecordsList tells it. */
export interface CallbackRecord {
  readonly eventTime: number;
  readonly eventType: number;
  readonly stream: string;
  readonly request: string;
  readonly response: string;
  readonly responseTime: number;
  /** 0 for success. */
  readonly resultCode: number;
}

/** EN/38080: a start or end event is tried again every minute, up to 12 times, and an answer may take 20 s. */
const mostRetries = 12;
const answerTimeoutMs = 20_000;
/** EN/38081: the signature is good for ten minutes. */
const signatureSeconds = 600;
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

  constructor(options: PusherOptions) {
    this.#options = options;
  }

  get records(): readonly CallbackRecord[] {
    return this.#records;
  }

  /** Starts and ends a stream; waits for the first delivery of each event. Those that fail are retried in the background. */
  async push({ domain, app, stream }: PushRequest): Promise<PushDelivery[]> {
    const { store, settings, clock } = this.#options;
    if (findPushDomain(store.current, domain) === undefined) {
      throw new UsageError(`${domain} is not an enabled push domain of the account`);
    }
    const effective = store.asOf(clock() - settings().propagation * 1000);
    // The narrower rule wins; "" is a rule for the whole domain.
    const rule = findRule(effective, domain, app) ?? findRule(effective, domain, "");
    const template = rule && findTemplate(effective, rule.TemplateId);
    if (template === undefined) {
      return [];
    }
    // Unlike any other, also after a restart: receivers tell repeated events by it.
    const sequence = String(clock() * 1000 + (++this.#pushes % 1000));
    const deliveries: PushDelivery[] = [];
    for (const event of [1, 0] as const) {
      const url = event === 1 ? template.StreamBeginNotifyUrl : template.StreamEndNotifyUrl;
      if (url !== "") {
        const now = clock();
        const body = this.#event(event, now, { domain, app, stream }, sequence, template);
        deliveries.push({ event, url, due: new Date(now).toISOString(), ...(await this.#deliver(url, body, 0)) });
      }
    }
    return deliveries;
  }

  /** Drops what is still to be delivered. */
  stop(): void {
    this.#stopping.abort();
    for (const timer of this.#retries) {
      clearTimeout(timer);
    }
  }

  #event(
    event: 0 | 1,
    now: number,
    { domain, app, stream }: PushRequest,
    sequence: string,
    { CallbackKey }: CallbackTemplate,
  ): StreamEvent {
    const seconds = Math.floor(now / 1000);
    const t = seconds + signatureSeconds;
    const common = {
      appid: Number(this.#options.accountId),
      app: domain,
      appname: app,
      stream_id: stream,
      channel_id: stream,
      event_time: seconds,
      sequence,
      node: "127.0.0.1",
      user_ip: "127.0.0.1",
      stream_param: "",
      set_id: 2,
      width: 1280,
      height: 720,
      idc_id: 1,
      // Without a key an event carries neither.
      ...(CallbackKey !== "" && { t, sign: createHash("md5").update(`${CallbackKey}${t}`).digest("hex") }),
    };
    return event === 1
      ? { event_type: 1, errcode: 0, errmsg: "ok", ...common }
      : {
          event_type: 0,
          errcode: 1,
          errmsg: "The push client actively stopped the push",
          push_duration: "1000",
          ...common,
        };
  }

  async #deliver(url: string, event: StreamEvent, retry: number): Promise<{ status: number | null; reason?: string }> {
    const { settings, clock } = this.#options;
    const request = JSON.stringify(event);
    const outcome = await this.#post(url, request);
    this.#records.push({
      eventTime: event.event_time * 1000,
      eventType: event.event_type,
      stream: event.stream_id,
      request,
      response: outcome.response,
      responseTime: clock(),
      resultCode: outcome.status === 200 ? 0 : (outcome.status ?? 1),
    });
    this.#records = this.#records.slice(-mostRecords);
    const { status, reason, again } = outcome;
    if (status !== 200 && again && retry < mostRetries && !this.#stopping.signal.aborted) {
      const timer = setTimeout(() => {
        this.#retries.delete(timer);
        void this.#deliver(url, event, retry + 1);
      }, settings().retrySeconds * 1000);
      this.#retries.add(timer.unref());
    }
    return reason === undefined ? { status } : { status, reason };
  }

  async #post(
    url: string,
    body: string,
  ): Promise<{ status: number | null; response: string; reason?: string; again: boolean }> {
    if (!isLoopback(url)) {
      const reason = "not delivered: the emulator calls loopback addresses only";
      return { status: null, response: "", reason, again: false };
    }
    try {
      const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(answerTimeoutMs)]);
      return { ...(await post(url, body, signal)), again: true };
    } catch (error) {
      return { status: null, response: "", reason: describe(error), again: true };
    }
  }
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
