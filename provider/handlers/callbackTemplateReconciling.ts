/** How a callback template comes to be, and goes, whatever calls were lost: once, and never somebody else's. */
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
  return { make, adopt, whileHostsResolve, deleteUnused };

  async function make(live: LiveGateway, object: string, inputs: Values): Promise<{ id: string; outs: Values }> {
    const values = setFields(inputs);
    const [templates, accountId] = await Promise.all([live.templates.all(), live.accountId()]);
    const namesakes = [...templates.values()].filter((template) => template.templateName === values.templateName);
    const leftover = namesakes.length > 0 ? await ownLeftover(live, namesakes, inputs, values) : undefined;
    const templateId = leftover?.templateId ?? (await createOnce(live, object, new Set(templates.keys()), values));
    // What is replaced by this one is no longer held: names are unique among the templates of a stack.
    for (const [id, held] of claims.heldTemplates) if (held === values.templateName) claims.heldTemplates.delete(id);
    claims.templateIds.add(templateId);
    if (leftover) {
      // Nobody can see whether the field that no action returns is as the program, edited since, says now.
      if (isSet(values[writeOnlyField])) {
        await whileHostsResolve(live, object, values, () => live.modifyTemplate(templateId, values));
      }
      report.warn(`${object}: template ${templateId} was found as an interrupted run leaves it and is taken over`);
    }
    return { id: templateId, outs: templateOutputs(templateId, accountId, changedNow(live), inputs, values) };
  }

  /** The strict take-over of the `import` option: no write, and every difference is named. */
  async function adopt(live: LiveGateway, id: string, inputs: Values): Promise<{ id: string; outs: Values }> {
    const template = (await live.templates.fresh()).get(id);
    if (!template) throw new LiveError(`import: the account has no callback template ${id}`, { kind: "notFound" });
    const values = setFields(inputs);
    if (claims.templateIds.has(id) || (claims.heldTemplates.get(id) ?? values.templateName) !== values.templateName) {
      throw new LiveError(`import: another resource of this stack has template ${id}. Next: import another one`, {
        kind: "invalid",
      });
    }
    const differences = templateFields
      .filter((field) => differs(field, template[field], values[field]))
      .map((field) => difference(field, template[field], values[field]));
    if (differences.length > 0) {
      throw new LiveError(
        `import: template ${id} differs from the program: ${differences.join("; ")}. Next: make the program equal`,
        { kind: "invalid" },
      );
    }
    claims.templateIds.add(id);
    if (isSet(values[writeOnlyField])) {
      report.warn(`callback template ${id}: ${writeOnlyField} is never returned by the API and was taken on trust`);
    }
    // When it was last changed is not known: the API keeps no time of templates.
    return { id, outs: templateOutputs(id, await live.accountId(), undefined, inputs, values) };
  }

  /**
   * The template that a killed create of the same resource left behind: it has the auto-name, equal fields, no rule, and
   * no resource of this run. Nothing else is taken over: an explicit name may be anybody's.
   */
  async function ownLeftover(
    live: LiveGateway,
    namesakes: readonly LiveTemplate[],
    inputs: Values,
    values: TemplateValues,
  ): Promise<LiveTemplate | undefined> {
    const rules = await live.rules.all();
    if (inputs.__autoName !== inputs.templateName) throw nameTaken(namesakes, String(inputs.templateName), rules);
    // A resource that was renamed with an alias keeps the name of its template.
    const had = claims.templates.had(String(inputs.templateName));
    const leftovers = namesakes.filter(
      ({ templateId }) => had !== "by another" && rulesOf(templateId, rules).length === 0 && !isHeld(templateId),
    );
    const equal = leftovers.find((template) =>
      templateFields.every((field) => !differs(field, template[field], values[field])),
    );
    const other = leftovers[0];
    // What this resource itself has had until now is replaced by a new one.
    if (equal || !other || had) return equal;
    const differences = templateFields.filter((field) => differs(field, other[field], values[field])).join(", ");
    throw new LiveError(
      `template ${other.templateId} has this name, which only this resource makes, but differs in ${differences}: probably ` +
        "an interrupted run left it. Next: make the program equal, which takes it over, or set another templateName",
      { kind: "invalid" },
    );
  }

  /** Whether a resource of this run has the template. */
  function isHeld(templateId: string): boolean {
    return claims.templateIds.has(templateId) || claims.heldTemplates.has(templateId);
  }

  /** An explicit name that the account has already, and the way on for whoever has it. */
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
        ? "another resource of this stack has it; choose another templateName, or let that resource give up the name first"
        : had === "by itself"
          ? `this resource is replaced; ${replacement}`
          : `if this resource is replaced, ${replacement}; if it had another name in the program before, set aliases; ` +
            "if no other resource and no other stack manages the template, take it over with the import option " +
            `({ import: "${ids[0]}" }); else choose another templateName`;
    return new LiveError(`the account has a template of this name already: ${ids.join(", ")}. Next: ${next}`, {
      kind: "invalid",
    });
  }

  /**
   * Makes exactly one template. The API knows no client token: after a failure that leaves open whether the call was
   * carried out, an id that was not there before, with these fields, is ours; if there is none, it is sent again.
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
   * The service resolves the hosts of the URLs when a template is written; a receiver born in the same run may not be
   * in DNS yet. So the refusal is taken for final only after a while.
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
          // What the console has set need not be a URL.
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
   * Deletes a template that no rule binds, waiting a moment for an unbind that may lag. Rules are looked for first: a
   * page of the documentation (EN/31065) says that deleting a template is how to remove its rules, anybody's.
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

  /** Throws if rules bind the template as the account is now. */
  async function refuseBound(live: LiveGateway, id: string, refusal?: LiveError): Promise<void> {
    const bound = rulesOf(id, await live.rules.anew());
    const [first] = bound;
    if (!first) return;
    const declared = bound.some(({ domainName, appName }) => claims.heldRules.has(ruleKey(domainName, appName)));
    const next = declared
      ? "bind another template there first, or leave this one in the program"
      : "where no stack manages a rule any more, as after retainOnDelete or deletedWith, remove it with " +
        `\`npx pulumi-tencentcloud-lvb unbind ${quoted(first.domainName)} ${quoted(first.appName)}\`; where one does, ` +
        "destroy the binding there";
    throw new LiveError(
      `it is still bound to ${placesOf(bound)}${refusal ? ` (${refusal.code})` : ""}. Next: ${next}`,
      {
        kind: "inUse",
        code: refusal?.code,
        cause: refusal,
      },
    );
  }
}

