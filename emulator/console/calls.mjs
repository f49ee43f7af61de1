/** Calls of the API, and its behaviour: faults, dialects, the propagation window. */
/** @import { Fault } from "../faults" */
import { windowButton } from "./account.mjs";
import { action, requestLine, send } from "./admin.mjs";
import { element, field, fill, list, select, textInput, value } from "./elements.mjs";
import { model } from "./feed.mjs";
import { dialectText, t } from "./texts.mjs";
import { timeOfDay } from "./times.mjs";

const mostShown = 100;

function callTable() {
  const rows = element("tbody");
  const said = element("p.hint");
  const node = element(
    "section.stack",
    element("h2", t("calls")),
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
  const target = select([["*", t("any")], ...model.about.actions]);
  const kind = select(model.about.faultKinds);
  const detail = textInput({ value: "InternalError" });
  const times = element("input", { type: "number", min: 1, value: 1 });
  const waiting = element("ul.tags");
  const detailField = field(t("codeValue"), detail);
  const order = action(t("order"), () => {
    const scope = { action: target.value, kind: kind.value, times: Number(times.value) };
    const more = { code: { code: detail.value }, redirect: { location: detail.value } }[kind.value];
    return { method: "POST", path: "faults", body: [{ ...scope, ...more }] };
  }, [
    element("div.form", field(t("actionName"), target), field(t("kind"), kind), detailField, field(t("times"), times)),
  ]);
  const clear = action(t("clearFaults"), () => ({ method: "DELETE", path: "faults" }));
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
    const items = model.controls.faults.map((fault, index) => ({ fault, index }));
    list(
      waiting,
      items,
      ({ index }) => String(index),
      ({ fault }) => element("li.tag.wait", value(faultLabel(fault))),
    );
    if (items.length === 0) fill(waiting, element("li.hint", t("none")));
  };
  showDetail();
  return { node, update };
}

/** @param {Fault} fault */
function faultLabel(fault) {
  const detail = "code" in fault ? ` ${fault.code ?? ""}` : "location" in fault ? ` ${fault.location}` : "";
  return `${fault.times} × ${fault.action}: ${fault.kind}${detail}`;
}

function dialectCard() {
  const said = element("p.said", { role: "status" });
  /** An example first, then the next change. @type {Record<string, string | number>} */
  let body = { duplicateRule: "overwrite" };
  const line = requestLine(() => ({ method: "PUT", path: "dialects", body }));
  /** @type {Map<string, HTMLInputElement | HTMLSelectElement>} */
  const inputs = new Map();
  const rows = Object.entries(model.about.dialects).map(([name, { values, meaning }]) => {
    const onfocus = () => {
      body = { [name]: values ? input.value : Number(input.value) };
      line.refresh();
    };
    const onchange = async () => {
      onfocus();
      try {
        await send({ method: "PUT", path: "dialects", body });
        fill(said, t("done"));
      } catch (error) {
        fill(said, String(error));
      }
    };
    const input = values
      ? select(values, { onchange, onfocus })
      : element("input", { type: "number", min: 0, onchange, onfocus });
    inputs.set(name, input);
    const about = element(
      "span",
      element("span.strong.line", name),
      element("span.hint.line", dialectText(name, meaning)),
    );
    return element("label.dialect", about, input);
  });
  const node = element(
    "details.card",
    element("summary", element("h2", t("dialects")), element("span.hint.line", t("dialectsWhy"))),
    element("div.stack", line.node, said, rows),
  );
  const update = () => {
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
