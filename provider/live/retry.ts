/**
 * When and how long a failed call is tried again: full jitter, capped, within a budget of wall-clock time.
 * Whether a call may be repeated at all is the caller's knowledge: the two Creates have no client token.
 */
import { LiveError } from "./errors";

/** Which calls may be repeated after a failure that leaves open whether they took effect. */
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
 * Runs `attempt` until it succeeds, fails for good, or the budget is spent. A throttled call was refused, so it may be
 * repeated whatever it does, for four request time-outs; other faults for two, if the call may be repeated: so every
 * handler ends within two minutes, though each of its calls hangs.
 */
export async function withRetry<T>(
  attempt: () => Promise<T>,
  repeatable: Repeatable,
  requestTimeoutMs: number,
  clock: RetryClock = realClock,
): Promise<T> {
  const start = clock.now();
  for (let failures = 0; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof LiveError)) throw error;
      const throttled = error.kind === "throttled";
      const fault = error.kind === "transient" || error.kind === "ambiguous";
      const mayRepeat = throttled || (fault && repeatable === "always" && failures + 1 < attemptsAfterFaults);
      if (!mayRepeat) throw error;
      const ceiling = (throttled ? baseDelayMs.throttled : baseDelayMs.other) * 2 ** failures;
      const delay = clock.random() * Math.min(longestDelayMs, ceiling);
      const budget = requestTimeoutMs * (throttled ? 4 : 2);
      if (clock.now() - start + delay >= budget) throw error;
      await clock.sleep(delay);
    }
  }
}
