import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { verifyCallback } from "../../../receiver/index.ts";

// md5 of "key1" and the time, computed with md5sum.
const t = 1_767_312_600;
const sign = "b64751a6f9a0c568ba41f4aaf84bd63e";
const event = { event_type: 1, stream_id: "s", t, sign };
const json = JSON.stringify(event);
const now = (t - 600) * 1000;

describe("accepts a signed event", () => {
  test.each([
    ["as text", json],
    ["as bytes", Buffer.from(json)],
    ["as an ArrayBuffer", new Uint8Array(Buffer.from(json)).buffer],
    ["as a view of bytes", new DataView(new Uint8Array(Buffer.from(json)).buffer)],
    ["as a parsed object", event],
    ["as text with a byte-order mark", `\uFEFF${json}`],
    ["as bytes with a byte-order mark", Buffer.from(`\uFEFF${json}`)],
  ])("%s", (_, body) => {
    expect(verifyCallback(body, "key1", { now })).toEqual({ ok: true, event, keyIndex: 0 });
  });

  test.each([
    ["a time as decimal text", { ...event, t: String(t) }],
    ["a signature in upper case", { ...event, sign: sign.toUpperCase() }],
  ])("with %s, and returns it as it is", (_, body) => {
    expect(verifyCallback(JSON.stringify(body), "key1", { now })).toEqual({ ok: true, event: body, keyIndex: 0 });
  });
});

describe("keys", () => {
  test("any of several keys can have signed it", () => {
    expect(verifyCallback(event, ["key2", "key1"], { now })).toMatchObject({ ok: true, keyIndex: 1 });
    expect(verifyCallback(event, ["key2", "key3"], { now })).toEqual({ ok: false, reason: "mismatch" });
    expect(verifyCallback(event, [], { now })).toEqual({ ok: false, reason: "mismatch" });
  });

  test.each(["key1\n", "key1\r\n", " key1 ", "\tkey1", "\uFEFFkey1"])(
    "white space around a key doesn't matter: %j",
    (key) => {
      expect(verifyCallback(event, key, { now })).toMatchObject({ ok: true, keyIndex: 0 });
      expect(verifyCallback(event, ["key2", key], { now })).toMatchObject({ ok: true, keyIndex: 1 });
    },
  );

  // md5 of the time alone, of a new line and the time, and of "null" and the time.
  test.each([
    ["", "863eb887b8371448fe3bfc5a639f0cc1"],
    ["\n", "2973a98e83c00f8fcd74da49d6a5e944"],
    [null, "eff84df3cc3d7f468c9fc5fee5cd2ac3"],
  ])("an empty key, or one that isn't set, verifies nothing: %j", (key, forgedSign) => {
    // As a JavaScript program passes a setting that doesn't exist.
    const keys: string[] = JSON.parse(JSON.stringify([key]));
    for (const forged of [forgedSign, "863eb887b8371448fe3bfc5a639f0cc1"]) {
      expect(verifyCallback({ ...event, sign: forged }, keys, { now })).toEqual({ ok: false, reason: "mismatch" });
    }
  });
});

test("a signature expires, unless the tolerance covers it", () => {
  expect(verifyCallback(event, "key1", { now: t * 1000 })).toMatchObject({ ok: true });
  expect(verifyCallback(event, "key1", { now: (t + 1) * 1000 })).toEqual({ ok: false, reason: "expired" });
  expect(verifyCallback(event, "key1", { now: (t + 60) * 1000, toleranceSeconds: 60 })).toMatchObject({ ok: true });
  expect(verifyCallback(event, "key1")).toEqual({ ok: false, reason: "expired" });
  expect(verifyCallback(event, "key1", { now: Number.NaN })).toEqual({ ok: false, reason: "expired" });
  const asText = { ...event, t: String(t) };
  expect(verifyCallback(asText, "key1", { now: (t + 1) * 1000 })).toEqual({ ok: false, reason: "expired" });
});

test.each([
  ["text that isn't JSON", "{", "malformed"],
  ["JSON that isn't an object", "1", "malformed"],
  ["nothing", undefined, "malformed"],
  ["a list", [event], "malformed"],
  ["an empty text", "", "malformed"],
  ["a byte-order mark alone", "\uFEFF", "malformed"],
  ["a byte-order mark that isn't at the start", ` \uFEFF${json}`, "malformed"],
  ["bytes that aren't text", Buffer.from([0xff, 0xfe, 0]), "malformed"],
  ["5 million nested lists", "[".repeat(5_000_000), "malformed"],
  ["an object without a type", { t, sign }, "malformed"],
  ["a type as text", { ...event, event_type: "1" }, "malformed"],
  ["an inherited type", JSON.stringify({ t, sign }).replace("{", '{"__proto__":{"event_type":1},'), "malformed"],
  ["a signature of other characters", { ...event, sign: "é".repeat(16) }, "mismatch"],
  ["a very long signature", { ...event, sign: sign.repeat(100_000) }, "mismatch"],
  ["a short signature", { ...event, sign: sign.slice(1) }, "mismatch"],
  ["another time", { ...event, t: t + 1 }, "mismatch"],
  ["another form of the same time", { ...event, t: `0${t}` }, "mismatch"],
])("refuses %s", (_, body, reason) => {
  expect(verifyCallback(body, "key1", { now })).toEqual({ ok: false, reason });
});

test.each([
  ["no signature", { event_type: 321 }],
  ["no time", { event_type: 317, sign }],
  ["an empty signature", { event_type: 1, t, sign: "" }],
  ["a signature that isn't text", { event_type: 1, t, sign: { length: 32 } }],
  ["a time that isn't a number", { event_type: 1, t: "soon", sign }],
  ["a time that begins with something else", { event_type: 1, t: `-${t}`, sign }],
  ["a time that ends with something else", { event_type: 1, t: `${t}s`, sign }],
  ["a time in a list", { event_type: 1, t: [String(t)], sign }],
  ["a time too large for a number", { event_type: 1, t: Number.POSITIVE_INFINITY, sign }],
])("refuses an event with %s as unsigned, but returns it", (_, body) => {
  expect(verifyCallback(body, "key1", { now })).toEqual({ ok: false, reason: "unsigned", event: body });
});

test("refuses a parsed body that throws when it is read", () => {
  const fail = () => {
    throw new Error("hostile");
  };
  for (const name of ["event_type", "t", "sign"]) {
    const body = Object.defineProperty({ ...event }, name, { get: fail });
    expect(verifyCallback(body, "key1", { now })).toEqual({ ok: false, reason: "malformed" });
  }
  const proxy = new Proxy(event, { has: fail, get: fail, getPrototypeOf: fail });
  expect(verifyCallback(proxy, "key1", { now })).toEqual({ ok: false, reason: "malformed" });
});

test("never throws, whatever it gets", () => {
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.json(), fc.string(), fc.uint8Array()), (body) => {
      expect(verifyCallback(body, ["key1", "key2"])).toMatchObject({ ok: false });
    }),
  );
});
