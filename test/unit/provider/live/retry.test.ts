import { expect, test } from "vitest";
import type { ErrorKind } from "../../../../provider/live/errors.ts";
import { LiveError } from "../../../../provider/live/errors.ts";
import type { Repeatable, RetryClock } from "../../../../provider/live/retry.ts";
import { withRetry } from "../../../../provider/live/retry.ts";

interface Run {
  /** What each attempt meets; the last one is met for ever. */
  fails: readonly (ErrorKind | "success")[];
  repeatable: Repeatable;
  timeoutMs?: number;
  random?: number;
  /** How long an attempt takes. */
  attemptMs?: number;
}

/** Runs it on a clock that only sleeping and attempts move. */
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

test("what succeeds is called once", async () => {
  expect(await run({ fails: ["success"], repeatable: "always" })).toMatchObject({ outcome: "done", attempts: 1 });
});

test.each(["always", "ifRefused"] as const)("a throttled call is repeated (%s)", async (repeatable) => {
  const { outcome, attempts } = await run({ fails: ["throttled", "throttled", "throttled", "success"], repeatable });
  expect({ outcome, attempts }).toEqual({ outcome: "done", attempts: 4 });
});

test.each(["transient", "ambiguous"] as const)("%s: repeated only if the call may be", async (kind) => {
  expect(await run({ fails: [kind, "success"], repeatable: "always" })).toMatchObject({ outcome: "done", attempts: 2 });
  const once = await run({ fails: [kind, "success"], repeatable: "ifRefused" });
  expect(once).toMatchObject({ outcome: { kind, message: "attempt 1" }, attempts: 1, sleeps: [] });
});

test.each(["notFound", "inUse", "invalid", "auth", "suspended", "unknown"] as const)(
  "%s is never repeated",
  async (kind) => {
    expect(await run({ fails: [kind], repeatable: "always" })).toMatchObject({ attempts: 1, sleeps: [] });
  },
);

test("what is no failure of the API is not repeated", async () => {
  let attempts = 0;
  const defect = () => {
    attempts++;
    return Promise.reject(new TypeError("defect"));
  };
  await expect(withRetry(defect, "always", 1000)).rejects.toThrow(TypeError);
  expect(attempts).toBe(1);
});

test("faults are tried four times, and the last failure is told", async () => {
  const { outcome, attempts } = await run({ fails: ["ambiguous"], repeatable: "always" });
  expect(attempts).toBe(4);
  expect(outcome).toMatchObject({ message: "attempt 4" });
});

test("throttling is given up within four time-outs, other faults within two", async () => {
  for (const attemptMs of [0, 700, 15_000]) {
    const throttled = await run({ fails: ["throttled"], repeatable: "ifRefused", attemptMs });
    expect(throttled.outcome).toMatchObject({ kind: "throttled" });
    expect(throttled.tookMs - attemptMs).toBeLessThan(60_000);
    const faulty = await run({ fails: ["transient"], repeatable: "always", attemptMs });
    expect(faulty.tookMs - attemptMs).toBeLessThan(30_000);
  }
});

test("throttling is retried for most of the budget", async () => {
  const { tookMs, attempts } = await run({ fails: ["throttled"], repeatable: "always" });
  expect(tookMs).toBeGreaterThan(50_000);
  expect(attempts).toBeGreaterThan(10);
});

test("a time-out of the process shrinks the budget with it", async () => {
  const { tookMs } = await run({ fails: ["throttled"], repeatable: "always", timeoutMs: 1000 });
  expect(tookMs).toBeLessThan(4000);
  // A pause that would end with the budget is not worth it.
  expect((await run({ fails: ["throttled"], repeatable: "always", timeoutMs: 125 })).sleeps).toEqual([]);
});

test("the pause is full jitter: from nothing up to a ceiling that doubles to five seconds", async () => {
  const fails = [...Array<ErrorKind>(6).fill("throttled"), "success" as const];
  const ceilings = [500, 1000, 2000, 4000, 5000, 5000];
  expect((await run({ fails, repeatable: "always" })).sleeps).toEqual(ceilings);
  expect((await run({ fails, repeatable: "always", random: 0.5 })).sleeps).toEqual(ceilings.map((ms) => ms / 2));
  expect((await run({ fails, repeatable: "always", random: 0 })).sleeps).toEqual(ceilings.map(() => 0));
  expect((await run({ fails: ["transient"], repeatable: "always" })).sleeps).toEqual([200, 400, 800]);
});
