/** The console of the emulator: shows a section, and keeps it current. */
import { accountView } from "./account.mjs";
import { callsView } from "./calls.mjs";
import { colleagueView } from "./colleague.mjs";
import { deliveriesView } from "./deliveries.mjs";
import { element, fill } from "./elements.mjs";
import { follow, model } from "./feed.mjs";
import { pushView } from "./push.mjs";
import { currentLanguage, switchLanguage, t } from "./texts.mjs";
import { drawTimes } from "./times.mjs";

const makers = {
  account: accountView,
  deliveries: deliveriesView,
  push: pushView,
  colleague: colleagueView,
  calls: callsView,
};

/** @typedef {keyof typeof makers} Section */
/** @typedef {{ node: Element, update: (rest: string) => void }} View */

const sections = /** @type {Section[]} */ (Object.keys(makers));

/** The section and its part that the address names. @returns {[Section, string]} */
function place() {
  const [name = "", rest = ""] = location.hash.slice(1).split("/");
  return [sections.find((section) => section === name) ?? "account", rest];
}

/** Builds the page in the current language. */
function build() {
  document.documentElement.lang = currentLanguage() === "zh" ? "zh-CN" : "en";
  document.title = t("title");
  const connection = element("p.connection", { role: "status" });
  const main = element("main", { id: "main", tabindex: -1 });
  const links = sections.map((section) => {
    const count = element("span.count");
    return { section, count, link: element("a", { href: `#${section}` }, t(section), " ", count) };
  });
  /** @type {Partial<Record<Section, View>>} */
  const views = {};

  const skip = element("button.skip", { type: "button", onclick: () => main.focus() }, t("skip"));
  const language = element(
    "button.quiet",
    {
      type: "button",
      id: "language",
      lang: currentLanguage() === "zh" ? "en" : "zh-CN",
      onclick: () => {
        switchLanguage();
        current = build();
        document.getElementById("language")?.focus();
      },
    },
    t("otherLanguage"),
  );
  fill(
    document.body,
    skip,
    element("header", element("p.brand", t("title"), " ", element("small", location.host)), connection, language),
    element(
      "nav",
      { "aria-label": t("sections") },
      links.map(({ link }) => link),
    ),
    main,
  );

  /** @type {Section | undefined} */
  let shown;
  const update = () => {
    const state = t(model.connection);
    if (connection.textContent !== state) fill(connection, state);
    connection.dataset.state = model.connection;
    if (model.about === undefined) return;
    const [section, rest] = place();
    const view = views[section] ?? makers[section]();
    views[section] = view;
    if (shown !== section) {
      shown = section;
      fill(main, element("h1.unseen", t(section)), view.node);
    }
    view.update(rest);
    for (const { section: name, count, link } of links) {
      link.ariaCurrent = name === section ? "page" : null;
      if (name === "deliveries" || name === "calls") fill(count, model[name].count || "");
    }
    drawTimes();
  };
  update();
  return update;
}

let current = build();
addEventListener("hashchange", () => {
  current();
  scrollTo(0, 0);
});
follow(() => current());
setInterval(() => current(), 1000);
