/** Settings that can change while the emulator runs. */
export interface Settings {
  /** How long each API call waits before it runs, in milliseconds. */
  latency: number;
  /** How long a change takes until streams see it, in seconds. LVB says 5 to 10 minutes. */
  propagation: number;
  /** API calls per second above which RequestLimitExceeded is answered; null for no limit. */
  throttle: number | null;
  /** The interval between attempts of a failed callback, in seconds; twice as long for a snapshot. */
  retrySeconds: number;
  /** Hosts that do not resolve: a callback URL there is InvalidParameter.UrlNotSafe. Hosts under `.invalid` never do. */
  unresolvedHosts: readonly string[];
}

/** @internal */
export const defaultSettings: Settings = {
  latency: 0,
  propagation: 600,
  throttle: null,
  retrySeconds: 60,
  unresolvedHosts: [],
};
