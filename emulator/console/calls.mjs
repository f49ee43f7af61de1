/** Calls of the API, and how it behaves: faults on order, dialects, the propagation window. */
/** @import { Fault } from "../faults" */
import { windowButton } from "./account.mjs";
import { action, requestLine, send } from "./admin.mjs";
import { element, field, fill, list, select, setOptions, textInput, value } from "./elements.mjs";
import { model } from "./feed.mjs";
import { dialectText, t } from "./texts.mjs";
import { timeOfDay } from "./times.mjs";

const mostShown = 100;

function callTable() {
  const rows = element("tbody");
  const said = element("p.hint");
  const node = element(
    "section.stack",
    element("h2", t("apiCalls")),
    element(
      "table",
      element(
        "thead",
        element(
          "tr",
          [t("time"), t("actionName"), t("code")].map((name) => element("th", { scope: "col" }, name)),
        ),
      ),
      rows,
    ),
    said,
  );
  const update = () => {
    const { count, gone, newest } = model.calls;
    const shown = newest.slice(0, mostShown);
    list(
      rows,
      shown,
      ({ number }) => String(number),
      ({ time, action: name, code }) =>
        element(
          "tr",
          element("td", element("time.time", { datetime: time }, timeOfDay(time))),
          element("td", value(name)),
          element("td", element(code === null ? "span.tag.good" : "span.tag.bad", value(code ?? t("ok")))),
        ),
    );
    const more = count - gone > shown.length;
    fill(said, shown.length === 0 ? t("noCalls") : more && t("moreCalls", { n: shown.length, count: count - gone }));
  };
  return { node, update };
}

function faultCard() {
  const target = select([["*", t("any")]]);
  const kind = select([]);
  const detail = textInput({ value: "InternalError" });
  const times = element("input", { type: "number", min: 1, value: 1 });
  const waiting = element("ul.tags");
  const detailField = field(t("codeValue"), detail);
  const order = action(
    t("order"),
    () => {
      const scope = { action: target.value, kind: kind.value, times: Number(times.value) };
      const more = { code: { code: detail.value }, redirect: { location: detail.value } }[kind.value];
      return { method: "POST", path: "faults", body: [{ ...scope, ...more }] };
    },
    () => t("done"),
    element("div.form", field(t("actionName"), target), field(t("kind"), kind), detailField, field(t("times"), times)),
  );
  const clear = action(
    t("clearFaults"),
    () => ({ method: "DELETE", path: "faults" }),
    () => t("done"),
  );
  const showDetail = () => {
    detailField.hidden = !["code", "redirect"].includes(kind.value);
  };
  kind.addEventListener("input", showDetail);
  const node = element(
    "section.card",
    element("h2", t("faults")),
    element("p.hint", t("faultsWhy")),
    order.node,
    element("h3", t("waiting")),
    waiting,
    clear.node,
  );
  const update = () => {
    setOptions(target, [["*", t("any")], ...model.about.actions.map((name) => /** @type {const} */ ([name, name]))]);
    setOptions(
      kind,
      model.about.faultKinds.map((name) => [name, name]),
    );
    const items = model.controls.faults.map((fault, index) => ({ fault, index }));
    list(
      waiting,
      items,
      ({ index }) => String(index),
      ({ fault }) => element("li.tag.wait", value(faultLabel(fault))),
    );
    if (items.length === 0) fill(waiting, element("li.hint", t("noFaults")));
    showDetail();
    order.refresh();
  };
  return { node, update };
}

/** @param {Fault} fault */
function faultLabel(fault) {
  const detail = "code" in fault ? ` ${fault.code ?? ""}` : "location" in fault ? ` ${fault.location}` : "";
  return `${fault.times} × ${fault.action}: ${fault.kind}${detail}`;
}

function dialectCard() {
  const rows = element("div.stack");
  const said = element("p.said", { role: "status" });
  /** The last change, or the one that would be the next. */
  let body = {};
  const line = requestLine(() => ({ method: "PUT", path: "dialects", body }));
  const node = element(
    "details.card",
    element("summary", element("h2", t("dialects")), element("span.hint.line", t("dialectsWhy"))),
    line.node,
    said,
    rows,
  );
  /** @type {Map<string, HTMLInputElement | HTMLSelectElement>} */
  const inputs = new Map();
  const make = (/** @type {string} */ name, /** @type {readonly string[] | undefined} */ values) => {
    const show = () => {
      body = { [name]: values ? input.value : Number(input.value) };
      line.refresh();
    };
    const change = async () => {
      show();
      try {
        await send({ method: "PUT", path: "dialects", body });
        fill(said, t("done"));
      } catch (error) {
        fill(said, error instanceof Error ? error.message : String(error));
      }
    };
    const input = values
      ? select(
          values.map((one) => [one, one]),
          { onchange: change, onfocus: show },
        )
      : element("input", { type: "number", min: 0, onchange: change, onfocus: show });
    inputs.set(name, input);
    const { meaning = "" } = model.about.dialects[name] ?? {};
    return element(
      "label.dialect",
      element("span", element("span.strong.line", name), element("span.hint.line", dialectText(name, meaning))),
      input,
    );
  };
  const update = () => {
    const known = Object.entries(model.about.dialects);
    if (inputs.size !== known.length) {
      fill(rows, ...known.map(([name, { values }]) => make(name, values)));
      const [first] = Object.entries(model.controls.dialects);
      if (first) body = Object.fromEntries([first]);
      line.refresh();
    }
    for (const [name, current] of Object.entries(model.controls.dialects)) {
      const input = inputs.get(name);
      if (input && input !== document.activeElement) input.value = String(current);
    }
  };
  return { node, update };
}

export function callsView() {
  const pass = windowButton();
  const [calls, faults, dialects] = [callTable(), faultCard(), dialectCard()];
  const node = element(
    "div.columns",
    element("div.stack", element("section.card", element("h2", t("window")), pass.node), faults.node, dialects.node),
    calls.node,
  );
  const update = () => {
    for (const part of [pass, calls, faults, dialects]) part.update();
  };
  return { node, update };
}
