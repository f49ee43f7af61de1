/** Push a stream: the result of each event, with the reason. */
/** @import { PushDelivery } from "../push" */
import { action } from "./admin.mjs";
import { element, field, fill, select, setOptions, textInput, value } from "./elements.mjs";
import { model } from "./feed.mjs";
import { eventName, reasonText, t } from "./texts.mjs";

/** @param {PushDelivery} outcome */
function outcomeRow({ event, url, status, reason, delivery }) {
  const good = status === 200;
  return element(
    "li",
    element("p.spread", element("span.strong", eventName(event)), url && value(url, "url")),
    element(
      good ? "p.verdict.good" : "p.verdict.wait",
      good ? t("deliveredAs", { status }) : value(reasonText(reason ?? "")),
      delivery !== undefined && [
        " ",
        element("a", { href: `#deliveries/${delivery}` }, t("delivery", { n: delivery })),
      ],
    ),
  );
}

export function pushView() {
  const domain = select([], { required: true });
  const apps = element("datalist", { id: "apps" });
  const app = textInput({ value: "live", list: "apps" });
  const stream = textInput({ value: "demo", required: true });
  // In the order of a stream's life.
  const types = [1, ...model.about.eventTypes.filter((type) => type > 1), 0];
  const boxes = element(
    "div.boxes",
    types.map((type) =>
      element("label", element("input", { type: "checkbox", value: type, checked: type < 2 }), eventName(type)),
    ),
  );
  const result = element("ol.outcomes");
  const nothing = element("p.hint", t("pushFirst"));

  const chosenEvents = () =>
    [...boxes.querySelectorAll("input")].filter(({ checked }) => checked).map((box) => Number(box.value));
  const push = action(
    t("pushButton"),
    () => ({
      method: "POST",
      path: "push",
      body: { domain: domain.value, app: app.value, stream: stream.value, events: chosenEvents() },
    }),
    [
      element("div.form", field(t("domain"), domain), field("AppName", app), field(t("stream"), stream)),
      apps,
      element("fieldset", element("legend", t("events")), boxes),
    ],
    (/** @type {PushDelivery[]} */ outcomes) => {
      nothing.hidden = true;
      fill(result, ...outcomes.map(outcomeRow));
    },
  );
  const node = element(
    "div.columns",
    element("div.card", push.node),
    element("section.stack", { "aria-live": "polite" }, element("h2", t("result")), nothing, result),
  );
  const update = () => {
    const { domains, rules } = model.account;
    const names = domains.filter(({ Type, Status }) => Type === 0 && Status === 1).map(({ Name }) => Name);
    setOptions(domain, names);
    const known = [...new Set(rules.map(({ AppName }) => AppName))].sort();
    if (apps.childElementCount !== known.length) fill(apps, ...known.map((name) => element("option", { value: name })));
    push.refresh();
  };
  return { node, update };
}
