import { createHash, timingSafeEqual } from "node:crypto";
import type { CallbackEvent } from "./events";

/** Options of `verifyCallback`. */
export interface VerifyOptions {
  /** The time, in milliseconds since 1970. Default: now. */
  now?: number;
  /**
   * How many seconds after its expiry a signature is still accepted. A signature is valid for ten minutes, and LVB retries
   * for longer, so 600 accepts late retries. Default: 0.
   */
  toleranceSeconds?: number;
}

/** Why `verifyCallback` refuses a callback. */
export type RefusalReason =
  /** The body is not a JSON object with an `event_type`. */
  | "malformed"
  /** The body has no valid `sign` or `t`. */
  | "unsigned"
  /** The signature matches none of the keys. */
  | "mismatch"
  /** The signature matches one of the keys, but it has expired. */
  | "expired";

/** The result of `verifyCallback`. */
export type Verification =
  | {
      ok: true;
      event: CallbackEvent;
      /** The index of the key that the signature matches. */
      keyIndex: number;
    }
  | {
      ok: false;
      reason: "unsigned";
      /** Anyone can send an unsigned event. It is included because image moderation (317) and push errors (321) may be unsigned. */
      event: CallbackEvent;
    }
  | { ok: false; reason: Exclude<RefusalReason, "unsigned"> };

/**
 * Verifies that a callback is signed with one of the keys. While you replace a key, pass both: until the change is in
 * effect, events may be signed with either. It never throws, whatever the body is.
 *
 * The signature doesn't cover the body: it proves who sent the event, not that its content is unchanged or that the event
 * is new. To recognize repeated events, see `idempotencyKey`.
 *
 * @param body the body of the request: text, bytes or a parsed object. It contains the whole signature; there is no header
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
  // Written this way round, so that NaN counts as expired.
  const inTime = now / 1000 <= Number(t) + toleranceSeconds;
  return inTime ? { ok: true, event, keyIndex } : { ok: false, reason: "expired" };
}

function read(body: unknown): { event: CallbackEvent; t: unknown; sign: unknown } | undefined {
  try {
    const text = textOf(body);
    const value: unknown = text === undefined ? body : JSON.parse(text);
    // Read once, and inside `try`, since a parsed body may have getters.
    return isEvent(value) ? { event: value, t: value.t, sign: value.sign } : undefined;
  } catch {
    return undefined;
  }
}

/** The text without a byte-order mark, which `TextDecoder` drops itself. Undefined for a parsed body. */
function textOf(body: unknown): string | undefined {
  if (typeof body === "string") return body.replace(/^\uFEFF/, "");
  if (body instanceof ArrayBuffer) return new TextDecoder().decode(body);
  // Unlike `instanceof`, this also accepts a Buffer from another realm, as in test runners.
  if (!ArrayBuffer.isView(body)) return undefined;
  return new TextDecoder().decode(new Uint8Array(body.buffer, body.byteOffset, body.byteLength));
}

function isEvent(value: unknown): value is CallbackEvent {
  return typeof value === "object" && value !== null && "event_type" in value && Number.isSafeInteger(value.event_type);
}

/** `t` is a number in the current documentation, and decimal text in that of 2017. */
function isTime(t: unknown): t is number | string {
  return Number.isSafeInteger(t) || (typeof t === "string" && /^\d{1,15}$/.test(t));
}

function isSignature(sign: string, key: unknown, t: number | string): boolean {
  // With an empty or missing key, anyone could create a valid signature.
  const secret = typeof key === "string" ? key.trim() : "";
  if (secret === "" || !/^[0-9a-f]{32}$/i.test(sign)) return false;
  const expected = createHash("md5").update(`${secret}${t}`).digest();
  return timingSafeEqual(expected, Buffer.from(sign, "hex"));
}
