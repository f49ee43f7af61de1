import { expect, test } from "vitest";
import { verifyCallback } from "../../../receiver/index.ts";

// md5 of "key1" and the time, computed with md5sum.
const t = 1_767_312_600;
const sign = "b64751a6f9a0c568ba41f4aaf84bd63e";
const event = { event_type: 1, stream_id: "s", t, sign };
const now = (t - 600) * 1000;

test("a signed event is taken, as text, bytes or parsed", () => {
  for (const body of [event, JSON.stringify(event), Buffer.from(JSON.stringify(event))]) {
    expect(verifyCallback(body, "key1", { now })).toEqual({ ok: true, event, keyIndex: 0 });
  }
});

test("any of several keys will do", () => {
  expect(verifyCallback(event, ["key2", "key1"], { now })).toMatchObject({ ok: true, keyIndex: 1 });
  expect(verifyCallback(event, ["key2", ""], { now })).toEqual({ ok: false, reason: "mismatch" });
  expect(verifyCallback(event, [], { now })).toEqual({ ok: false, reason: "mismatch" });
});

test("an empty key signs nothing", () => {
  const forged = { event_type: 1, t, sign: "863eb887b8371448fe3bfc5a639f0cc1" };
  expect(verifyCallback(forged, "", { now })).toEqual({ ok: false, reason: "mismatch" });
});

test("a signature ends with its time, give or take what is tolerated", () => {
  expect(verifyCallback(event, "key1", { now: t * 1000 })).toMatchObject({ ok: true });
  expect(verifyCallback(event, "key1", { now: (t + 1) * 1000 })).toEqual({ ok: false, reason: "expired" });
  expect(verifyCallback(event, "key1", { now: (t + 60) * 1000, toleranceSeconds: 60 })).toMatchObject({ ok: true });
  expect(verifyCallback(event, "key1")).toMatchObject({ ok: false, reason: "expired" });
});

test.each([
  ["no JSON", "{", "malformed"],
  ["no object", "1", "malformed"],
  ["nothing", undefined, "malformed"],
  ["no type", { t, sign }, "malformed"],
  ["no signature", { event_type: 1 }, "unsigned"],
  ["a time as text", { ...event, t: String(t) }, "unsigned"],
  ["a short signature", { ...event, sign: sign.slice(1) }, "mismatch"],
  ["a signature in capitals", { ...event, sign: sign.toUpperCase() }, "mismatch"],
  ["another time", { ...event, t: t + 1 }, "mismatch"],
])("%s is refused", (_, body, reason) => {
  expect(verifyCallback(body, "key1", { now })).toEqual({ ok: false, reason });
});
