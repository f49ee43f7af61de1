/** Templates and domains: the account, and what streams get from it now. */
/** @import { CallbackTemplate } from "../store" */
import { action } from "./admin.mjs";
import { element, fill, list, value } from "./elements.mjs";
import { model, now } from "./feed.mjs";
import { eventName, t } from "./texts.mjs";
import { bar, countdown, duration, isPast } from "./times.mjs";

/** @typedef {Exclude<keyof CallbackTemplate, "TemplateId">} Field */

/** The URLs of a template with their events, in the order of the Live console. */
/** @type {readonly (readonly [field: Field, event: number])[]} */
export const urlFields = [
  ["StreamBeginNotifyUrl", 1],
  ["StreamEndNotifyUrl", 0],
  ["RecordNotifyUrl", 100],
  ["RecordStatusNotifyUrl", 332],
  ["SnapshotNotifyUrl", 200],
  ["PornCensorshipNotifyUrl", 317],
  ["PushExceptionNotifyUrl", 321],
  ["AudioAuditNotifyUrl", 315],
  ["RecordExceptionNotifyUrl", 341],
];

/** @type {readonly (readonly [field: Field, label: () => string])[]} */
const shownFields = [
  ...urlFields.map(([name, event]) => /** @type {const} */ ([name, () => eventName(event)])),
  ["StreamMixNotifyUrl", () => "StreamMixNotifyUrl"],
  ["RecordExceptionLevels", () => t("levels")],
  ["Description", () => t("description")],
];

/** Templates whose key is shown. */
const shownKeys = new Set();

/**
 * What is served, and until when, for the changes of one object; undefined if they are all in effect.
 *
 * @template Served
 * @param {readonly { served: Served | null, changedAt: string, effectiveAt: string }[]} changes
 * @returns {Waiting<Served>}
 */
