/** Every attempt to deliver an event: for DescribeCallbackRecordsList, and for those who look at them one by one. */
import type { SignatureCheck, SignatureVerdict } from "./callbackSignature";
import { checkSignature } from "./callbackSignature";
import { UsageError } from "./errors";
import type { EventType } from "./events";

/** Why an attempt failed. `http`: the receiver answered with another status than 200. @internal */
export type DeliveryFailure = "dns" | "connection" | "tls" | "timeout" | "http";

/** An event on its way to a URL. @internal */
export interface Outgoing {
  readonly type: EventType;
  /** When it happened, in milliseconds since 1970. */
  readonly at: number;
  readonly domain: string;
  readonly app: string;
  readonly stream: string;
  readonly url: string;
  readonly body: string;
  readonly templateId: number;
  /** How often it was sent. */
  attempts: number;
}

/** What became of one attempt. @internal */
export interface Outcome {
  readonly status: number | null;
  readonly response: string;
  readonly responseHeaders: Readonly<Record<string, string>>;
  /** Why it was not delivered. */
  readonly reason?: string;
  /** Undefined for success. */
  readonly failure?: DeliveryFailure;
}

/** One attempt; DescribeCallbackRecordsList shows it as the dialects say. @internal */
export interface CallbackRecord extends Outcome {
  readonly outgoing: Outgoing;
  /** Of all attempts. */
  readonly number: number;
  /** 1 for the first. */
  readonly attempt: number;
  readonly sentAt: number;
  readonly responseTime: number;
  /** When it is tried again; undefined if it is not. */
  readonly nextAttemptAt: number | undefined;
  /** The key of the template that was in effect then. */
  readonly key: string;
  readonly verdict: SignatureVerdict;
}

/** An attempt to deliver an event. Times are ISO 8601, UTC. */
export interface Delivery {
  /** Counts all attempts, from 1. */
  number: number;
  event: EventType;
  domain: string;
  app: string;
  stream: string;
  templateId: number;
  url: string;
  /** 1 for the first. */
  attempt: number;
  /** The HTTP status the receiver answered with; null if it did not. */
  status: number | null;
  /** Why it was not delivered. */
  reason?: string;
  sentAt: string;
  answeredAt: string;
  /** When it is tried again; null if it is not. */
  nextAttemptAt: string | null;
  /** What a receiver makes of the signature that has the key in effect at that time. */
  signature: SignatureVerdict;
}

/** Everything of an attempt. The key is in it. */
export interface DeliveryDetail extends Delivery {
  request: { headers: Record<string, string>; body: string };
  answer: { headers: Readonly<Record<string, string>>; body: string } | null;
  /** With the key in effect at the time, and, if another one is set by now, with that one. */
  checks: (SignatureCheck & { key: string })[];
}

/** Which deliveries are listed, the newest first. */
export interface DeliveryQuery {
  /** Those with a lower number. */
  before?: number | undefined;
  limit?: number | undefined;
  /** Those whose domain, app, stream or URL contains it. */
  text?: string | undefined;
  failed?: boolean | undefined;
}

const mostKept = 10_000;

/** The newest attempts. @internal */
export class Deliveries {
  #records: CallbackRecord[] = [];
  #count = 0;

  /** Of all attempts so far. */
  get count(): number {
    return this.#count;
  }

  /** How many of them are not kept any more. */
  get gone(): number {
    return this.#count - this.#records.length;
  }

  /** The newest, in their order. */
  get records(): readonly CallbackRecord[] {
    return this.#records;
  }

  add(record: Omit<CallbackRecord, "number" | "verdict">): CallbackRecord {
    const { verdict } = checkSignature(record.outgoing.body, record.key, record.responseTime);
    const added = { ...record, number: ++this.#count, verdict };
    this.#records.push(added);
    if (this.#records.length > mostKept) this.#records.shift();
    return added;
  }

  /** Those that came after the first `number` attempts, the newest `most` of them, in their order. */
  after(number: number, most: number): Delivery[] {
    const fresh = Math.min(most, this.#count - number, this.#records.length);
    return fresh > 0 ? this.#records.slice(-fresh).map(present) : [];
  }

  list({ before = Number.POSITIVE_INFINITY, limit = 100, text = "", failed = false }: DeliveryQuery): Delivery[] {
    const found: Delivery[] = [];
    for (let index = this.#records.length - 1; index >= 0 && found.length < limit; index--) {
      const record = this.#records[index];
      if (record === undefined || record.number >= before || (failed && record.failure === undefined)) continue;
      const { domain, app, stream, url } = record.outgoing;
      if ([`${domain}/${app}/${stream}`, url].some((place) => place.includes(text))) found.push(present(record));
    }
    return found;
  }

  find(number: number): CallbackRecord {
    const first = this.#records[0]?.number ?? 0;
    const record = this.#records[number - first];
    if (record === undefined) throw new UsageError(`there is no delivery ${number}`);
    return record;
  }

  /** @param keyNow the key that the template has by now */
  detail(number: number, keyNow: string): DeliveryDetail {
    const record = this.find(number);
    const { body, url } = record.outgoing;
    const keys = keyNow === "" ? [record.key] : [...new Set([record.key, keyNow])];
    return {
      ...present(record),
      request: {
        headers: {
          Host: URL.parse(url)?.host ?? "",
          "Content-Type": "application/json",
          "Content-Length": String(Buffer.byteLength(body)),
        },
        body,
      },
      answer: record.status === null ? null : { headers: record.responseHeaders, body: record.response },
      checks: keys.map((key) => ({ key, ...checkSignature(body, key, record.responseTime) })),
    };
  }
}

/** As it is shown to those who look. @internal */
export function present(record: CallbackRecord): Delivery {
  const { number, attempt, status, reason, sentAt, responseTime, nextAttemptAt, verdict, outgoing } = record;
  const { type, domain, app, stream, templateId, url } = outgoing;
  return {
    number,
    event: type,
    domain,
    app,
    stream,
    templateId,
    url,
    attempt,
    status,
    ...(reason !== undefined && { reason }),
    sentAt: iso(sentAt),
    answeredAt: iso(responseTime),
    nextAttemptAt: nextAttemptAt === undefined ? null : iso(nextAttemptAt),
    signature: verdict,
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
