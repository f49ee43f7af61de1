/** Changes by a colleague behind Pulumi's back, and the commands that find them. */
import { templateLabel, urlFields } from "./account.mjs";
import { action, copyButton } from "./admin.mjs";
import { element, field, select, setOptions, textInput } from "./elements.mjs";
import { model } from "./feed.mjs";
import { eventName, t } from "./texts.mjs";

const findDrift = "pulumi refresh --preview-only --expect-no-changes";

/** @param {object} body */
function edits(body) {
  return { method: "PATCH", path: "state", body };
}

/** @param {string} title @param {ReturnType<typeof action>} sent */
function card(title, sent) {
  return element("section.card", element("h2", title), sent.node);
}

export function colleagueView() {
  const template = select([], { required: true });
  const name = select([...urlFields.map(([one, event]) => [one, eventName(event)]), ["CallbackKey", t("callbackKey")]]);
  const text = textInput({ value: "http://127.0.0.1:9/elsewhere" });
  const edit = action(
    t("edit"),
    () => edits({ templates: [{ TemplateId: Number(template.value), [name.value]: text.value }] }),
    [element("div.form", field(t("template"), template), field(t("fieldLabel"), name), field(t("newValue"), text))],
  );

  const rule = select([], { required: true });
  const target = select([], { required: true });
  const place = (/** @type {HTMLSelectElement} */ chooser) => {
    const [DomainName = "", AppName = ""] = JSON.parse(chooser.value || "[]");
    return { DomainName, AppName };
  };
  const bind = action(t("rebindButton"), () => {
    const newId = Math.max(1000, ...model.account.templates.map(({ TemplateId }) => TemplateId)) + 1;
    const isNew = target.value === "new";
    const templates = isNew
      ? [{ TemplateId: newId, TemplateName: "theirs", StreamBeginNotifyUrl: text.value }]
      : undefined;
    return edits({ templates, rules: [{ ...place(rule), TemplateId: isNew ? newId : Number(target.value) }] });
  }, [element("div.form", field(t("rule"), rule), field(t("template"), target))]);

  const doomed = select([], { required: true });
  const remove = action(t("removeButton"), () => edits({ rules: [{ ...place(doomed), TemplateId: null }] }), [
    element("div.form", field(t("rule"), doomed)),
  ]);

  const node = element(
    "div.stack",
    element("p", t("colleagueWhy")),
    element(
      "div.columns",
      element("div.stack", card(t("editTemplate"), edit), card(t("rebind"), bind), card(t("removeRule"), remove)),
      element(
        "section.card",
        element("h2", t("findIt")),
        element(
          "div.request",
          element("code", findDrift),
          copyButton(t("copy"), () => findDrift),
        ),
        element("p.hint", t("findItWhy")),
      ),
    ),
  );
  const update = () => {
    const { templates, rules } = model.account;
    const known = templates.map(({ TemplateId }) => [String(TemplateId), templateLabel(TemplateId)]);
    const places = rules.map(({ DomainName, AppName }) => [
      JSON.stringify([DomainName, AppName]),
      `${DomainName}/${AppName || t("allApps")}`,
    ]);
    setOptions(template, known);
    setOptions(target, [["new", t("theirs")], ...known]);
    setOptions(rule, places);
    setOptions(doomed, places);
    for (const { refresh } of [edit, bind, remove]) refresh();
  };
  return { node, update };
}
