/**
 * When and for how long a failed call is tried again: full jitter, capped, within a time budget. The caller says whether
 * a call may be repeated: the two Create actions have no client token.
 */
import { LiveError } from "./errors";

/** Whether a call may be repeated after a failure with an unknown result, or only after a refusal. */
export type Repeatable = "always" | "ifRefused";

const baseDelayMs = { throttled: 500, other: 200 } as const;
const longestDelayMs = 5_000;
const attemptsAfterFaults = 4;

export interface RetryClock {
  now(): number;
  sleep(ms: number): Promise<void>;
  random(): number;
}

export const realClock: RetryClock = {
  now: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: Math.random,
};

/**
 * Runs `attempt` until it succeeds, fails for good, or the time budget is used up. A throttled call had no effect, so
 * every call is repeated, for up to four request time-outs. Other faults are repeated for two, if the call may be
 * repeated. So every handler ends within two minutes, even if each of its calls hangs.
 */
export async function withRetry<T>(
  attempt: () => Promise<T>,
  repeatable: Repeatable,
  requestTimeoutMs: number,
  clock: RetryClock = realClock,
): Promise<T> {
  const start = clock.now();
  let throttles = 0;
  let faults = 0;
  let firstFaultAt: number | undefined;
  for (;;) {
    const begun = clock.now();
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof LiveError)) throw error;
      const throttled = error.kind === "throttled";
      const fault = error.kind === "transient" || error.kind === "ambiguous";
      const mayRepeat = throttled || (fault && repeatable === "always" && faults + 1 < attemptsAfterFaults);
      if (!mayRepeat) throw error;
      if (fault) firstFaultAt ??= begun;
      const ceiling = throttled ? baseDelayMs.throttled * 2 ** throttles++ : baseDelayMs.other * 2 ** faults++;
      const delay = clock.random() * Math.min(longestDelayMs, ceiling);
      const end = Math.min(start + 4 * requestTimeoutMs, (firstFaultAt ?? Infinity) + 2 * requestTimeoutMs);
      if (clock.now() + delay >= end) throw error;
      await clock.sleep(delay);
    }
  }
}
