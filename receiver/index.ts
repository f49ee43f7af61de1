/** For the side that receives LVB's event callbacks: what the events look like, and whether one is genuine. */
import { createHash, timingSafeEqual } from "node:crypto";

/** What every signed event carries; without a callback key there is neither `t` nor `sign`. */
export interface SignedFields {
  /** When the signature expires, in seconds since 1970. */
  t?: number;
  /** MD5 of callback key and `t`, in lower-case hex. */
  sign?: string;
}

interface StreamFields extends SignedFields {
  appid: number;
  /** The push domain. */
  app: string;
  /** The AppName of the push URL. */
  appname: string;
  stream_id: string;
  channel_id: string;
  /** In seconds since 1970. */
  event_time: number;
  /** The same for the start and the end of one push. */
  sequence: string;
  node: string;
  user_ip: string;
  stream_param: string;
  errcode: number;
  errmsg: string;
  set_id: number;
  width: number;
  height: number;
  idc_id?: number;
}

/** A push started. */
export interface StreamBeginEvent extends StreamFields {
  event_type: 1;
}

/** A push ended. */
export interface StreamEndEvent extends StreamFields {
  event_type: 0;
  /** In milliseconds. */
  push_duration: string;
}

/** A stream was started or ended. */
export type StreamEvent = StreamBeginEvent | StreamEndEvent;

/** A recording is complete, and its file there. */
export interface RecordEvent extends SignedFields {
  event_type: 100;
  app: string;
  appname: string;
  stream_id: string;
  channel_id: string;
  file_id: string;
  record_file_id: string;
  file_format: string;
  task_id: string;
  start_time: number;
  end_time: number;
  duration: number;
  file_size: number;
  video_url: string;
}

/** A snapshot was taken. */
export interface SnapshotEvent extends SignedFields {
  event_type: 200;
  stream_id: string;
  channel_id: string;
  create_time: number;
  file_size: number;
  width: number;
  height: number;
  pic_url: string;
  pic_full_url: string;
}

/** The audio of a stream looks suspicious. */
export interface AudioAuditEvent extends SignedFields {
  event_type: 315;
  domain: string;
  path: string;
}

/** A picture of a stream looks suspicious; the one event that names its fields in camelCase. */
export interface ImageAuditEvent extends SignedFields {
  event_type: 317;
  streamId: string;
  channelId: string;
}

/** A push has problems. */
export interface PushExceptionEvent extends SignedFields {
  event_type: 321;
  domain: string;
  path: string;
  abnormal_event: unknown[];
  report_interval: number;
}

/** A recording started, paused, resumed, failed or ended. */
export interface RecordStatusEvent extends SignedFields {
  event_type: 332;
  domain: string;
  appname: string;
  record_event:
    | "record_start_succeeded"
    | "record_start_failed"
    | "record_paused"
    | "record_resumed"
    | "record_error"
    | "record_ended";
  stream_id: string;
  session_id: string;
  seq: string;
}

/** A recording has problems. */
export interface RecordExceptionEvent extends SignedFields {
  event_type: 341;
  stream_id: string;
  session_id: string;
  exception_level: string;
  exception: { type: number; occurs: number; desc: string };
}

/**
 * The events that a callback template can order, told apart by `event_type`. This is what LVB documents, not what was
 * checked: it may send more fields than these, and URLs set in the console order other events. Leave a default for them.
 */
export type CallbackEvent =
  | StreamBeginEvent
  | StreamEndEvent
  | RecordEvent
  | SnapshotEvent
  | AudioAuditEvent
  | ImageAuditEvent
  | PushExceptionEvent
  | RecordStatusEvent
  | RecordExceptionEvent;

/** How `verifyCallback` takes the time. */
export interface VerifyOptions {
  /** The time, in milliseconds since 1970. Default the present. */
  now?: number;
  /**
   * How long after its expiry a signature is still taken. A signature is good for ten minutes and LVB goes on trying for
   * longer, so 600 lets its late retries in. Default 0.
   */
  toleranceSeconds?: number;
}

