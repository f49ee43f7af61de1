/** Times for people: the time of day, and the time left. */
import { element, fill } from "./elements.mjs";
import { now } from "./feed.mjs";
import { currentLanguage } from "./texts.mjs";

/** @param {string} iso */
export function timeOfDay(iso) {
  const time = new Intl.DateTimeFormat(currentLanguage(), { timeStyle: "medium", hourCycle: "h23" });
  return time.format(Date.parse(iso));
}

/**
 * As 04:12, or 1:04:12.
 *
 * @param {number} ms
 */
export function duration(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (/** @type {number} */ part) => String(part).padStart(2, "0");
  return `${h > 0 ? `${h}:` : ""}${two(m)}:${two(s)}`;
}

/** @param {string} iso */
export function isPast(iso) {
  return Date.parse(iso) <= now();
}

/** @typedef {{ node: Element, draw: () => void }} Ticking */
/** @type {Set<Ticking>} */
const ticking = new Set();

/**
 * A text that is updated each second while it is on the page.
 *
 * @param {() => string} textOf
 */
export function countdown(textOf) {
  const node = element("span.time");
  return tick({ node, draw: () => fill(node, textOf()) });
}

/**
 * A bar that fills from one instant to another.
 *
 * @param {string} label
 * @param {string} from
 * @param {string} until
 */
export function bar(label, from, until) {
  const [begin, end] = [Date.parse(from), Date.parse(until)];
  const node = element("progress", { max: Math.max(1, end - begin), "aria-label": label });
  return tick({ node, draw: () => (node.value = Math.min(node.max, Math.max(0, now() - begin))) });
}

/** @param {Ticking} item */
function tick(item) {
  item.draw();
  ticking.add(item);
  return item.node;
}

/** Updates everything that changes with time. */
export function drawTimes() {
  for (const item of ticking) {
    if (item.node.isConnected) item.draw();
    else ticking.delete(item);
  }
}
