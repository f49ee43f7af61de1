// Samples for the tests of a receiver: what `signEvent` signs, `verifyCallback` accepts.
import { expect, test } from "vitest";
import { idempotencyKey, type SampleType, sampleEvent, signEvent, verifyCallback } from "../../../receiver/index.ts";

const key = "KeyOfTheReceiver1";
const types: SampleType[] = [0, 1, 100, 200, 315, 317, 321, 332, 341];

test.each(types)("a signed sample of type %i is verified, with its type", (type) => {
  const body = JSON.stringify(signEvent(sampleEvent(type), key));
  const verified = verifyCallback(body, key);
  expect(verified).toMatchObject({ ok: true, keyIndex: 0, event: { event_type: type } });
  if (verified.ok) expect(idempotencyKey(verified.event)).not.toBe("");
  expect(verifyCallback(body, "AnotherKey1")).toEqual({ ok: false, reason: "mismatch" });
});

test("a sample has no signature of its own, and takes other values", () => {
  const event = sampleEvent(1, { appname: "lectures", width: 1920 });
  expect(event).toMatchObject({ event_type: 1, appname: "lectures", width: 1920 });
  expect(verifyCallback(event, key)).toMatchObject({ ok: false, reason: "unsigned" });
});

test("a signature expires ten minutes after the given time", () => {
  const now = Date.UTC(2026, 0, 1);
  const event = signEvent(sampleEvent(200), key, now);
  expect(verifyCallback(event, key, { now: now + 599_000 }).ok).toBe(true);
  expect(verifyCallback(event, key, { now: now + 601_000 })).toMatchObject({ ok: false, reason: "expired" });
});
