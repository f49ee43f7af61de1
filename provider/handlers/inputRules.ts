/**
 * Checks the inputs of a resource against one rule for each property. Reports all failures at once, and never a secret
 * value. Runs in every preview, so it loads only valibot.
 */
import * as v from "valibot";
import { printable } from "../live/errors";
import { sameValue } from "../properties";
import type { CheckFailure, CheckResult, Values } from "./session";

/** The host's placeholder for a value that is not known yet, at any depth and for any type. */
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Whether a value, or a part of it, is not known yet. */
export function isUnknown(value: unknown): boolean {
  if (value === unknownValue) return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(isUnknown);
}

/** The rule for one property. The schema's output is passed on, so it may convert the value. */
export interface Rule {
  schema: v.GenericSchema<unknown>;
  required?: boolean;
  /** The value is secret. The engine prints the value of a property that a failure names, so the failure names none. */
  secret?: boolean;
  /** `""` is a value of its own, different from a missing one. */
  keepEmpty?: boolean;
}

/** Refuses everything that breaks a line or controls a terminal. */
export const noWhiteSpace = v.regex(
  /^[^\s\u0000-\u001f\u007f-\u009f]*$/,
  "must not contain white space or control characters",
);

type Rules = Readonly<Record<string, Rule>>;

/** Whether a create imports an existing object (option `import`). */
export function isImport(olds: Values, news: Values, rules: Rules): boolean {
  return Object.keys(olds).length === 0 && rules.__import !== undefined && v.is(rules.__import.schema, news.__import);
}

/**
 * The checked inputs, and all failures. Accepts every value that the service has accepted before: one equal to the old
 * input, or one of an imported object.
 */
export function checkInputs(olds: Values, news: Values, rules: Rules): CheckResult {
  const inputs: Record<string, unknown> = {};
  const failures: CheckFailure[] = [];
  const imports = isImport(olds, news, rules);

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
    if (result.success || (imports && result.typed)) {
      inputs[property] = result.output;
    } else if (property in olds && sameValue(olds[property], value)) {
      inputs[property] = value;
    } else {
      const reasons = [...new Set(result.issues.map((issue) => issue.message))].join("; ");
      // A name that begins with `__` is an option of the resource, not a property in the program.
      const hidden = rule.secret || hasUserinfo(value) || property.startsWith("__");
      failures.push({ property: hidden ? "" : property, reason: `${property.replace(/^__/, "")}: ${reasons}` });
    }
  }

  for (const property of Object.keys(news)) {
    if (property.startsWith("__") || Object.hasOwn(rules, property)) continue;
    // It may be a misspelt secret, so its value must not be shown.
    const known = Object.keys(rules).filter((name) => !name.startsWith("__"));
    failures.push({ property: "", reason: unknownProperty(property, "property of this resource", known) });
  }
  return { inputs, failures };
}

function hasUserinfo(value: unknown): boolean {
  return typeof value === "string" && /^[^/]*\/\/[^/]*@/.test(value);
}

/** The message for an unknown name, with a suggestion. */
export function unknownProperty(name: string, kind: string, known: readonly string[]): string {
  return `${printable(name)} is not a ${kind}${suggestion(name, known)}`;
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

/** The resource option `replaceOnChanges`, as the class passes it. */
export const replaceOnChangesRule: Rule = { schema: v.array(v.string()) };

/** The changed properties that the option names, by the first part of a path; `*` names all. */
export function replacedOnChange(inputs: Values, changed: readonly string[]): string[] {
  const paths: readonly unknown[] = Array.isArray(inputs.__replaceOnChanges) ? inputs.__replaceOnChanges : [];
  const named = new Set(paths.map((path) => /[^.[\]"]+/.exec(String(path))?.[0]));
  return changed.filter((property) => named.has(property) || named.has("*"));
}
