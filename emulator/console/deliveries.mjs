/** Deliveries: a list of all attempts, and the details of the selected one. */
/** @import { Delivery } from "../deliveries" */
/** @import { SignatureVerdict } from "../callbackSignature" */
import { send } from "./admin.mjs";
import { deliveryDetail } from "./delivery.mjs";
import { element, field, fill, list, select, textInput, value } from "./elements.mjs";
import { model } from "./feed.mjs";
import { eventName, t } from "./texts.mjs";
import { timeOfDay } from "./times.mjs";

const pageSize = 100;

/** @type {Readonly<Record<SignatureVerdict, string>>} */
const colours = { valid: "good", expired: "wait", mismatch: "bad", unsigned: "" };

/** @param {Delivery} delivery */
function row({ number, event, domain, app, stream, url, attempt, status, sentAt, signature }) {
  return element(
    "li",
    element(
      "a.row",
      { href: `#deliveries/${number}`, id: `delivery-${number}` },
      element(
        "span.spread",
        element("span.strong", eventName(event)),
        element("time.time", { datetime: sentAt }, timeOfDay(sentAt)),
      ),
      element(
        "span.spread",
        value(`${domain}/${app}/${stream}`),
        element(
          "span.tags",
          attempt > 1 && element("span.tag", t("attempt", { n: attempt })),
          element(`span.tag.${colours[signature]}`, t(`${signature}Short`)),
          element(`span.tag.${status === 200 ? "good" : "bad"}`, status ? `HTTP ${status}` : t("noAnswer")),
        ),
      ),
      value(url, "url"),
    ),
  );
}

/** Up and down move through the rows. @param {Event} event */
function moveByArrows(event) {
  if (!(event instanceof KeyboardEvent) || !(event.target instanceof Element)) return;
  const item = event.target.closest("li");
  const next = { ArrowDown: item?.nextElementSibling, ArrowUp: item?.previousElementSibling }[event.key];
  const link = next?.querySelector("a");
  if (!link) return;
  event.preventDefault();
  link.focus();
}

export function deliveriesView() {
  const text = textInput({ type: "search", oninput: () => look(0) });
  const which = select(
    [
      ["", t("whichAll")],
      ["true", t("whichFailed")],
    ],
    { onchange: () => look(0) },
  );
  const rows = element("ol.deliveries", { onkeydown: moveByArrows });
  const said = element("p.hint");
  const newest = element("button", { type: "button", onclick: () => look(0) }, t("newest"));
  const older = element("button", { type: "button", onclick: () => look(shown().at(-1)?.number ?? 0) }, t("older"));
  const detail = deliveryDetail();
  const node = element(
    "div.columns",
    element(
      "section.stack",
      { "aria-label": t("deliveries") },
      element("div.form", field(t("filter"), text), field(t("show"), which)),
      rows,
      element("div.spread", said, element("span.tags", newest, older)),
    ),
    detail.node,
  );

  /** The emulator's search results; undefined shows the newest deliveries, which arrive by themselves. @type {Delivery[] | undefined} */
  let found;
  let before = 0;
  let lookedAt = 0;
  let chosen = "";

  const shown = () => found ?? model.deliveries.newest.slice(0, pageSize);
  const query = () => {
    const asked = new URLSearchParams();
    if (before > 0) asked.set("before", String(before));
    if (text.value !== "") asked.set("text", text.value);
    if (which.value !== "") asked.set("failed", which.value);
    return String(asked);
  };
  const look = async (/** @type {number} */ from) => {
    before = from;
    lookedAt = model.deliveries.count;
    const asked = query();
    const answer = asked && (await send({ method: "GET", path: `deliveries?limit=${pageSize}&${asked}` }));
    // The user may have changed the search meanwhile.
    if (asked !== query()) return;
    found = answer || undefined;
    draw();
  };
  const draw = () => {
    list(rows, shown(), ({ number }) => String(number), row);
    for (const link of rows.querySelectorAll("a")) {
      link.ariaCurrent = link.id === `delivery-${chosen}` ? "true" : null;
    }
    const [most, { count, gone }] = [shown().length, model.deliveries];
    fill(said, most > 0 ? t("shown", { n: most, count: count - gone }) : t(query() ? "noneFound" : "noDeliveries"));
    newest.disabled = before === 0;
    older.disabled = most < pageSize;
  };
  const update = (/** @type {string} */ rest) => {
    chosen = rest;
    node.classList.toggle("chosen", rest !== "");
    detail.update(rest);
    // Search results come on request, and older ones never change.
    if (query() !== "" && before === 0 && lookedAt !== model.deliveries.count) void look(0);
    draw();
  };
  return { node, update };
}