function waiting(changes) {
  const open = changes.filter(({ effectiveAt }) => !isPast(effectiveAt));
  const [first, last] = [open[0], open.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  return { served: first.served, until: first.effectiveAt, changedAt: last.changedAt, effectiveAt: last.effectiveAt };
}

/** @param {number} id */
export function templateLabel(id) {
  const name = model.account.templates.find(({ TemplateId }) => TemplateId === id)?.TemplateName;
  return name === undefined ? t("missing", { id }) : `${name} (${id})`;
}

/**
 * @template Served
 * @typedef {{ served: Served | null, until: string, changedAt: string, effectiveAt: string } | undefined} Waiting
 */

/** @typedef {{ app: string, id: number | null, name: string, wait: Waiting<number>, servedName: string }} Row */

function domains() {
  const { domains, rules, propagating } = model.account;
  const pushDomains = domains.filter(({ Type }) => Type === 0);
  const listed = new Set(pushDomains.map(({ Name }) => Name));
  const places = new Map(pushDomains.map(({ Name, Status }) => [Name, Status === 1 ? "" : t("disabled")]));
  for (const { DomainName } of rules) if (!listed.has(DomainName)) places.set(DomainName, t("notADomain"));

  const pending = Map.groupBy(propagating.rules, ({ domain, app }) => `${domain}/${app}`);
  /** @type {Map<string, Row[]>} */
  const rows = new Map();
  const add = (/** @type {string} */ domain, /** @type {string} */ app, /** @type {number | null} */ id) => {
    const wait = waiting(pending.get(`${domain}/${app}`) ?? []);
    if (id === null && (wait === undefined || wait.served === null)) return;
    const served = typeof wait?.served === "number" ? templateLabel(wait.served) : "";
    const row = { app, id, name: id === null ? "" : templateLabel(id), wait, servedName: served };
    const others = rows.get(domain);
    if (others) others.push(row);
    else rows.set(domain, [row]);
  };
  for (const { DomainName, AppName, TemplateId } of rules) add(DomainName, AppName, TemplateId);
  for (const changes of pending.values()) {
    const last = changes.at(-1);
    if (last?.next !== null) continue;
    add(last.domain, last.app, null);
    if (!places.has(last.domain)) places.set(last.domain, t("notADomain"));
  }
  return [...places].map(([domain, note]) => ({ domain, note, rules: rows.get(domain) ?? [] }));
}

/** @param {ReturnType<typeof domains>[number]} item */
function domainCard({ domain, note, rules }) {
  return element(
    "article.card",
    element("h3", value(domain), note && element("span.tag", note)),
    rules.length === 0 && element("p.hint", t("noRules")),
    element(
      "ul.rules",
      rules.map(({ app, id, name, wait, servedName }) =>
        element(
          "li",
          element(
            "div.spread",
            element(
              id === null ? "span.struck" : "span",
              value(app || t("allApps"), "strong"),
              " → ",
              value(id === null ? servedName : name),
            ),
            wait ? waitingTag(wait.effectiveAt, id === null) : element("span.tag.good", t("inEffect")),
          ),
          wait && [
            bar(`${domain}/${app}`, wait.changedAt, wait.effectiveAt),
            id !== null &&
              element(
                "p.hint",
                countdown(() =>
                  wait.served === null
                    ? t("meanwhileNothing", { time: left(wait.until) })
                    : t("meanwhileTemplate", { time: left(wait.until), template: servedName }),
                ),
              ),
          ],
        ),
      ),
    ),
  );
}

/** @param {string} until */
function left(until) {
  return duration(Date.parse(until) - now());
}

/** @param {string} until @param {boolean} isRemoved */
function waitingTag(until, isRemoved) {
  const text = () => t(isRemoved ? "goneIn" : "effectiveIn", { time: left(until) });
  return element("span.tag.wait", countdown(text));
}

function templates() {
  const { templates, propagating } = model.account;
  const pending = Map.groupBy(propagating.templates, ({ templateId }) => templateId);
  const present = templates.map((template) => ({
    template,
    isRemoved: false,
    wait: waiting(pending.get(template.TemplateId) ?? []),
  }));
  const removed = [...pending.values()].flatMap((changes) => {
    const wait = waiting(changes);
    const isRemoved = changes.at(-1)?.next === null;
    return isRemoved && wait?.served ? [{ template: wait.served, isRemoved, wait }] : [];
  });
  return [...present, ...removed];
}

/** @param {ReturnType<typeof templates>[number]} item */
function templateCard({ template, isRemoved, wait }) {
  const { TemplateId, TemplateName, CallbackKey } = template;
  const set = shownFields.filter(([name]) => template[name].length > 0);
  const served = wait?.served;
  const differing = shownFields.filter(([name]) => served && String(served[name]) !== String(template[name]));
  return element(
    "article.card",
    element(
      "div.spread",
      element(isRemoved ? "h3.struck" : "h3", value(TemplateName), " ", element("small", `${TemplateId}`)),
      wait ? waitingTag(wait.effectiveAt, isRemoved) : element("span.tag.good", t("inEffect")),
    ),
    wait && bar(TemplateName, wait.changedAt, wait.effectiveAt),
    element(
      "dl.facts",
      set.map(([name, label]) => fact(label(), value(String(template[name]), "url"), name)),
      keyFact(`${TemplateId}`, CallbackKey),
    ),
    wait &&
      !isRemoved &&
      element(
        "div.meanwhile",
        element(
          "p",
          countdown(() => t(served ? "meanwhile" : "meanwhileNothing", { time: left(wait.until) })),
        ),
        served &&
          element(
            "dl.facts",
            differing.map(([name, label]) =>
              fact(label(), value(String(served[name]) || t("servedEmpty"), "url"), name),
            ),
            served.TemplateName !== TemplateName && fact(t("name"), value(served.TemplateName)),
            served.CallbackKey !== CallbackKey && keyFact(`${TemplateId} former`, served.CallbackKey),
          ),
      ),
  );
}

/**
 * @param {string} label
 * @param {Element} shown
 * @param {string} [title]
 */
export function fact(label, shown, title) {
  return element("div", element("dt", { title }, label), element("dd", shown));
}

/** @param {string} id @param {string} key */
function keyFact(id, key) {
  return fact(t("callbackKey"), key === "" ? element("span.hint", t("noKey")) : secret(id, key));
}

/**
 * A secret that a click shows.
 *
 * @param {string} id of its object
 * @param {string} text
 * @param {string} [rest] the text after it, which is not secret
 */
export function secret(id, text, rest = "") {
  const shown = value("", "key");
  const button = element("button.quiet", {
    type: "button",
    id: `key ${id}`,
    onclick: () => {
      if (!shownKeys.delete(id)) shownKeys.add(id);
      draw();
    },
  });
  const draw = () => {
    const isShown = shownKeys.has(id);
    fill(shown, isShown ? text : "••••••••", rest);
    fill(button, t(isShown ? "hide" : "show"), element("span.unseen", ` ${t("callbackKey")}`));
    button.setAttribute("aria-pressed", String(isShown));
  };
  draw();
  return element("span", shown, " ", button);
}

/** "Let the window pass now", with an explanation. */
export function windowButton() {
  const why = element("p.hint");
  const button = action(t("pass"), () => ({ method: "DELETE", path: "propagation" }));
  return {
    node: element("div.stack", why, button.node),
    update: () => fill(why, t("passWhy", { seconds: model.controls.settings.propagation })),
  };
}

export function accountView() {
  const pass = windowButton();
  const passCard = element("section.card", pass.node);
  const domainList = element("div.stack");
  const templateList = element("div.stack");
  const noDomains = element("p.hint", t("noDomains"));
  const noTemplates = element("p.hint", t("noTemplates"));
  const node = element(
    "div.columns",
    element("section.stack", element("h2", t("pushDomains")), noDomains, domainList, passCard),
    element("section.stack", element("h2", t("templates")), noTemplates, templateList),
  );
  const update = () => {
    const [shownDomains, shownTemplates] = [domains(), templates()];
    list(domainList, shownDomains, ({ domain }) => domain, domainCard);
    list(templateList, shownTemplates, ({ template }) => `${template.TemplateId}`, templateCard);
    noDomains.hidden = shownDomains.length > 0;
    noTemplates.hidden = shownTemplates.length > 0;
    pass.update();
    const open =
      shownTemplates.some(({ wait }) => wait) || shownDomains.some(({ rules }) => rules.some(({ wait }) => wait));
    // Its message stays.
    if (open) passCard.hidden = false;
  };
  passCard.hidden = true;
  return { node, update };
}
