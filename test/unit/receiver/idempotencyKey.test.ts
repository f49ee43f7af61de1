import { expect, test } from "vitest";
import { idempotencyKey, verifyCallback } from "../../../receiver/index.ts";

// md5 of "key1" and the time, computed with md5sum.
const t = 1_767_312_600;
const signature = { t, sign: "b64751a6f9a0c568ba41f4aaf84bd63e" };
const laterSignature = { t: t + 60, sign: "0a9168c7d86dbd9ed0c4553bdbaa15e1" };

/** The key of a body that is verified, or unsigned. */
function key(body: object): string {
  const verified = verifyCallback(JSON.stringify(body), "key1", { now: t * 1000 });
  if (!verified.ok && verified.reason !== "unsigned") throw new Error(verified.reason);
  return idempotencyKey(verified.event);
}

const pushErrors = {
  event_type: 321,
  domain: "push.example.com",
  path: "live",
  stream_id: "s",
  sequence: "000000000000000000",
  data_time: 1_767_312_000_000,
  abnormal_event: [{ type: 6, count: 1, detail: [{ desc: "interval=3046(msec)", occur_time: 1_767_311_999_000 }] }],
};

test("start and end of a push share their sequence, not their key", () => {
  expect(key({ event_type: 1, sequence: "7037777160241646428" })).toBe("1:7037777160241646428");
  expect(key({ event_type: 0, sequence: "7037777160241646428" })).toBe("0:7037777160241646428");
});

test("push errors have different keys, though all carry the same sequence", () => {
  const later = { ...pushErrors, data_time: pushErrors.data_time + 5000 };
  expect(key(later)).not.toBe(key(pushErrors));
});

test("a sequence identifies only the start and the end of a push", () => {
  const recording = { event_type: 100, sequence: "7037777160241646428", file_id: "f" };
  expect(key({ ...recording, file_id: "g" })).not.toBe(key(recording));
});

test.each([
  ["a push", { event_type: 1, sequence: "1", user_ip: "192.0.2.1" }],
  ["a recording", { event_type: 100, file_id: "f", start_time: 1 }],
  ["image moderation", { event_type: 317, streamId: "s", img: "https://example.com/1.jpg", sendTime: 1_767_312_000 }],
  ["push errors", pushErrors],
  ["an event of a type that isn't documented", { event_type: 999, stream_id: "s" }],
])("every delivery of %s has the same key, however it is signed and whenever it is sent", (_, event) => {
  const sentAgain = "sendTime" in event && { sendTime: 1_767_312_060 };
  for (const again of [{ ...signature, t: String(t) }, laterSignature, {}]) {
    expect(key({ ...event, ...again, ...sentAgain })).toBe(key({ ...event, ...signature }));
  }
});

test("the order of fields doesn't matter, at any depth; the order of a list does", () => {
  const sorted = { event_type: 341, exception: { desc: "d", occurs: 1, type: -8 }, stream_id: "s" };
  const shuffled = { stream_id: "s", exception: { type: -8, desc: "d", occurs: 1 }, event_type: 341 };
  expect(key(shuffled)).toBe(key(sorted));
  expect(key({ event_type: 317, type: [1, 6] })).not.toBe(key({ event_type: 317, type: [6, 1] }));
});

test("different content has a different key", () => {
  expect(key({ event_type: 100, file_id: "f" })).not.toBe(key({ event_type: 200, file_id: "f" }));
  const contents = [12, "12", [1, 2], ["1", "2"], [12], [[1], 2], [[1, 2]], [], {}, { a: 1 }, ["a", 1], { a: "1" }];
  const more = [null, "null", true, "true", "", "\n", '"', { a: {}, b: 1 }, { a: { b: 1 } }, { b: 1 }, [{ b: 1 }]];
  const keys = [...contents, ...more].map((content) => key({ event_type: 200, content }));
  expect(new Set(keys).size).toBe(keys.length);
});

test.each<[string, unknown]>([
  ["empty", ""],
  ["all zeros", "000"],
  ["null", null],
  ["an object", { toString: 1 }],
  ["a list", []],
  ["a number that was rounded", Number("6674468118806626493")],
])("a push with a sequence that is %s is identified by its content", (_, sequence) => {
  expect(key({ event_type: 1, sequence, stream_id: "a" })).toMatch(/^1:[0-9a-f]{64}$/);
  expect(key({ event_type: 1, sequence, stream_id: "a" })).not.toBe(key({ event_type: 1, sequence, stream_id: "b" }));
});

test("deeply nested events have different keys", () => {
  const nested = (text: string) => `{"event_type":321,"detail":${"[".repeat(100_000)}"${text}"${"]".repeat(100_000)}}`;
  const [one, other] = ["a", "b"].map((text) => idempotencyKey(JSON.parse(nested(text))));
  expect(one).toMatch(/^321:[0-9a-f]{64}$/);
  expect(other).not.toBe(one);
});
