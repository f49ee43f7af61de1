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

export interface StreamBeginEvent extends StreamFields {
  event_type: 1;
}

export interface StreamEndEvent extends StreamFields {
  event_type: 0;
  /** In milliseconds. */
  push_duration: string;
}

/** A stream was started or ended. */
export type StreamEvent = StreamBeginEvent | StreamEndEvent;

/** A recording is complete. */
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
  session_id: string;
  seq: number;
}

/** A recording has problems. */
export interface RecordExceptionEvent extends SignedFields {
  event_type: 341;
  exception_level: string;
  exception: unknown;
}

/** The events that a callback template can order. LVB may send more fields than these, and in time other events. */
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

export interface VerifyOptions {
  /** The time, in milliseconds since 1970. */
  now?: number;
  /** How long after its expiry a signature is still taken: late retries carry old ones. Default 0. */
  toleranceSeconds?: number;
}

export type Verification =
  | { ok: true; event: CallbackEvent /** Which of the keys it was signed with. */; keyIndex: number }
  | {
      ok: false;
      /** `malformed`: no JSON object with an event_type; `unsigned`: no `sign` or `t`; `mismatch`: none of the keys. */
      reason: "malformed" | "unsigned" | "expired" | "mismatch";
    };

/**
 * Tells whether a callback was signed with one of the keys – several, while a key is being replaced. The signature does
 * not cover the body, so it proves who sent it, not what; and one event may come more than once.
 *
 * @param body the request's body, as text or parsed
 */
export function verifyCallback(
  body: unknown,
  keys: string | readonly string[],
  options: VerifyOptions = {},
): Verification {
  const { now = Date.now(), toleranceSeconds = 0 } = options;
  const event = parseEvent(body);
  if (event === undefined) {
    return { ok: false, reason: "malformed" };
  }
  const { t, sign } = event;
  if (typeof t !== "number" || typeof sign !== "string") {
    return { ok: false, reason: "unsigned" };
  }
  const keyIndex = (typeof keys === "string" ? [keys] : keys).findIndex((key) => isSignature(sign, key, t));
  if (keyIndex < 0) {
    return { ok: false, reason: "mismatch" };
  }
  return now / 1000 > t + toleranceSeconds ? { ok: false, reason: "expired" } : { ok: true, event, keyIndex };
}

function parseEvent(body: unknown): CallbackEvent | undefined {
  try {
    const value: unknown = typeof body === "string" || body instanceof Uint8Array ? JSON.parse(textOf(body)) : body;
    return isEvent(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function textOf(body: string | Uint8Array): string {
  return typeof body === "string" ? body : new TextDecoder().decode(body);
}

function isEvent(value: unknown): value is CallbackEvent {
  return typeof value === "object" && value !== null && "event_type" in value && typeof value.event_type === "number";
}

function isSignature(sign: string, key: string, t: number): boolean {
  // An empty key would make a signature that anyone can make.
  const expected = Buffer.from(createHash("md5").update(`${key}${t}`).digest("hex"));
  const given = Buffer.from(sign);
  return key !== "" && given.length === expected.length && timingSafeEqual(given, expected);
}
