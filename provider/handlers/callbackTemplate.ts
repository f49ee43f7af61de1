/**
 * Callback templates: what runs in the provider process.
 *
 * check, diff → no call · create → DescribeLiveCallbackTemplates, CreateLiveCallbackTemplate · read →
 * DescribeLiveCallbackTemplates · update → the same, ModifyLiveCallbackTemplate · delete → the same,
 * DescribeLiveCallbackRules, DeleteLiveCallbackTemplate. GetCallerIdentity of STS once, before an object of the state is touched or given up.
 */
import * as v from "valibot";
import { type LiveRule, type LiveTemplate, ruleKey, setFields, type TemplateValues } from "../live/actions";
import { LiveError, printable } from "../live/errors";
import type { LiveGateway } from "../live/gateway";
import { realClock } from "../live/retry";
import type { Propagation } from "../propagation";
import { isSet, sameValue, type TemplateField, templateFields, writeOnlyField } from "../properties";
import { failed, isKind, isUncertain } from "./failure";
import {
  checkInputs,
  isTakeOver,
  isUnknown,
  noWhiteSpace,
  type Rule,
  replacedOnChange,
  replaceOnChangesRule,
} from "./inputRules";
import { changedNow, findObject, storedPropagation, text } from "./outputs";
import {
  type CheckResult,
  claiming,
  type DiffResult,
  type Handlers,
  type ReadResult,
  type Session,
  type Values,
} from "./session";

const urlFields = templateFields.filter((field) => field.endsWith("NotifyUrl"));

const url: Rule = {
  schema: v.pipe(
    v.string("expected a string"),
    noWhiteSpace,
    v.regex(/^https?:\/\/./i, "must begin with http:// or https://"),
    v.check((text) => URL.canParse(text) && new URL(text).hostname !== "", "is no URL"),
  ),
};

const bytesAtMost = (limit: number) =>
  v.check((text: string) => Buffer.byteLength(text) <= limit, `must not be longer than ${limit} bytes`);

/** What the documentation of CreateLiveCallbackTemplate allows; the key's alphabet is the console's (EN/31065). */
const rules: Readonly<Record<TemplateField | "__autoName" | "__import" | "__replaceOnChanges", Rule>> = {
  templateName: {
    schema: v.pipe(
      v.string("expected a string"),
      v.regex(/^[\p{Script=Han}A-Za-z0-9_-]*$/u, "may contain Chinese characters, letters, digits, _ and - only"),
      bytesAtMost(255),
    ),
  },
  description: { schema: v.pipe(v.string("expected a string"), bytesAtMost(1024)) },
  streamBeginNotifyUrl: url,
  streamEndNotifyUrl: url,
  recordNotifyUrl: url,
  recordStatusNotifyUrl: url,
  snapshotNotifyUrl: url,
  pornCensorshipNotifyUrl: url,
  pushExceptionNotifyUrl: url,
  audioAuditNotifyUrl: url,
  recordExceptionNotifyUrl: url,
  recordExceptionLevels: {
    schema: v.array(
      v.picklist(["error", "warning", "info"], "expected error, warning or info (what answers call alarm is warning)"),
      "expected a list of error, warning, info",
    ),
  },
  callbackKey: {
    schema: v.pipe(v.string("expected a string"), v.regex(/^[A-Za-z0-9]{1,32}$/, "must be 1 to 32 letters and digits")),
    secret: true,
  },
  __autoName: { schema: v.string() },
  __import: { schema: v.pipe(v.string(), v.regex(/^\d+$/, "the id of a callback template is a number")) },
  __replaceOnChanges: replaceOnChangesRule,
};

