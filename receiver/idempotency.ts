import { createHash } from "node:crypto";
import type { CallbackEvent } from "./events";

/**
 * A key that is the same for every delivery of one event and different for different events: LVB delivers each event at
 * least once, so skip events with a key that you have seen.
 *
 * The start and the end of a push are identified by `event_type` and `sequence`. Other events have no id of their own –
 * push errors carry a `sequence`, but all carry the same – and are identified by their content, without what changes
 * between attempts: the signature and `sendTime`.
 */
export function idempotencyKey(event: CallbackEvent): string {
  return `${event.event_type}:${sequenceOf(event) ?? contentDigest(event)}`;
}

function sequenceOf(event: CallbackEvent): string | undefined {
  if (event.event_type !== 0 && event.event_type !== 1) return undefined;
  const sequence: unknown = event.sequence;
  // A number that isn't safe was rounded when the body was parsed.
  const text = typeof sequence === "string" || Number.isSafeInteger(sequence) ? String(sequence) : "";
  // Zeros stand for no sequence, as in push errors.
  return /^0*$/.test(text) ? undefined : text;
}

/**
 * Independent of the order of the fields. Walks the content with a list instead of recursion, because JSON may be nested
 * deeper than the stack.
 */
function contentDigest(event: CallbackEvent): string {
  const fields: Record<string, unknown> = { ...event };
  const { t: _t, sign: _sign, sendTime: _sendTime, ...content } = fields;
  const hash = createHash("sha256");
  const pending: unknown[] = [content];
  while (pending.length > 0) {
    const value = pending.pop();
    if (Array.isArray(value)) {
      hash.update(`[${value.length}\n`);
      for (const entry of value) pending.push(entry);
    } else if (typeof value === "object" && value !== null) {
      const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
      hash.update(`{${entries.length}\n`);
      for (const entry of entries) pending.push(...entry);
    } else {
      hash.update(`${typeof value === "string" ? JSON.stringify(value) : String(value)}\n`);
    }
  }
  return hash.digest("hex");
}
