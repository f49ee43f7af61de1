/** Requests of the admin interface: sent by a button, and shown as the curl command that does the same. */
import { element, fill } from "./elements.mjs";
import { reasonText, t } from "./texts.mjs";

/**
 * @typedef {object} AdminRequest
 * @property {string} method
 * @property {string} path below /_emulator/
 * @property {unknown} [body]
 */

/**
 * @param {AdminRequest} request
 * @returns {Promise<any>} the answer; its shape is the path's
 */
export async function send({ method, path, body }) {
  const answer = await fetch(`/_emulator/${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.error);
  return content;
}

/** @param {AdminRequest} request */
export function asCurl({ method, path, body }) {
  const data = body === undefined ? "" : ` -d ${shellWord(JSON.stringify(body))}`;
  return `curl -X ${method} ${shellWord(`${location.origin}/_emulator/${path}`)}${data}`;
}

/** @param {string} text */
export function shellWord(text) {
  return /^[\w:/.-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * A button that copies a text.
 *
 * @param {string} label
 * @param {() => string} textOf
 */
export function copyButton(label, textOf) {
  const button = element(
    "button.quiet",
    {
      type: "button",
      onclick: async () => {
        await navigator.clipboard.writeText(textOf());
        button.textContent = t("copied");
        setTimeout(() => (button.textContent = label), 1500);
      },
    },
    label,
  );
  return button;
}

/**
 * The request that a button sends, ready to copy.
 *
 * @param {() => AdminRequest} requestOf
 */
export function requestLine(requestOf) {
  const code = element("code");
  const refresh = () => fill(code, asCurl(requestOf()));
  refresh();
  const node = element(
    "div.request",
    code,
    copyButton(t("copy"), () => asCurl(requestOf())),
  );
  return { node, refresh };
}

/**
 * A form with its fields, its button, the request that it sends, and the result.
 *
 * @param {string} label
 * @param {() => AdminRequest} requestOf
 * @param {Element[]} [fields]
 * @param {(answer: any) => void} [done]
 */
export function action(label, requestOf, fields, done) {
  const line = requestLine(requestOf);
  const said = element("p.said", { role: "status" });
  const button = element("button.primary", label);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    button.disabled = true;
    said.classList.remove("bad");
    fill(said, t("sending"));
    try {
      const answer = await send(requestOf());
      fill(said, t("done"));
      done?.(answer);
    } catch (error) {
      said.classList.add("bad");
      fill(said, error instanceof Error ? reasonText(error.message) : String(error));
    }
    button.disabled = false;
  };
  const node = element(
    "form.action",
    { onsubmit: submit, oninput: line.refresh },
    fields,
    element("div.tags", button, said),
    line.node,
  );
  return { node, refresh: line.refresh };
}