export function callbackTemplateHandlers(session: Session): Handlers {
  const { claims, report } = session;

  return {
    check(olds, news): CheckResult {
      const { inputs, failures } = checkInputs(olds, news, rules);
      const { __autoName: autoName, ...rest } = inputs;
      const given = "templateName" in rest;
      // The name stays what it was made as: a rename of the resource with an alias must not rename the template.
      const kept = olds.__autoName ?? autoName;
      if (isSet(news.__import) && !isSet(news.templateName)) {
        failures.push({ property: "templateName", reason: "templateName is required with the import option" });
      }
      const hasUrl = (values: Values) => urlFields.some((field) => isSet(values[field]));
      const takesOver = isTakeOver(olds, news, rules);
      const neverHadUrl = takesOver || (Object.keys(olds).length > 0 && !hasUrl(olds));
      if (!hasUrl(news) && !neverHadUrl) {
        failures.push({ property: "", reason: `at least one callback URL is required: ${urlFields.join(", ")}` });
      }
      const name = given ? rest.templateName : kept;
      if (isSet(name) && !isUnknown(name)) {
        const namesake = claims.templates.enter(String(name), news, text(olds.templateName), takesOver);
        const reason = `another resource of this run, "${namesake}", has the same templateName. Next: give one another name`;
        // An explicit name is never taken over, and two live templates may have the same: `import` declares them both.
        if (namesake !== undefined && !given) failures.push({ property: "templateName", reason });
      }
      return {
        inputs: given || kept === undefined ? rest : { ...rest, templateName: kept, __autoName: kept },
        failures,
      };
    },

    diff(id, olds, news): DiffResult {
      if (isSet(olds.accountId)) claims.accountIds.add(String(olds.accountId));
      claims.heldTemplates.set(id, String(isUnknown(news.templateName) ? olds.templateName : news.templateName));
      const changed = templateFields.filter((field) => isUnknown(news[field]) || !sameValue(olds[field], news[field]));
      return { changed, replaces: replacedOnChange(news, changed) };
    },

    async create(inputs) {
      const live = await session.live();
      const name = String(inputs.templateName);
      const object = `callback template "${name}"`;
      try {
        await live.refuseStrangeAccount(claims.accountIds);
        const imported = inputs.__import;
        return await claiming(claims.templateNames, name, sameName, () =>
          typeof imported === "string" ? adopt(live, imported, inputs) : make(live, object, inputs),
        );
      } catch (error) {
        throw failed(object, "created", error);
      }
    },

    async read(id, props): Promise<ReadResult> {
      const live = await session.live();
      const object = `callback template ${id}`;
      // `.get` passes what the program gave: nothing. What is read for a refresh has its id among the outputs.
      const known = props.templateId !== undefined;
      try {
        const template = await findObject(live, live.templates, id, props);
        if (!template) {
          if (!known) throw new LiveError("no such template in the account", { kind: "notFound" });
          await live.confirmGone(text(props.accountId), object);
          return { id: "", props: {} };
        }
        const edited = known && templateFields.some((field) => differs(field, props[field], template[field]));
        // Ids are numbers that another account may have too, and a rename is rare: this may be somebody else's template.
        const renamed = known && !sameValue(props.templateName, template.templateName);
        if (renamed) await live.refuseOtherAccount(text(props.accountId), object);
        const propagation = edited ? changedNow(live) : storedPropagation(props);
        const accountId = known ? text(props.accountId) : await live.accountId();
        const fields = { ...setFields(template), [writeOnlyField]: props[writeOnlyField] };
        const inputs = { ...fields, __autoName: props.__autoName };
        return { id, props: outputs(id, accountId, propagation, props, fields), inputs };
      } catch (error) {
        throw failed(object, "read", error);
      }
    },

    async update(id, olds, news) {
      const live = await session.live();
      const object = `callback template "${String(olds.templateName)}" (${id})`;
      const accountId = text(olds.accountId);
      try {
        await live.refuseOtherAccount(accountId, object);
        const template = (await live.templates.fresh()).get(id) ?? (await findObject(live, live.templates, id, olds));
        if (!template) {
          await live.confirmGone(accountId, object);
          throw new LiveError("it is gone from the account. Next: `pulumi up --refresh` makes it anew", {
            kind: "notFound",
          });
        }
        const changed = templateFields.filter((field) => !sameValue(olds[field], news[field]));
        if (changed.includes("templateName")) await refuseNameInUse(live, id, String(news.templateName));

        const unseen = templateFields.filter(
          (field) => !changed.includes(field) && differs(field, olds[field], template[field]),
        );
        if (unseen.length > 0) {
          report.warn(
            `${object}: ${unseen.join(", ")} ${unseen.length > 1 ? "were" : "was"} changed outside of this stack, which no ` +
              "preview showed; left as it is. Next: `pulumi up --refresh` shows and repairs it",
          );
        }
        // In the state an unseen edit stays unseen: else the next `up` reverts it, and its preview still shows no field.
        const known = Object.fromEntries(unseen.map((field) => [field, olds[field]]));
        const desired: TemplateValues = {};
        for (const field of templateFields) {
          const fromProgram = changed.includes(field) || field === writeOnlyField;
          Object.assign(desired, { [field]: fromProgram ? news[field] : template[field] });
        }
        const same = templateFields.every(
          (field) => !changed.includes(field) || !differs(field, template[field], desired[field]),
        );
        if (same && !changed.includes(writeOnlyField)) {
          return { outs: outputs(id, accountId, storedPropagation(olds), news, { ...desired, ...known }) };
        }
        await whileHostsResolve(live, object, desired, () => live.modifyTemplate(id, toSend(desired, changed)));
        return { outs: outputs(id, accountId, changedNow(live), news, { ...desired, ...known }) };
      } catch (error) {
        throw failed(object, "changed", error);
      }
    },

    async delete(id, props) {
      const object = `callback template "${String(props.templateName)}" (${id})`;
      if (claims.templateIds.has(id) || claims.heldTemplates.has(id)) {
        report.warn(`${object} is kept: another resource of this run has taken it over`);
        return;
      }
      const live = await session.live();
      const accountId = text(props.accountId);
      try {
        await live.refuseOtherAccount(accountId, object);
        if (!(await findObject(live, live.templates, id, props))) return await live.confirmGone(accountId, object);
        await deleteUnused(live, id);
      } catch (error) {
        throw failed(object, "deleted", error);
      }
    },
  };

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
    return { id: templateId, outs: outputs(templateId, accountId, changedNow(live), inputs, values) };
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
    return { id, outs: outputs(id, await live.accountId(), undefined, inputs, values) };
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

function sameName(): LiveError {
  return new LiveError("another resource of this run has the same templateName. Next: give one another name", {
    kind: "invalid",
  });
}

/** Refuses a rename to the name of another template. */
async function refuseNameInUse(live: LiveGateway, id: string, name: string): Promise<void> {
  const templates = (await live.templates.fresh()).values();
  const other = [...templates].find((template) => template.templateName === name && template.templateId !== id);
  if (!other) return;
  throw new LiveError(
    `the account has a template "${name}" already: ${other.templateId}. Next: choose another templateName`,
    { kind: "invalid" },
  );
}

/** Whether a field differs between two sides; the one that no action returns never does. */
function differs(field: TemplateField, left: unknown, right: unknown): boolean {
  return field !== writeOnlyField && !sameValue(left, right);
}

function difference(field: TemplateField, live: unknown, program: unknown): string {
  if (field === "callbackKey") return `callbackKey (${isSet(live) ? "set" : "not set"} in the account)`;
  const shown = (value: unknown) => (isSet(value) ? JSON.stringify(value) : "nothing");
  return `${field} is ${shown(live)} in the account and ${shown(program)} in the program`;
}

/** A template as Modify wants it: whole, what is cleared said explicitly, China-only fields only if they matter. */
function toSend(desired: TemplateValues, changed: readonly TemplateField[]): TemplateValues {
  const cleared = changed.filter((field) => !isSet(desired[field]));
  const empty = Object.fromEntries(cleared.map((field) => [field, field === "recordExceptionLevels" ? [] : ""]));
  return { ...setFields(desired), ...empty };
}

function outputs(
  templateId: string,
  accountId: string | undefined,
  propagation: Propagation | undefined,
  from: Values,
  fields: TemplateValues | Values,
): Values {
  return { ...setFields(fields), templateId, accountId, propagation, __autoName: from.__autoName };
}
