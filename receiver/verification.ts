import { createHash, timingSafeEqual } from "node:crypto";
import type { CallbackEvent } from "./events";

/** Options of `verifyCallback`. */
export interface VerifyOptions {
  /** The time, in milliseconds since 1970. Default: now. */
  now?: number;
  /**
   * For how many seconds after its expiry a signature is still accepted. A signature is good for ten minutes and LVB
   * retries for longer, so 600 lets late retries in. Default: 0.
   */
  toleranceSeconds?: number;
}

/** Why `verifyCallback` refuses a callback. */
export type RefusalReason =
  /** The body is not a JSON object with an `event_type`. */
  | "malformed"
  /** The body has no `sign` or no `t`, or one that can't be any. */
  | "unsigned"
  /** None of the keys made the signature. */
  | "mismatch"
  /** One of the keys made the signature, but it has expired. */
  | "expired";

/** The result of `verifyCallback`. */
export type Verification =
  | {
      ok: true;
      event: CallbackEvent;
      /** Which of the keys made the signature. */
      keyIndex: number;
    }
  | {
      ok: false;
      reason: "unsigned";
      /** Anyone can have sent it. It is here because image moderation (317) and push errors (321) may be unsigned. */
      event: CallbackEvent;
    }
  | { ok: false; reason: Exclude<RefusalReason, "unsigned"> };

/**
 * Verifies that a callback is signed with one of the keys. While you replace a key, give both: until the change is in
 * effect, events may be signed with either. It doesn't throw, whatever the body is.
 *
 * The signature doesn't cover the body: it proves who sent the event, not what is in it. Nor does it prove that the event
 * is new: see `idempotencyKey`.
 *
 * @param body the body of the request: text, bytes or a parsed object. All of the signature is in it, none in a header
 * @param keys the callback key, or several; white space around a key is ignored, and so is an empty key
 */
export function verifyCallback(
  body: unknown,
  keys: string | readonly string[],
  options: VerifyOptions = {},
): Verification {
  const { now = Date.now(), toleranceSeconds = 0 } = options;
  const received = read(body);
  if (received === undefined) {
    return { ok: false, reason: "malformed" };
  }
  const { event, t, sign } = received;
  if (!isTime(t) || typeof sign !== "string" || sign === "") {
    return { ok: false, reason: "unsigned", event };
  }
  const keyIndex = (typeof keys === "string" ? [keys] : keys).findIndex((key) => isSignature(sign, key, t));
  if (keyIndex < 0) {
    return { ok: false, reason: "mismatch" };
  }
  // Not the other way round, so that NaN is never in time.
  const inTime = now / 1000 <= Number(t) + toleranceSeconds;
  return inTime ? { ok: true, event, keyIndex } : { ok: false, reason: "expired" };
}

function read(body: unknown): { event: CallbackEvent; t: unknown; sign: unknown } | undefined {
  try {
    const text = textOf(body);
    const value: unknown = text === undefined ? body : JSON.parse(text);
    // Read once and in here, since a parsed body may have getters.
    return isEvent(value) ? { event: value, t: value.t, sign: value.sign } : undefined;
  } catch {
    return undefined;
  }
}

/** Without a byte-order mark, which `TextDecoder` drops by itself. Undefined for a body that is already parsed. */
function textOf(body: unknown): string | undefined {
  if (typeof body === "string") return body.replace(/^\uFEFF/, "");
  if (body instanceof ArrayBuffer) return new TextDecoder().decode(body);
  // Unlike `instanceof`, true of a Buffer from another realm as well, as test runners have them.
  if (!ArrayBuffer.isView(body)) return undefined;
  return new TextDecoder().decode(new Uint8Array(body.buffer, body.byteOffset, body.byteLength));
}

function isEvent(value: unknown): value is CallbackEvent {
  return typeof value === "object" && value !== null && "event_type" in value && Number.isSafeInteger(value.event_type);
}

/** `t` is a number in today's documentation, decimal text in that of 2017. */
function isTime(t: unknown): t is number | string {
  return Number.isSafeInteger(t) || (typeof t === "string" && /^\d{1,15}$/.test(t));
}

function isSignature(sign: string, key: unknown, t: number | string): boolean {
  // An empty key, or one that isn't set, would accept a signature that anyone can make.
  const secret = typeof key === "string" ? key.trim() : "";
  if (secret === "" || !/^[0-9a-f]{32}$/i.test(sign)) return false;
  const expected = createHash("md5").update(`${secret}${t}`).digest();
  return timingSafeEqual(expected, Buffer.from(sign, "hex"));
}
