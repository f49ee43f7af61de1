/**
 * Bindings of a callback template to a push domain and app; the API calls them rules.
 *
 * check, diff → no call · create → DescribeLiveCallbackRules, DescribeLiveDomains, CreateLiveCallbackRule, or as update
 * where it takes over a rule · read → DescribeLiveCallbackRules · update → the same, DescribeLiveCallbackTemplates,
 * DeleteLiveCallbackRule, CreateLiveCallbackRule (no action modifies a rule) · delete → DescribeLiveCallbackRules,
 * DeleteLiveCallbackRule. GetCallerIdentity of STS once.
 */
import * as v from "valibot";
import { type LiveRule, ruleKey } from "../live/actions";
import { LiveError, messageOf } from "../live/errors";
import type { LiveGateway } from "../live/gateway";
import { type Propagation, propagationOf, reconcilePropagation } from "../propagation";
import { type DomainTemplateBindingProperties, isSet, sameValue } from "../properties";
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
import { changedNow, findObject, storedPropagation, text, writtenRecently } from "./outputs";
import {
  type CheckResult,
  claiming,
  type DiffResult,
  type Handlers,
  PartialFailure,
  type ReadResult,
  type Session,
  type Values,
} from "./session";

const domainLabel = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";

type Input = keyof DomainTemplateBindingProperties | "__import" | "__replaceOnChanges";

