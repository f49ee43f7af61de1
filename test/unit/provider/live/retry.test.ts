import { expect, test } from "vitest";
import type { ErrorKind } from "../../../../provider/live/errors.ts";
import { LiveError } from "../../../../provider/live/errors.ts";
import type { Repeatable, RetryClock } from "../../../../provider/live/retry.ts";
import { withRetry } from "../../../../provider/live/retry.ts";

interface Run {
  /** The result of each attempt; the last one repeats. */
  fails: readonly (ErrorKind | "success")[];
  repeatable: Repeatable;
  timeoutMs?: number;
  random?: number;
  /** The duration of an attempt. */
  attemptMs?: number;
}

/** Runs on a clock that only pauses and attempts move. */
async function run({ fails, repeatable, timeoutMs = 15_000, random = 1, attemptMs = 0 }: Run) {
  let now = 1000;
  let attempts = 0;
  const sleeps: number[] = [];
  const clock: RetryClock = {
    now: () => now,
    sleep: async (ms) => {
      sleeps.push(ms);
      now += ms;
    },
    random: () => random,
  };
  const attempt = async () => {
    const kind = fails[Math.min(attempts, fails.length - 1)] ?? "success";
    attempts++;
    now += attemptMs;
    if (kind !== "success") throw new LiveError(`attempt ${attempts}`, { kind });
    return "done";
  };
  const outcome = await withRetry(attempt, repeatable, timeoutMs, clock).catch((error: unknown) => error);
  return { outcome, attempts, sleeps, tookMs: now - 1000 };
}

test("a call that succeeds is sent once", async () => {
  expect(await run({ fails: ["success"], repeatable: "always" })).toMatchObject({ outcome: "done", attempts: 1 });
});

test.each(["always", "ifRefused"] as const)("a throttled call is retried (%s)", async (repeatable) => {
  const { outcome, attempts } = await run({ fails: ["throttled", "throttled", "throttled", "success"], repeatable });
  expect({ outcome, attempts }).toEqual({ outcome: "done", attempts: 4 });
});

test.each(["transient", "ambiguous"] as const)(
  "a failure of kind %s is retried only if the call may be repeated",
  async (kind) => {
    expect(await run({ fails: [kind, "success"], repeatable: "always" })).toMatchObject({
      outcome: "done",
      attempts: 2,
    });
    const once = await run({ fails: [kind, "success"], repeatable: "ifRefused" });
    expect(once).toMatchObject({ outcome: { kind, message: "attempt 1" }, attempts: 1, sleeps: [] });
  },
);

test.each(["notFound", "inUse", "invalid", "auth", "suspended", "unknown"] as const)(
  "a failure of kind %s is never retried",
  async (kind) => {
    expect(await run({ fails: [kind], repeatable: "always" })).toMatchObject({ attempts: 1, sleeps: [] });
  },
);

test("an error that doesn't come from the API is not retried", async () => {
  let attempts = 0;
  const defect = () => {
    attempts++;
    return Promise.reject(new TypeError("defect"));
  };
  await expect(withRetry(defect, "always", 1000)).rejects.toThrow(TypeError);
  expect(attempts).toBe(1);
});

test("a faulty call is sent four times, and fails with the last error", async () => {
  const { outcome, attempts } = await run({ fails: ["ambiguous"], repeatable: "always" });
  expect(attempts).toBe(4);
  expect(outcome).toMatchObject({ message: "attempt 4" });
});

test("retries end within four timeouts if throttled, within two otherwise", async () => {
  for (const attemptMs of [0, 700, 15_000]) {
    const throttled = await run({ fails: ["throttled"], repeatable: "ifRefused", attemptMs });
    expect(throttled.outcome).toMatchObject({ kind: "throttled" });
    expect(throttled.tookMs - attemptMs).toBeLessThan(60_000);
    const faulty = await run({ fails: ["transient"], repeatable: "always", attemptMs });
    expect(faulty.tookMs - attemptMs).toBeLessThan(30_000);
  }
});

test("a fault after throttled attempts is retried as often as one without", async () => {
  const fails = [
    ...Array<ErrorKind>(6).fill("throttled"),
    ...Array<ErrorKind>(3).fill("transient"),
    "success" as const,
  ];
  const { attempts, sleeps } = await run({ fails, repeatable: "always" });
  expect(attempts).toBe(10);
  expect(sleeps.slice(6)).toEqual([200, 400, 800]);
});

test("throttled calls are retried for most of the budget", async () => {
  const { tookMs, attempts } = await run({ fails: ["throttled"], repeatable: "always" });
  expect(tookMs).toBeGreaterThan(50_000);
  expect(attempts).toBeGreaterThan(10);
});

test("a shorter timeout shrinks the budget", async () => {
  const { tookMs } = await run({ fails: ["throttled"], repeatable: "always", timeoutMs: 1000 });
  expect(tookMs).toBeLessThan(4000);
  // There is no pause that would last until the end of the budget.
  expect((await run({ fails: ["throttled"], repeatable: "always", timeoutMs: 125 })).sleeps).toEqual([]);
});

test("pauses are random, up to a ceiling that doubles to five seconds", async () => {
  const fails = [...Array<ErrorKind>(6).fill("throttled"), "success" as const];
  const ceilings = [500, 1000, 2000, 4000, 5000, 5000];
  expect((await run({ fails, repeatable: "always" })).sleeps).toEqual(ceilings);
  expect((await run({ fails, repeatable: "always", random: 0.5 })).sleeps).toEqual(ceilings.map((ms) => ms / 2));
  expect((await run({ fails, repeatable: "always", random: 0 })).sleeps).toEqual(ceilings.map(() => 0));
  expect((await run({ fails: ["transient"], repeatable: "always" })).sleeps).toEqual([200, 400, 800]);
});
