/**
 * Checks the inputs of a resource against one rule for each property: everything wrong at once, without a word of a
 * secret. Runs on every preview, so it needs nothing but valibot.
 */
import * as v from "valibot";
import { printable } from "../live/errors";
import { sameValue } from "../properties";
import type { CheckFailure, CheckResult, Values } from "./session";

/** What the host puts in place of a value that is not known yet, at any depth and whatever its type. */
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Whether a value is not known yet, wholly or in part. */
export function isUnknown(value: unknown): boolean {
  if (value === unknownValue) return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(isUnknown);
}

/** Rule of one property. Its output goes on: it may coerce. */
export interface Rule {
  schema: v.GenericSchema<unknown>;
  required?: boolean;
  /** The engine prints the value of a property that failed, a secret one in clear: then the failure names none. */
  secret?: boolean;
  /** `""` means something other than left out. */
  keepEmpty?: boolean;
}

/** Nothing that breaks a line or steers a terminal. */
export const noWhiteSpace = v.regex(
  /^[^\s\u0000-\u001f\u007f-\u009f]*$/,
  "must not contain white space or control characters",
);

type Rules = Readonly<Record<string, Rule>>;

/** Whether a create takes over an object that exists, by the `import` option. */
export function isTakeOver(olds: Values, news: Values, rules: Rules): boolean {
  return Object.keys(olds).length === 0 && rules.__import !== undefined && v.is(rules.__import.schema, news.__import);
}

/**
 * The inputs that go on, and all failures. What the service has accepted once is never rejected: a value equal to the old
 * input, or of an object that is taken over as it is.
 */
export function checkInputs(olds: Values, news: Values, rules: Rules): CheckResult {
  const inputs: Record<string, unknown> = {};
  const failures: CheckFailure[] = [];
  const takeOver = isTakeOver(olds, news, rules);

  for (const [property, rule] of Object.entries(rules)) {
    const value = news[property];
    const left = value === undefined || value === null || (value === "" && !rule.keepEmpty);
    if (left) {
      if (rule.required) failures.push({ property, reason: `${property} is required` });
      continue;
    }
    if (isUnknown(value)) {
      inputs[property] = value;
      continue;
    }
    const result = v.safeParse(rule.schema, value);
    if (result.success || (takeOver && result.typed)) {
      inputs[property] = result.output;
    } else if (property in olds && sameValue(olds[property], value)) {
      inputs[property] = value;
    } else {
      const reasons = [...new Set(result.issues.map((issue) => issue.message))].join("; ");
      // What begins with `__` is an option of the resource, not a property that the program writes.
      const hidden = rule.secret || hasUserinfo(value) || property.startsWith("__");
      failures.push({ property: hidden ? "" : property, reason: `${property.replace(/^__/, "")}: ${reasons}` });
    }
  }

  for (const property of Object.keys(news)) {
    if (property.startsWith("__") || Object.hasOwn(rules, property)) continue;
    // Perhaps a misspelt secret, so its value must not be shown.
    const known = Object.keys(rules).filter((name) => !name.startsWith("__"));
    failures.push({ property: "", reason: unknownProperty(property, "property of this resource", known) });
  }
  return { inputs, failures };
}

function hasUserinfo(value: unknown): boolean {
  return typeof value === "string" && /^[^/]*\/\/[^/]*@/.test(value);
}

/** What to say of a name that nothing has. */
export function unknownProperty(name: string, kind: string, known: readonly string[]): string {
  return `${printable(name)} isn't a ${kind}${suggestion(name, known)}`;
}

function suggestion(name: string, known: readonly string[]): string {
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  if (best && best.distance <= Math.max(2, Math.floor(name.length / 3))) return `; did you mean ${best.candidate}?`;
  return `; it has ${known.join(", ")}`;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, left] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, right] of [...b].entries()) {
      const change = (row[j] ?? 0) + (left === right ? 0 : 1);
      next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The resource option `replaceOnChanges`, as the class passes it on. */
export const replaceOnChangesRule: Rule = { schema: v.array(v.string()) };

/** The changed properties that the option names, by the first part of a path; `*` names all. */
export function replacedOnChange(inputs: Values, changed: readonly string[]): string[] {
  const paths: readonly unknown[] = Array.isArray(inputs.__replaceOnChanges) ? inputs.__replaceOnChanges : [];
  const named = new Set(paths.map((path) => /[^.[\]"]+/.exec(String(path))?.[0]));
  return changed.filter((property) => named.has(property) || named.has("*"));
}