/** Why a callback is refused; `expired` is told only of a signature that was made with one of the keys. */
export type RefusalReason =
  /** No JSON object with an `event_type`. */
  | "malformed"
  /** No `sign` or no `t`. */
  | "unsigned"
  /** Signed with none of the keys. */
  | "mismatch"
  | "expired";

/** What `verifyCallback` found. */
export type Verification =
  | {
      ok: true;
      event: CallbackEvent;
      /** Which of the keys it was signed with. */
      keyIndex: number;
    }
  | { ok: false; reason: RefusalReason };

/**
 * Tells whether a callback was signed with one of the keys. While a key is being replaced, give both: until the change
 * is in effect events come signed with either. Whatever the body is, this does not throw.
 *
 * The signature does not cover the body, so it proves who sent it, not what; and one event may come more than once
 * (`idempotencyKey`).
 *
 * @param body the request's body, as text, as bytes or parsed
 */
export function verifyCallback(
  body: unknown,
  keys: string | readonly string[],
  options: VerifyOptions = {},
): Verification {
  const { now = Date.now(), toleranceSeconds = 0 } = options;
  const signed = readSigned(body);
  if (signed === undefined) {
    return { ok: false, reason: "malformed" };
  }
  const { event, t, sign } = signed;
  if (typeof t !== "number" || !Number.isSafeInteger(t) || typeof sign !== "string") {
    return { ok: false, reason: "unsigned" };
  }
  const keyIndex = (typeof keys === "string" ? [keys] : keys).findIndex((key) => isSignature(sign, key, t));
  if (keyIndex < 0) {
    return { ok: false, reason: "mismatch" };
  }
  // So that a time that is no number is never in time.
  const inTime = now / 1000 <= t + toleranceSeconds;
  return inTime ? { ok: true, event, keyIndex } : { ok: false, reason: "expired" };
}

/**
 * The same for each delivery of an event, and different for different events: LVB delivers at least once. It is made of
 * `event_type` and `sequence`, or, since only the start and the end of a push have a sequence, of the content without
 * the signature.
 */
export function idempotencyKey(event: CallbackEvent): string {
  const sequence: unknown = "sequence" in event ? event.sequence : undefined;
  const hasSequence = (typeof sequence === "string" && sequence !== "") || typeof sequence === "number";
  return `${event.event_type}:${hasSequence ? sequence : digest(event)}`;
}

function digest({ t: _t, sign: _sign, ...content }: CallbackEvent): string {
  let text = "";
  try {
    text = JSON.stringify(content);
  } catch {
    // Nested deeper than the stack; LVB sends nothing of the kind, so these may all count as one.
  }
  return createHash("sha256").update(text).digest("hex");
}

function readSigned(body: unknown): { event: CallbackEvent; t: unknown; sign: unknown } | undefined {
  try {
    const value: unknown = typeof body === "string" || body instanceof Uint8Array ? JSON.parse(textOf(body)) : body;
    // Read once and in here, since a parsed body may have getters.
    return isEvent(value) ? { event: value, t: value.t, sign: value.sign } : undefined;
  } catch {
    return undefined;
  }
}

function textOf(body: string | Uint8Array): string {
  return typeof body === "string" ? body : new TextDecoder().decode(body);
}

function isEvent(value: unknown): value is CallbackEvent {
  return typeof value === "object" && value !== null && "event_type" in value && Number.isSafeInteger(value.event_type);
}

function isSignature(sign: string, key: string, t: number): boolean {
  const expected = Buffer.from(createHash("md5").update(`${key}${t}`).digest("hex"));
  const given = Buffer.from(sign);
  // An empty key, or one that is not set, would make a signature that anyone can make.
  return Boolean(key) && given.length === expected.length && timingSafeEqual(given, expected);
}
