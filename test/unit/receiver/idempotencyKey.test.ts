import { expect, test } from "vitest";
import type { CallbackEvent } from "../../../receiver/index.ts";
import { idempotencyKey, verifyCallback } from "../../../receiver/index.ts";

// md5 of "key1" and the time, computed with md5sum.
const t = 1_767_312_600;
const sign = "b64751a6f9a0c568ba41f4aaf84bd63e";

/** As it comes: parsed, and with a signature that holds. */
function received(fields: object): CallbackEvent {
  const verified = verifyCallback({ t, sign, ...fields }, "key1", { now: t * 1000 });
  if (!verified.ok) throw new Error(verified.reason);
  return verified.event;
}

test("start and end of a push share their sequence, not their key", () => {
  const begin = received({ event_type: 1, sequence: "7037777160241646428" });
  const end = received({ event_type: 0, sequence: "7037777160241646428" });
  expect([idempotencyKey(begin), idempotencyKey(end)]).toEqual(["1:7037777160241646428", "0:7037777160241646428"]);
});

test("it is the same for every delivery of an event, though signed anew", () => {
  for (const fields of [
    { event_type: 1, sequence: "1", user_ip: "10.0.0.1" },
    { event_type: 100, file_id: "f", start_time: 1 },
  ]) {
    const first = received(fields);
    expect(idempotencyKey({ ...first, t: t + 60, sign: "another" })).toBe(idempotencyKey(first));
  }
});

test("events without a sequence are told apart by their content", () => {
  const key = (fields: object) => idempotencyKey(received(fields));
  expect(key({ event_type: 100, file_id: "f" })).not.toBe(key({ event_type: 100, file_id: "g" }));
  expect(key({ event_type: 100, stream_id: "s" })).not.toBe(key({ event_type: 200, stream_id: "s" }));
  expect(key({ event_type: 1, stream_id: "a", sequence: "" })).not.toBe(key({ event_type: 1, stream_id: "b" }));
});

test("no sequence makes it throw, nor does the depth of the event", () => {
  for (const sequence of [null, {}, { toString: 1 }, [], "", 5]) {
    expect(idempotencyKey(received({ event_type: 1, sequence }))).toMatch(/^1:\w+$/);
  }
  const deep: object = JSON.parse(`${"[".repeat(100_000)}${"]".repeat(100_000)}`);
  expect(idempotencyKey(received({ event_type: 321, deep }))).toMatch(/^321:\w+$/);
});
