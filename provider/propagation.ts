/**
 * The propagation window of LVB as pure functions over timestamps.
 *
 * A change of a callback template or of a rule takes effect 5 to 10 minutes later, and no API reports progress
 * (https://www.tencentcloud.com/document/product/267/31065, …/267/31074). So a change has three fixed instants, and its
 * status is computed from them and the clock. The status is never stored: in a state it would look like drift.
 */

/** The fixed instants of one change, ISO 8601 in UTC. They move only when the object is changed again. */
export interface Propagation {
  /** When the change was written. */
  changedAt: string;
  /** The change may be in effect from this time: five minutes after it, unless the window is set otherwise. */
  earliestEffectiveAt: string;
  /** The change is in effect everywhere from this time: ten minutes after it, unless the window is set otherwise. */
  effectiveAt: string;
}

/** `propagating`: not in effect yet. `settling`: in effect in some places. `effective`: in effect everywhere. */
export type PropagationState = "propagating" | "settling" | "effective";

/** The status of a change at some moment. */
export interface PropagationStatus {
  state: PropagationState;
  /** Milliseconds until the change is in effect everywhere; 0 once it is. */
  remainingMs: number;
}

/** The documented upper end of the window, in seconds: the default of the setting `propagationSeconds`. */
export const defaultPropagationSeconds = 600;

/** How far a server's time may differ from the stored one and still mean the same change. */
const sameChangeMs = 2 * 60_000;

/** The instants of a change written at `changedAt` (milliseconds), for a window of `seconds`. */
export function propagationOf(changedAt: number, seconds: number): Propagation {
  return {
    changedAt: new Date(changedAt).toISOString(),
    earliestEffectiveAt: new Date(changedAt + seconds * 500).toISOString(),
    effectiveAt: new Date(changedAt + seconds * 1000).toISOString(),
  };
}

/**
 * The status of a change at `now` (a Date, or milliseconds since 1970).
 *
 * An edit of a template affects every push domain bound to it: pass both propagations, and the later one decides. An
 * object without a known change counts as effective (an imported template has no server time).
 */
export function propagationStatus(
  changes: Propagation | undefined | readonly (Propagation | undefined)[],
  now: Date | number = Date.now(),
): PropagationStatus {
  const known = [changes].flat().filter((change) => change !== undefined);
  const moment = Number(now);
  const effectiveAt = latest(known.map((change) => change.effectiveAt));
  const earliestEffectiveAt = latest(known.map((change) => change.earliestEffectiveAt));
  const remainingMs = Math.max(0, effectiveAt - moment);
  const state = remainingMs === 0 ? "effective" : moment < earliestEffectiveAt ? "propagating" : "settling";
  return { state, remainingMs };
}

/**
 * The propagation to store after a refresh has read the server's time of the last change: the stored one if both mean
 * the same change, so that no instant moves without a change; otherwise a new one.
 */
export function reconcilePropagation(
  stored: Propagation | undefined,
  serverTime: number | undefined,
  seconds: number,
): Propagation | undefined {
  if (serverTime === undefined) return stored;
  if (stored && Math.abs(Date.parse(stored.changedAt) - serverTime) <= sameChangeMs) return stored;
  return propagationOf(serverTime, seconds);
}

/**
 * Milliseconds since 1970 of a time as the API writes it, or undefined if the text isn't one. Two formats are documented,
 * both in Beijing time: `2018-09-12 15:52:01` and `2022-05-16T10:59:38+08:00`.
 */
export function parseServerTime(text: unknown): number | undefined {
  if (typeof text !== "string") return undefined;
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(Z|[+-]\d\d:\d\d)?$/.exec(text.trim());
  if (!match) return undefined;
  const time = Date.parse(`${match[1]}T${match[2]}${match[3] ?? "+08:00"}`);
  return Number.isNaN(time) ? undefined : time;
}

function latest(instants: readonly string[]): number {
  return Math.max(0, ...instants.map((instant) => Date.parse(instant)));
}
