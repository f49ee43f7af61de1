/** One delivery: its request, the answer, and the check of its signature, step by step. */
/** @import { DeliveryDetail } from "../deliveries" */
import { fact, secret, templateLabel } from "./account.mjs";
import { action, copyButton, send, shellWord } from "./admin.mjs";
import { element, fill, value } from "./elements.mjs";
import { now } from "./feed.mjs";
import { eventName, reasonText, t } from "./texts.mjs";
import { countdown, duration, isPast, timeOfDay } from "./times.mjs";

/** @param {DeliveryDetail} delivery */
function asCurl({ url, request }) {
  return `curl -g -X POST --url ${shellWord(url)} -H 'Content-Type: application/json' --data-raw ${shellWord(request.body)}`;
}

/** @param {string} text */
function readable(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** @param {string} text */
function block(text) {
  return text === "" ? element("p.hint", t("emptyBody")) : element("pre", value(text));
}

/** @param {Readonly<Record<string, string>>} headers */
function headerLines(headers) {
  return Object.entries(headers)
    .map(([name, content]) => `${name}: ${content}`)
    .join("\n");
}

/**
 * @param {DeliveryDetail["checks"][number]} check
 * @param {string} id
 */
function steps({ key, t: until, sign, md5, equal, expired, verdict }, id, /** @type {string} */ answeredAt) {
  if (verdict === "unsigned") return element("p", t("unsigned"));
  const untilTime = until === null ? "" : new Date(Number(until) * 1000).toISOString();
  const late = () => t("late", { time: duration(Date.parse(answeredAt) - Date.parse(untilTime)) });
  const mark = (/** @type {boolean} */ good, /** @type {string} */ words) =>
    element(good ? "span.tag.good" : "span.tag.bad", words);
  return element(
    "div.stack",
    element(
      "ol.steps",
      element("li", element("p", t("step1")), secret(id, key, String(until ?? ""))),
      element("li", element("p", t("step2")), value(md5, "key")),
      element(
        "li",
        element("p", t("step3")),
        value(sign ?? t("absent"), "key"),
        " ",
        mark(equal, t(equal ? "equal" : "unequal")),
      ),
      element(
        "li",
        element("p", t("step4")),
        value(untilTime && timeOfDay(untilTime), "key"),
        " ",
        mark(!expired, expired ? late() : t("inTime")),
      ),
    ),
    element(verdict === "valid" ? "p.verdict.good" : "p.verdict.wait", t(verdict)),
  );
}

/** @param {DeliveryDetail} delivery */
function content(delivery) {
  const { number, event, domain, app, stream, url, attempt, status, reason, templateId } = delivery;
  const { sentAt, answeredAt, nextAttemptAt, request, answer, checks } = delivery;
  const next = () => {
    if (nextAttemptAt === null) return t("none");
    const at = timeOfDay(nextAttemptAt);
    return isPast(nextAttemptAt)
      ? t("nextDone", { at })
      : t("nextIn", { at, time: duration(Date.parse(nextAttemptAt) - now()) });
  };
  const again = action(
    t("redeliver"),
    () => ({ method: "POST", path: `deliveries/${number}` }),
    [],
    (made) => {
      location.hash = `#deliveries/${made.number}`;
    },
  );
  return [
    element("h2", { tabindex: -1 }, eventName(event), " ", element("small", t("delivery", { n: number }))),
    element(
      "dl.facts",
      fact(t("stream"), value(`${domain}/${app}/${stream}`)),
      fact("URL", value(url, "url")),
      fact(t("template"), value(templateLabel(templateId))),
      fact(
        t("status"),
        element(
          "span",
          status === null ? t("noAnswer") : `HTTP ${status}`,
          reason !== undefined && [" – ", value(reasonText(reason))],
        ),
      ),
      fact(t("sent"), element("span", `${timeOfDay(sentAt)}, ${t("attempt", { n: attempt })}`)),
      fact(t("answered"), element("span", `${Date.parse(answeredAt) - Date.parse(sentAt)} ms`)),
      fact(t("next"), countdown(next)),
    ),
    again.node,
    element("h3", t("signature")),
    ...checks.flatMap((check, index) => [
      index > 0 && element("h3", t("signatureNow")),
      steps(check, `delivery ${number} ${index}`, answeredAt),
    ]),
    element(
      "div.spread",
      element("h3", t("body")),
      copyButton(t("asCurl"), () => asCurl(delivery)),
    ),
    block(readable(request.body)),
    element("h3", t("headers")),
    block(headerLines(request.headers)),
    element("h3", t("answer")),
    answer === null
      ? element("p.hint", t("noAnswer"))
      : block(`HTTP ${status}\n${headerLines(answer.headers)}\n\n${answer.body}`),
  ];
}

export function deliveryDetail() {
  const back = element("a.back", { href: "#deliveries" }, t("backToList"));
  const card = element("div.card");
  const node = element("section.stack.detail", { "aria-label": t("delivery", { n: "" }) }, back, card);
  /** @type {string | undefined} */
  let shown;
  const update = async (/** @type {string} */ number) => {
    if (number === shown) return;
    shown = number;
    fill(card, element("p.hint", t("choose")));
    if (number === "") return;
    try {
      /** @type {DeliveryDetail} */
      const delivery = await send({ method: "GET", path: `deliveries/${number}` });
      if (number !== shown) return;
      fill(card, ...content(delivery));
      // In a narrow window it replaces the list, and the focus would be lost.
      const list = node.previousElementSibling;
      if (list instanceof HTMLElement && list.offsetParent === null) card.querySelector("h2")?.focus();
    } catch {
      if (number === shown) fill(card, element("p.hint", t("gone")));
    }
  };
  return { node, update };
}
