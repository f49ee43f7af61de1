/** A token bucket for the calls of one second. */
export class Throttle {
  #tokens = Number.POSITIVE_INFINITY;
  #filledAt = 0;

  /** Whether one more call is within the rate; `perSecond` null for no limit. */
  admits(perSecond: number | null, now: number): boolean {
    if (perSecond === null) {
      return true;
    }
    const capacity = Math.max(1, perSecond);
    this.#tokens = Math.min(capacity, this.#tokens + ((now - this.#filledAt) / 1000) * perSecond);
    this.#filledAt = now;
    if (this.#tokens < 1) {
      return false;
    }
    this.#tokens -= 1;
    return true;
  }
}
