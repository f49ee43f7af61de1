/**
 * Creates, imports and deletes a callback template safely when calls or answers get lost: never two templates for one
 * resource, and never another owner's template.
 */
import { type LiveRule, type LiveTemplate, ruleKey, setFields, type TemplateValues } from "../live/actions";
import { LiveError, printable } from "../live/errors";
import type { LiveGateway } from "../live/gateway";
import { realClock } from "../live/retry";
import type { Propagation } from "../propagation";
import { isSet, sameValue, type TemplateField, templateFields, writeOnlyField } from "../properties";
import { urlFields } from "./callbackTemplateInputs";
import { isKind, isUncertain } from "./failure";
import { changedNow } from "./outputs";
import type { Session, Values } from "./session";

export function templateReconciling({ claims, report }: Session) {
  return { make, importExisting, whileHostsResolve, deleteUnused };

  async function make(live: LiveGateway, object: string, inputs: Values): Promise<{ id: string; outs: Values }> {
    const values = setFields(inputs);
    const [templates, accountId] = await Promise.all([live.templates.all(), live.accountId()]);
    const namesakes = [...templates.values()].filter((template) => template.templateName === values.templateName);
    const leftover = namesakes.length > 0 ? await ownLeftover(live, namesakes, inputs, values) : undefined;
    const templateId = leftover?.templateId ?? (await createOnce(live, object, new Set(templates.keys()), values));
    // The new template replaces any held one with the same name: names are unique among the templates of a stack.
    for (const [id, held] of claims.heldTemplates) if (held === values.templateName) claims.heldTemplates.delete(id);
    claims.templateIds.add(templateId);
    if (leftover) {
      // No action returns this field, so its value is unknown: write it.
      if (isSet(values[writeOnlyField])) {
        await whileHostsResolve(live, object, values, () => live.modifyTemplate(templateId, values));
      }
      report.warn(`${object}: an interrupted run left template ${templateId}; it is used instead of a new one`);
    }
    return { id: templateId, outs: templateOutputs(templateId, accountId, changedNow(live), inputs, values) };
  }

  /** Imports a template (option `import`). Writes nothing; an error lists every difference from the program. */
  async function importExisting(live: LiveGateway, id: string, inputs: Values): Promise<{ id: string; outs: Values }> {
    const template = (await live.templates.fresh()).get(id);
    if (!template) throw new LiveError(`import: the account has no callback template ${id}`);
    const values = setFields(inputs);
    if (claims.templateIds.has(id) || (claims.heldTemplates.get(id) ?? values.templateName) !== values.templateName) {
      throw new LiveError(
        `import: another resource of this stack manages template ${id}. Next: import another template`,
      );
    }
    const differences = templateFields
      .filter((field) => differs(field, template[field], values[field]))
      .map((field) => difference(field, template[field], values[field]));
    if (differences.length > 0) {
      throw new LiveError(
        `import: template ${id} differs from the program: ${differences.join("; ")}. Next: change the program to match`,
      );
    }
    claims.templateIds.add(id);
    if (isSet(values[writeOnlyField])) {
      report.warn(
        `callback template ${id}: the API never returns ${writeOnlyField}, so the program's value was not compared`,
      );
    }
    // The API has no time of the last change of a template.
    return { id, outs: templateOutputs(id, await live.accountId(), undefined, inputs, values) };
  }

  /**
   * The template that an interrupted create of the same resource left: it has the automatic name, equal fields, no rule,
   * and belongs to no other resource of this run. A template with an explicit name may belong to someone else, so it is
   * never used.
   */
  async function ownLeftover(
    live: LiveGateway,
    namesakes: readonly LiveTemplate[],
    inputs: Values,
    values: TemplateValues,
  ): Promise<LiveTemplate | undefined> {
    const rules = await live.rules.all();
    if (inputs.__autoName !== inputs.templateName) throw nameTaken(namesakes, String(inputs.templateName), rules);
    // After a rename with an alias, the renamed resource still owns the template with the old automatic name.
    const had = claims.templates.had(String(inputs.templateName));
    const leftovers = namesakes.filter(
      ({ templateId }) => had !== "by another" && rulesOf(templateId, rules).length === 0 && !isHeld(templateId),
    );
    const equal = leftovers.find((template) =>
      templateFields.every((field) => !differs(field, template[field], values[field])),
    );
    const other = leftovers[0];
    // This resource already has a template of this name: a replacement creates a new one.
    if (equal || !other || had) return equal;
    const differences = templateFields.filter((field) => differs(field, other[field], values[field])).join(", ");
    throw new LiveError(
      `template ${other.templateId} has this name, which only this resource generates, but differs in ${differences}: an ` +
        "interrupted run probably left it. Next: change the program to match, so that this resource uses it, or set " +
        "another templateName",
    );
  }

  /** Whether a resource of this run manages the template. */
  function isHeld(templateId: string): boolean {
    return claims.templateIds.has(templateId) || claims.heldTemplates.has(templateId);
  }

  /** The error for an explicit name that exists in the account. What to do next depends on the name's owner. */
  function nameTaken(
    namesakes: readonly LiveTemplate[],
    name: string,
    rules: ReadonlyMap<string, LiveRule>,
  ): LiveError {
    const ids = namesakes.map(({ templateId }) => templateId);
    const places = placesOf(ids.flatMap((id) => rulesOf(id, rules)));
    const had = claims.templates.had(name);
    const replacement =
      places !== ""
        ? `since it is bound to ${places}, choose another templateName for the replacement`
        : "set its option deleteBeforeReplace: true";
    const next =
      had === "by another"
        ? "another resource of this stack has it; choose another templateName, or rename the template of that resource first"
        : had === "by itself"
          ? `this resource is being replaced; ${replacement}`
          : `if this resource is being replaced, ${replacement}; if you renamed the resource in the program, set aliases; ` +
            `if no other resource or stack manages the template, import it ({ import: "${ids[0]}" }); otherwise choose ` +
            "another templateName";
    return new LiveError(`the account already has a template with this name: ${ids.join(", ")}. Next: ${next}`);
  }

  /**
   * Creates exactly one template. The API has no client token. So after a failure with an unknown result, a new id with
   * these fields counts as ours; if there is none, the call is sent again.
   */
  async function createOnce(
    live: LiveGateway,
    object: string,
    before: ReadonlySet<string>,
    values: TemplateValues,
  ): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await whileHostsResolve(live, object, values, () => live.createTemplate(values));
      } catch (error) {
        if (!isUncertain(error)) throw error;
        const made = await live.lookAfter(error, live.templates, (templates) =>
          [...templates.values()].find(
            (template) =>
              !before.has(template.templateId) &&
              !claims.templateIds.has(template.templateId) &&
              templateFields.every((field) => !differs(field, template[field], values[field])),
          ),
        );
        if (made) return made.templateId;
        if (attempt === 3) throw error;
      }
    }
  }

  /**
   * The service resolves the hosts of the URLs when a template is written. A receiver created in the same run may not be
   * in DNS yet, so a refusal is retried for a while.
   */
  async function whileHostsResolve<T>(
    live: LiveGateway,
    object: string,
    values: TemplateValues,
    write: () => Promise<T>,
  ): Promise<T> {
    const limit = 4 * live.settings.requestTimeoutMs;
    const end = performance.now() + limit;
    let told = false;
    for (let pause = limit / 60; ; pause = Math.min(pause * 2, limit / 6)) {
      try {
        return await write();
      } catch (error) {
        const unresolved = error instanceof LiveError && error.code === "InvalidParameter.UrlNotSafe";
        if (!unresolved || performance.now() + pause > end) throw error;
        if (!told) {
          told = true;
          // A value set in the console may not be a valid URL.
          const hosts = new Set(urlFields.flatMap((field) => URL.parse(String(values[field] ?? ""))?.host || []));
          report.info(
            `${object}: waiting up to ${limit / 1000} s for ${[...hosts].join(", ")} to resolve in public DNS`,
          );
        }
        await realClock.sleep(pause);
      }
    }
  }

  /**
   * Deletes a template that no rule uses, and waits a moment for a recent unbind to show. It lists the rules first: the
   * documentation (EN/31065) says that deleting a template also removes its rules, no matter who created them.
   */
  async function deleteUnused(live: LiveGateway, id: string): Promise<void> {
    const end = performance.now() + live.settings.requestTimeoutMs;
    if (rulesOf(id, await live.rules.all()).length > 0) await refuseBound(live, id);
    for (let pause = 250; ; pause *= 2) {
      try {
        return await live.deleteTemplate(id);
      } catch (error) {
        if (!isKind(error, "inUse")) throw error;
        await refuseBound(live, id, error);
        if (performance.now() + pause > end) throw error;
        await realClock.sleep(pause);
      }
    }
  }

  /** Throws if a new list of the rules still shows one that uses the template. */
  async function refuseBound(live: LiveGateway, id: string, refusal?: LiveError): Promise<void> {
    const bound = rulesOf(id, await live.rules.refetch());
    const [first] = bound;
    if (!first) return;
    const declared = bound.some(({ domainName, appName }) => claims.heldRules.has(ruleKey(domainName, appName)));
    const next = declared
      ? "bind another template there first, or leave this one in the program"
      : "if no stack manages the rule any more (as after retainOnDelete or deletedWith), remove it with " +
        `\`npx pulumi-tencentcloud-lvb unbind ${quoted(first.domainName)} ${quoted(first.appName)}\`; otherwise ` +
        "destroy the binding in its stack";
    throw new LiveError(
      `it is still bound to ${placesOf(bound)}${refusal ? ` (${refusal.code})` : ""}. Next: ${next}`,
      { cause: refusal },
    );
  }
}

