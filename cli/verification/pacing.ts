/** Keeps any number of calls below a rate. */
export type Pace = () => Promise<void>;

/** Each wait ends at least `1 / perSecond` after the one before, plus a margin for network jitter. */
export function pace(
  perSecond: number,
  now: () => number = () => performance.now(),
  sleep: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
): Pace {
  const apart = 1100 / perSecond;
  let next = 0;
  return async () => {
    const at = Math.max(next, now());
    next = at + apart;
    if (at > now()) await sleep(at - now());
  };
}