/** What the state holds of a template. */
export function templateOutputs(
  templateId: string,
  accountId: string | undefined,
  propagation: Propagation | undefined,
  from: Values,
  fields: TemplateValues | Values,
): Values {
  return { ...setFields(fields), templateId, accountId, propagation, __autoName: from.__autoName };
}

/** Whether a field differs between two sides; the one that no action returns never does. */
export function differs(field: TemplateField, left: unknown, right: unknown): boolean {
  return field !== writeOnlyField && !sameValue(left, right);
}

/** Where rules bind a template, for people. */
function placesOf(bound: readonly LiveRule[]): string {
  return bound.map(({ domainName, appName }) => printable(ruleKey(domainName, appName))).join(", ");
}

/** The rules that bind a template. */
function rulesOf(id: string, rules: ReadonlyMap<string, LiveRule>): LiveRule[] {
  const bound = [...rules].filter(([, rule]) => rule.templateId === id);
  return bound.sort(([left], [right]) => (left < right ? -1 : 1)).map(([, rule]) => rule);
}

/** An argument as a shell takes it. */
function quoted(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : `'${printable(text).replaceAll("'", "'\\''")}'`;
}

function difference(field: TemplateField, live: unknown, program: unknown): string {
  if (field === "callbackKey") return `callbackKey (${isSet(live) ? "set" : "not set"} in the account)`;
  const shown = (value: unknown) => (isSet(value) ? JSON.stringify(value) : "nothing");
  return `${field} is ${shown(live)} in the account and ${shown(program)} in the program`;
}
