/** Creates elements with text. No text ever becomes markup. */

/** @typedef {Node | string | number | null | undefined | false} Child */
/** @typedef {Record<string, string | number | boolean | EventListener | undefined>} Attributes */

/**
 * @template {string} Name
 * @typedef {Name extends `${infer Tag extends keyof HTMLElementTagNameMap}.${string}` ? HTMLElementTagNameMap[Tag]
 *   : Name extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[Name] : never} ElementOf
 */

/**
 * An element, named as in a selector: `p.hint`. Then its attributes and listeners (`onclick`), if there are any, and its
 * text or child elements.
 *
 * @template {string} Name
 * @param {Name} name
 * @param {...(Attributes | Child | Child[])} content
 */
export function element(name, ...content) {
  const [tag = "", ...classes] = name.split(".");
  const made = document.createElement(tag);
  made.classList.add(...classes.filter((one) => one !== ""));
  for (const item of content) {
    if (typeof item !== "object" || item === null || item instanceof Node || Array.isArray(item)) {
      append(made, item);
      continue;
    }
    for (const [key, given] of Object.entries(item)) {
      if (typeof given === "function") made.addEventListener(key.slice(2), given);
      else if (given === true) made.setAttribute(key, "");
      else if (given !== undefined && given !== false) made.setAttribute(key, String(given));
    }
  }
  // The compiler can't derive the type of the element from the name.
  return /** @type {ElementOf<Name>} */ (made);
}

/** @param {Element} parent @param {Child | Child[]} content */
function append(parent, content) {
  for (const item of [content].flat()) {
    if (item !== null && item !== undefined && item !== false)
      parent.append(item instanceof Node ? item : String(item));
  }
}

/**
 * Replaces the content of an element.
 *
 * @param {Element} parent
 * @param {...(Child | Child[])} children
 */
export function fill(parent, ...children) {
  parent.replaceChildren();
  for (const child of children) append(parent, child);
}

/**
 * A text from outside, marked up differently from our own texts: it may have another direction, and may break anywhere.
 *
 * @param {string | number} text
 * @param {string} [kind]
 */
export function value(text, kind = "") {
  return element(`bdi.value.${kind}`, text);
}

/** @type {WeakMap<Element, Map<string, { text: string, node: Element }>>} */
const shownLists = new WeakMap();

/**
 * Shows a list, and keeps the elements of unchanged items, so that the focus and the scroll position stay.
 *
 * @template Item
 * @param {Element} parent
 * @param {readonly Item[]} items
 * @param {(item: Item) => string} keyOf
 * @param {(item: Item) => Element} render
 */
export function list(parent, items, keyOf, render) {
  const former = shownLists.get(parent);
  const now = new Map(
    items.map((item) => {
      const text = JSON.stringify(item);
      const known = former?.get(keyOf(item));
      return [keyOf(item), known?.text === text ? known : { text, node: render(item) }];
    }),
  );
  shownLists.set(parent, now);
  const focused = document.activeElement?.id;
  const nodes = [...now.values()].map(({ node }) => node);
  for (const child of [...parent.children]) if (!nodes.includes(child)) child.remove();
  nodes.forEach((node, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
  });
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus();
}

/** @param {Attributes} attributes */
export function textInput(attributes) {
  return element("input", { autocomplete: "off", spellcheck: "false", ...attributes });
}

/**
 * A labelled field of a form.
 *
 * @param {string} label
 * @param {HTMLInputElement | HTMLSelectElement} input
 */
export function field(label, input) {
  return element("label.field", element("span", label), input);
}

/**
 * @param {readonly (string | string[])[]} options values, or pairs of a value and its label
 * @param {Attributes} [attributes]
 */
export function select(options, attributes = {}) {
  const made = element("select", attributes);
  setOptions(made, options);
  return made;
}

/**
 * Replaces the options, and keeps the chosen one if it is still there.
 *
 * @param {HTMLSelectElement} chooser
 * @param {readonly (string | string[])[]} options
 */
export function setOptions(chooser, options) {
  const text = JSON.stringify(options);
  if (chooser.dataset.options === text) return;
  chooser.dataset.options = text;
  const chosen = chooser.value;
  const made = options.map((option) => {
    const [name = "", label = name] = [option].flat();
    return element("option", { value: name, selected: name === chosen }, label);
  });
  fill(chooser, made);
}
