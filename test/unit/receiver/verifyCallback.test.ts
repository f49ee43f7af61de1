import fc from "fast-check";
import { expect, test } from "vitest";
import type { CallbackEvent } from "../../../receiver/index.ts";
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
  expect(verifyCallback(event, "key1", { now: Number.NaN })).toMatchObject({ ok: false, reason: "expired" });
});

test("a key that is not set signs nothing", () => {
  const keys: string[] = JSON.parse("[null]");
  // md5 of "null" and the time.
  const forged = { event_type: 1, t, sign: "eff84df3cc3d7f468c9fc5fee5cd2ac3" };
  expect(verifyCallback(forged, keys, { now })).toEqual({ ok: false, reason: "mismatch" });
});

test("the event's type tells which fields it has", () => {
  const verified = verifyCallback({ ...event, event_type: 100, video_url: "https://example.com/v" }, "key1", { now });
  const told = (of: CallbackEvent) => {
    switch (of.event_type) {
      case 1:
        return of.app;
      case 100:
        return of.video_url;
      default:
        return of.event_type;
    }
  };
  expect(verified.ok && told(verified.event)).toBe("https://example.com/v");
});

test.each([
  ["no JSON", "{", "malformed"],
  ["no object", "1", "malformed"],
  ["nothing", undefined, "malformed"],
  ["a list", [event], "malformed"],
  ["an empty text", "", "malformed"],
  ["bytes that are no text", Buffer.from([0xff, 0xfe, 0]), "malformed"],
  ["a nesting of 5 million lists", "[".repeat(5_000_000), "malformed"],
  ["no type", { t, sign }, "malformed"],
  ["a type as text", { ...event, event_type: "1" }, "malformed"],
  ["a type that is inherited", JSON.stringify({ t, sign }).replace("{", '{"__proto__":{"event_type":1},'), "malformed"],
  ["no signature", { event_type: 1 }, "unsigned"],
  ["a time as text", { ...event, t: String(t) }, "unsigned"],
  ["a time beyond all", JSON.stringify(event).replace(String(t), "1e999"), "unsigned"],
  ["a signature that is no text", { ...event, sign: { length: 32 } }, "unsigned"],
  ["a signature in other letters", { ...event, sign: "é".repeat(16) }, "mismatch"],
  ["a very long signature", { ...event, sign: sign.repeat(100_000) }, "mismatch"],
  ["a short signature", { ...event, sign: sign.slice(1) }, "mismatch"],
  ["a signature in capitals", { ...event, sign: sign.toUpperCase() }, "mismatch"],
  ["another time", { ...event, t: t + 1 }, "mismatch"],
])("%s is refused", (_, body, reason) => {
  expect(verifyCallback(body, "key1", { now })).toEqual({ ok: false, reason });
});

test("a parsed body that throws when it is read is refused", () => {
  const fail = () => {
    throw new Error("hostile");
  };
  for (const name of ["event_type", "t", "sign"]) {
    const body = Object.defineProperty({ ...event }, name, { get: fail });
    expect(verifyCallback(body, "key1", { now })).toEqual({ ok: false, reason: "malformed" });
  }
  const proxy = new Proxy(event, { has: fail, get: fail });
  expect(verifyCallback(proxy, "key1", { now })).toEqual({ ok: false, reason: "malformed" });
});

test("whatever comes, it answers", () => {
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.json(), fc.string(), fc.uint8Array()), (body) => {
      expect(verifyCallback(body, ["key1", "key2"])).toMatchObject({ ok: false });
    }),
  );
});
