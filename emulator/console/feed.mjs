/** The updates from the emulator: as a stream, or by polling once a second if no stream gets through. */
/** @import { Update, AccountView, ControlsView, AboutView } from "../updates" */
/** @import { Delivery } from "../deliveries" */
/** @import { RequestLogEntry } from "../requestLog" */

/**
 * @typedef {object} Model
 * @property {"connecting" | "live" | "polling" | "lost"} connection
 * @property {AboutView} about
 * @property {AccountView} account
 * @property {ControlsView} controls
 * @property {{ count: number, gone: number, newest: Delivery[] }} deliveries the newest first
 * @property {{ count: number, gone: number, newest: (RequestLogEntry & { number: number })[] }} calls the newest first
 */

const mostItems = 200;
const pollMs = 900;
/** A stream that is silent for so long doesn't get through. */
const patienceMs = 3000;
const retryStreamMs = 30_000;

/** The first update contains everything. @type {Model} */
export const model = /** @type {any} */ ({ connection: "connecting" });

/** @type {string | undefined} */
let cursor;
let clock = { server: Date.now(), here: performance.now() };

/** The emulator's time, in milliseconds since 1970. */
export function now() {
  return clock.server + performance.now() - clock.here;
}

/**
 * Follows the emulator while the page is visible.
 *
 * @param {() => void} changed called after each change of the model
 */
export function follow(changed) {
  /** @type {EventSource | undefined} */
  let stream;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let attempt = 0;

  /** Ends the current connection, and returns the number of the next one. */
  const stop = () => {
    stream?.close();
    stream = undefined;
    clearTimeout(timer);
    return ++attempt;
  };
  /** @param {Update} update @param {Model["connection"]} connection */
  const take = (update, connection) => {
    apply(update);
    model.connection = connection;
    changed();
  };
  const address = () => `/_emulator/updates${cursor === undefined ? "" : `?after=${cursor}`}`;

  const startStream = () => {
    stop();
    stream = new EventSource(address());
    stream.onmessage = ({ data }) => {
      clearTimeout(timer);
      take(JSON.parse(data), "live");
    };
    stream.onerror = () => poll(Date.now());
    timer = setTimeout(() => poll(Date.now()), patienceMs);
  };
  /** @param {number} since */
  const poll = async (since) => {
    const mine = stop();
    try {
      const answer = await fetch(address());
      const update = await answer.json();
      if (mine !== attempt) return;
      take(update, "polling");
    } catch {
      if (mine !== attempt) return;
      model.connection = "lost";
      changed();
    }
    const again = model.connection === "lost" || Date.now() - since > retryStreamMs;
    timer = setTimeout(() => (again ? startStream() : poll(since)), pollMs);
  };

  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : startStream()));
  startStream();
}

/** @param {Update} update */
function apply(update) {
  cursor = update.cursor;
  clock = { server: update.now, here: performance.now() };
  if (update.whole) {
    model.deliveries = { count: 0, gone: 0, newest: [] };
    model.calls = { count: 0, gone: 0, newest: [] };
  }
  if (update.about) model.about = update.about;
  if (update.account) model.account = update.account;
  if (update.controls) model.controls = update.controls;
  if (update.deliveries) {
    const { count, gone, newest } = update.deliveries;
    model.deliveries = {
      count,
      gone,
      newest: [...newest.toReversed(), ...model.deliveries.newest].slice(0, mostItems),
    };
  }
  if (update.calls) {
    const { count, gone, newest } = update.calls;
    const fresh = newest.map((call, index) => ({ ...call, number: count - newest.length + index + 1 })).reverse();
    const kept = [...fresh, ...model.calls.newest].filter(({ number }) => number > gone);
    model.calls = { count, gone, newest: kept.slice(0, mostItems) };
  }
}
