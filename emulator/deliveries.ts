/** Every attempt to deliver an event, for DescribeCallbackRecordsList and the admin interface. */
import type { SignatureCheck, SignatureVerdict } from "./callbackSignature";
import { checkSignature } from "./callbackSignature";
import { UsageError } from "./errors";
import type { EventType } from "./events";

/** Why an attempt failed. `http`: the receiver answered with a status other than 200. @internal */
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
  /** How many times it was sent. */
  attempts: number;
}

/** The outcome of one attempt. @internal */
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
  /** The number of the attempt among all attempts. */
  readonly number: number;
  /** 1 for the first. */
  readonly attempt: number;
  readonly sentAt: number;
  readonly responseTime: number;
  /** When it is tried again; undefined if never. */
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
  /** The receiver's HTTP status; null without an answer. */
  status: number | null;
  /** Why it was not delivered. */
  reason?: string;
  sentAt: string;
  answeredAt: string;
  /** When it is tried again; null if never. */
  nextAttemptAt: string | null;
  /** The check of the signature, with the key that was in effect then. */
  signature: SignatureVerdict;
}

/** All details of an attempt. Contains the callback key. */
export interface DeliveryDetail extends Delivery {
  request: { headers: Record<string, string>; body: string };
  answer: { headers: Readonly<Record<string, string>>; body: string } | null;
  /** The check with the key in effect at the time, and also with the current key if it is different. */
  checks: (SignatureCheck & { key: string })[];
}

/** Which deliveries to list, newest first. */
export interface DeliveryQuery {
  /** Only deliveries with a lower number. */
  before?: number | undefined;
  limit?: number | undefined;
  /** Only deliveries with this text in the domain, app, stream or URL. */
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

  /** How many older ones were dropped. */
  get gone(): number {
    return this.#count - this.#records.length;
  }

  /** The newest attempts, in order. */
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

  /** The attempts after the first `number` ones, at most the newest `most`, in order. */
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
    if (record === undefined) throw new UsageError(`delivery ${number} does not exist`);
    return record;
  }

  /** @param keyNow the template's current key */
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

/** The public form of an attempt. @internal */
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