/** The outputs of a template, as the state stores them. */
export function templateOutputs(
  templateId: string,
  accountId: string | undefined,
  propagation: Propagation | undefined,
  from: Values,
  fields: TemplateValues | Values,
): Values {
  return { ...setFields(fields), templateId, accountId, propagation, __autoName: from.__autoName };
}

/** Whether a field has different values; always false for the field that no action returns. */
export function differs(field: TemplateField, left: unknown, right: unknown): boolean {
  return field !== writeOnlyField && !sameValue(left, right);
}

/** The domains and apps of rules, as printable text. */
function placesOf(bound: readonly LiveRule[]): string {
  return bound.map(({ domainName, appName }) => printable(ruleKey(domainName, appName))).join(", ");
}

/** The rules that point to a template. */
function rulesOf(id: string, rules: ReadonlyMap<string, LiveRule>): LiveRule[] {
  const bound = [...rules].filter(([, rule]) => rule.templateId === id);
  return bound.sort(([left], [right]) => (left < right ? -1 : 1)).map(([, rule]) => rule);
}

/** An argument, quoted for a shell. */
function quoted(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : `'${printable(text).replaceAll("'", "'\\''")}'`;
}

function difference(field: TemplateField, live: unknown, program: unknown): string {
  if (field === "callbackKey") return `callbackKey (${isSet(live) ? "set" : "not set"} in the account)`;
  const shown = (value: unknown) => (isSet(value) ? JSON.stringify(value) : "nothing");
  return `${field} is ${shown(live)} in the account and ${shown(program)} in the program`;
}