const rules: Readonly<Record<Input, Rule>> = {
  domainName: {
    schema: v.pipe(
      v.string("expected a string"),
      v.toLowerCase(),
      v.maxLength(253, "must not be longer than 253 characters"),
      v.regex(new RegExp(`^${domainLabel}(\\.${domainLabel})+$`), "is no domain name, such as push.example.com"),
    ),
    required: true,
  },
  appName: {
    schema: v.pipe(v.string("expected a string"), noWhiteSpace),
    required: true,
    keepEmpty: true,
  },
  templateId: {
    schema: v.pipe(
      v.union([v.string(), v.number()], "expected the id of a callback template"),
      v.transform(String),
      v.regex(/^\d{1,15}$/, "the id of a callback template is a number: pass template.templateId or template.id"),
    ),
    required: true,
  },
  allowOverwrite: { schema: v.boolean("expected true or false") },
  __import: {
    schema: v.pipe(
      v.string(),
      v.regex(/^[^/]+\//, "the id of a binding is <domain>/<app>, such as push.example.com/live"),
    ),
  },
  __replaceOnChanges: replaceOnChangesRule,
};

/** Each is a line of the run's output: of a large stack only the first are told of. */
const mostTold = 20;

/** A switch that did not succeed, and the template that is bound now; `""` for none. */
class RebindFailure extends Error {
  readonly bound: string;

  constructor(message: string, bound: string) {
    super(message);
    this.bound = bound;
  }
}

/** What a binding is of: a push domain and an app. */
interface Place {
  domainName: string;
  appName: string;
}

export function domainTemplateBindingHandlers(session: Session): Handlers {
  const { claims, report } = session;
  /** By the key of a rule: the template that the stack has bound there until now. */
  const boundBefore = new Map<string, string>();
  let told = 0;

  return {
    check(olds, news): CheckResult {
      const { inputs, failures } = checkInputs(olds, news, rules);
      if (failures.length > 0 || isUnknown([inputs.domainName, inputs.appName])) return { inputs, failures };
      const key = ruleKeyOf(inputs);
      const former = isSet(olds.domainName) ? ruleKeyOf(olds) : undefined;
      if (former !== undefined) boundBefore.set(former, String(olds.templateId));
      const other = claims.rules.enter(key, news, former, isTakeOver(olds, news, rules));
      const reason = `another resource of this run, "${other}", binds the same domain and app, ${key}. Next: remove one`;
      return { inputs, failures: other === undefined ? [] : [{ property: "", reason }] };
    },

    diff(id, olds, news): DiffResult {
      if (isSet(olds.accountId)) claims.accountIds.add(String(olds.accountId));
      const changed = (property: string) => isUnknown(news[property]) || !sameValue(olds[property], news[property]);
      const moved = ["domainName", "appName"].filter(changed);
      const switched = ["templateId"].filter(changed);
      if (moved.length === 0) claims.heldRules.add(id);
      return { changed: [...moved, ...switched], replaces: [...moved, ...replacedOnChange(news, switched)] };
    },

    async create(inputs) {
      const live = await session.live();
      const place = { domainName: String(inputs.domainName), appName: String(inputs.appName ?? "") };
      const templateId = String(inputs.templateId);
      const key = ruleKey(place.domainName, place.appName);
      const object = `binding ${key}`;
      try {
        await live.refuseStrangeAccount(claims.accountIds);
        const imported = inputs.__import;
        return await claiming(claims.ruleKeys, key, samePlace, () =>
          typeof imported === "string"
            ? adopt(live, imported, place, templateId)
            : make(live, object, place, templateId, inputs.allowOverwrite === true),
        );
      } catch (error) {
        throw failed(object, "created", error);
      }
    },

    async read(id, props): Promise<ReadResult> {
      const live = await session.live();
      const object = `binding ${id}`;
      // `.get` passes what the program gave: nothing. What is read for a refresh has its template among the outputs.
      const known = props.templateId !== undefined;
      try {
        const place = known ? placeOf(props) : parseId(id);
        const key = ruleKey(place.domainName, place.appName);
        const rule = await findObject(live, live.rules, key, props);
        if (!rule) {
          if (!known) throw new LiveError("no such rule in the account", { kind: "notFound" });
          await live.confirmGone(text(props.accountId), object);
          return { id: "", props: {} };
        }
        const rebound = !known || rule.templateId !== props.templateId;
        const stored = rebound ? undefined : storedPropagation(props);
        const propagation =
          reconcilePropagation(stored, rule.changedAt, live.settings.propagationSeconds) ??
          (rebound && known ? changedNow(live) : stored);
        const accountId = known ? text(props.accountId) : await live.accountId();
        const { domainName, appName } = place;
        return {
          id: key,
          props: outputs(place, rule.templateId, accountId, propagation),
          inputs: { domainName, appName, templateId: rule.templateId },
        };
      } catch (error) {
        throw failed(object, "read", error);
      }
    },

    async update(_id, olds, news) {
      const live = await session.live();
      const place = placeOf(news);
      const key = ruleKey(place.domainName, place.appName);
      const object = `binding ${key}`;
      const accountId = text(olds.accountId);
      const former = text(olds.templateId);
      const wanted = String(news.templateId);
      try {
        await live.refuseOtherAccount(accountId, object);
        const rule = (await live.rules.fresh()).get(key) ?? (await findObject(live, live.rules, key, olds));
        if (rule?.templateId === wanted) {
          const propagation = former === wanted ? storedPropagation(olds) : serverPropagation(live, rule);
          return { outs: outputs(place, wanted, accountId, propagation) };
        }
        if (!rule) {
          await live.confirmGone(accountId, object);
          await bind(live, place, wanted);
        } else {
          if (rule.templateId !== former && news.allowOverwrite !== true) throw boundElsewhere(rule, former);
          await rebind(live, object, place, rule.templateId, wanted);
          printUntilWhen(live, `${object}: callbacks as template ${rule.templateId} has them`);
        }
        return { outs: outputs(place, wanted, accountId, changedNow(live)) };
      } catch (error) {
        if (error instanceof RebindFailure) {
          throw new PartialFailure(error.message, key, outputs(place, error.bound, accountId, changedNow(live)));
        }
        throw failed(object, `bound to template ${wanted}`, error);
      }
    },

    async delete(_id, props) {
      const place = placeOf(props);
      const key = ruleKey(place.domainName, place.appName);
      const object = `binding ${key}`;
      if (claims.ruleKeys.has(key) || claims.heldRules.has(key)) {
        report.warn(`${object} is kept: another resource of this run has taken it over`);
        return;
      }
      const live = await session.live();
      const accountId = text(props.accountId);
      try {
        await live.refuseOtherAccount(accountId, object);
        const rule = await findObject(live, live.rules, key, props);
        if (!rule) return await live.confirmGone(accountId, object);
        if (rule.templateId !== props.templateId && !(await isAsWritten(live, key, props))) {
          report.warn(
            `${object}: the rule now points to template ${rule.templateId}, not to ${String(props.templateId)} as this ` +
              "stack made it; it is left alone",
          );
          return;
        }
        await live.deleteRule(place.domainName, place.appName);
        printUntilWhen(live, `${object} is deleted: callbacks`);
      } catch (error) {
        throw failed(object, "deleted", error);
      }
    },
  };

  async function make(
    live: LiveGateway,
    object: string,
    place: Place,
    templateId: string,
    allowOverwrite: boolean,
  ): Promise<{ id: string; outs: Values }> {
    const key = ruleKey(place.domainName, place.appName);
    const [rules, accountId] = await Promise.all([live.rules.all(), live.accountId()]);
    const rule = rules.get(key);
    if (rule?.templateId === templateId) {
      report.warn(`${object}: it was bound to template ${templateId} already; the rule is taken over`);
      return { id: key, outs: outputs(place, templateId, accountId, serverPropagation(live, rule)) };
    }
    if (rule) {
      const replacesItself = claims.rules.had(key) === "by itself" && boundBefore.get(key) === rule.templateId;
      if (!replacesItself) {
        if (!allowOverwrite) throw boundElsewhere(rule);
        report.warn(
          `${object}: it was bound to template ${rule.templateId}; allowOverwrite is set, so it is bound again`,
        );
      }
      await rebind(live, object, place, rule.templateId, templateId);
    } else {
      await refuseUnusableDomain(live, place.domainName);
      await bind(live, place, templateId);
    }
    return { id: key, outs: outputs(place, templateId, accountId, changedNow(live)) };
  }

  /** The strict take-over of the `import` option: no write. */
  async function adopt(
    live: LiveGateway,
    id: string,
    place: Place,
    templateId: string,
  ): Promise<{ id: string; outs: Values }> {
    const key = ruleKey(place.domainName, place.appName);
    const named = parseId(id);
    if (ruleKey(named.domainName, named.appName) !== key) {
      throw new LiveError(`import: the id ${id} does not name ${key}, which the program declares`, { kind: "invalid" });
    }
    const rule = (await live.rules.fresh()).get(key);
    if (!rule) throw new LiveError(`import: the account has no rule for ${key}`, { kind: "notFound" });
    if (rule.templateId !== templateId) {
      throw new LiveError(
        `import: the rule differs from the program: templateId is ${rule.templateId} in the account and ${templateId} in ` +
          "the program. Next: make the program equal",
        { kind: "invalid" },
      );
    }
    return { id: key, outs: outputs(place, templateId, await live.accountId(), serverPropagation(live, rule)) };
  }

  /**
   * Makes the rule. After a failure that leaves open whether the call was carried out, or a refusal that contradicts
   * the list, the list decides: whether a second Create is refused or overwrites is not documented. After `patience`
   * request time-outs it is not sent again.
   */
  async function bind(live: LiveGateway, place: Place, templateId: string, patience = 2): Promise<void> {
    const key = ruleKey(place.domainName, place.appName);
    const end = performance.now() + patience * live.settings.requestTimeoutMs;
    for (let attempt = 1; ; attempt++) {
      try {
        return await live.createRule(place.domainName, place.appName, templateId);
      } catch (error) {
        if (isKind(error, "notFound")) {
          throw new LiveError(`${messageOf(error)}. ${nextForMissing(templateId)}`, {
            kind: "notFound",
            code: error.code,
            cause: error,
          });
        }
        const uncertain = isUncertain(error);
        const refusedAsDuplicate = isKind(error, "unknown") || isKind(error, "invalid");
        if (!uncertain && !refusedAsDuplicate) throw error;
        const rule = uncertain
          ? await live.lookAfter(error, live.rules, (all) => all.get(key))
          : (await live.rules.anew()).get(key);
        if (rule?.templateId === templateId) return;
        if (rule) throw boundElsewhere(rule);
        if (!uncertain || attempt === 3 || performance.now() > end) throw error;
      }
    }
  }

  /** Deletes the rule and makes it again, since the API cannot modify one; if that fails the former one is restored. */
  async function rebind(
    live: LiveGateway,
    object: string,
    place: Place,
    former: string,
    wanted: string,
  ): Promise<void> {
    await refuseMissingTemplate(live, wanted);
    await live.deleteRule(place.domainName, place.appName);
    try {
      await bind(live, place, wanted);
    } catch (error) {
      const message = `${object} was not bound to template ${wanted}: ${messageOf(error)}`;
      try {
        await bind(live, place, former, 1);
      } catch (restoreError) {
        throw new RebindFailure(
          `${message}. Restoring template ${former} failed too (${messageOf(restoreError)}), so probably no template is ` +
            "bound now and no callbacks are sent. Next: run `pulumi up` again",
          "",
        );
      }
      throw new RebindFailure(`${message}. Template ${former} is bound again. Next: run \`pulumi up\` again`, former);
    }
  }

  function printUntilWhen(live: LiveGateway, what: string): void {
    told += 1;
    if (told > mostTold) return;
    const others =
      told === mostTold ? `; of what else this run changes, ${live.settings.propagationSeconds} s after it` : "";
    report.info(`${what} may still arrive until ${changedNow(live).effectiveAt}${others}`);
  }
}

/** Only an enabled push domain can be bound: the API may accept any other silently, and nothing would ever arrive. */
async function refuseUnusableDomain(live: LiveGateway, domainName: string): Promise<void> {
  const domain = await live.domain(domainName);
  const refuse = (reason: string) => new LiveError(`${domainName} ${reason}`, { kind: "invalid" });
  if (!domain)
    throw refuse("is no domain of this account. Next: add it as a push domain in the Live console, or check the name");
  if (domain.type === "play")
    throw refuse("is a play domain; callbacks belong to push domains. Next: name the push domain");
  if (!domain.enabled) throw refuse("is disabled. Next: enable it in the Live console");
}

/** A rule is not deleted for a template that cannot be bound: until it is restored no callbacks would be sent. */
async function refuseMissingTemplate(live: LiveGateway, templateId: string): Promise<void> {
  if ((await live.templates.fresh()).has(templateId)) return;
  if (await live.lookAgain(live.templates, (templates) => templates.get(templateId))) return;
  throw new LiveError(`the account has no template ${templateId}. ${nextForMissing(templateId)}`, { kind: "notFound" });
}

function nextForMissing(templateId: string): string {
  return (
    `Next: check that template ${templateId} exists in this account; if this stack declares it, \`pulumi up --refresh\` ` +
    "makes it anew"
  );
}

function samePlace(): LiveError {
  return new LiveError("another resource of this run binds the same domain and app. Next: remove one", {
    kind: "invalid",
  });
}

function boundElsewhere(rule: LiveRule, expected?: string): LiveError {
  const place = ruleKey(rule.domainName, rule.appName);
  const rest = expected
    ? `, not to ${expected} as this stack knows it. Next: \`pulumi up --refresh\` shows the change and goes on from there`
    : ". Next: if this resource is replaced, set its option deleteBeforeReplace: true; if no other resource and no other " +
      `stack manages that rule, take it over with the import option ({ import: "${place}" }) and templateId ` +
      `"${rule.templateId}", or set allowOverwrite: true`;
  return new LiveError(`${place} is bound to template ${rule.templateId}${rest}`, {
    kind: "invalid",
  });
}

/** Whether a rule that seems to point elsewhere is, after all, as we wrote it a moment ago: reads may lag. */
async function isAsWritten(live: LiveGateway, key: string, props: Values): Promise<boolean> {
  if (!writtenRecently(props)) return false;
  return (
    (await live.lookAgain(live.rules, (rules) => rules.get(key)?.templateId === props.templateId || undefined)) ?? false
  );
}

function outputs(
  { domainName, appName }: Place,
  templateId: string,
  accountId: string | undefined,
  propagation: Propagation | undefined,
): Values {
  return { domainName, appName, templateId, accountId, propagation };
}

function placeOf(values: Values): Place {
  return { domainName: String(values.domainName).toLowerCase(), appName: String(values.appName ?? "") };
}

function ruleKeyOf(values: Values): string {
  const { domainName, appName } = placeOf(values);
  return ruleKey(domainName, appName);
}

function parseId(id: string): Place {
  const slash = id.indexOf("/");
  if (slash <= 0) {
    throw new LiveError(
      `the id of a binding is <domain>/<app>, such as push.example.com/live, not ${JSON.stringify(id)}`,
      {
        kind: "invalid",
      },
    );
  }
  return { domainName: id.slice(0, slash).toLowerCase(), appName: id.slice(slash + 1) };
}

/** The server's time of a rule survives adoption and other machines; without one, the change counts from now. */
function serverPropagation(live: LiveGateway, rule: LiveRule): Propagation {
  return propagationOf(rule.changedAt ?? Date.now(), live.settings.propagationSeconds);
}
