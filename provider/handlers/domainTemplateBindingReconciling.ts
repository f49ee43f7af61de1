/** Creates, imports and switches a rule safely when calls or answers get lost. The API cannot modify a rule. */
import { type LiveRule, ruleKey } from "../live/actions";
import { LiveError, messageOf } from "../live/errors";
import type { LiveGateway } from "../live/gateway";
import { type Propagation, propagationOf } from "../propagation";
import { type Place, parseId } from "./domainTemplateBindingInputs";
import { isKind, isUncertain } from "./failure";
import { changedNow } from "./outputs";
import type { Session, Values } from "./session";

/** A failed switch to another template. `bound` is the template that is bound now; `""` for none. */
export class RebindFailure extends Error {
  readonly bound: string;

  constructor(message: string, bound: string) {
    super(message);
    this.bound = bound;
  }
}

/** `boundBefore`: by rule key, the template that the state has for it. */
export function bindingReconciling({ claims, report }: Session, boundBefore: ReadonlyMap<string, string>) {
  return { make, importExisting, bind, rebind };

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
      report.warn(`${object}: it was already bound to template ${templateId}; this resource now manages the rule`);
      return { id: key, outs: bindingOutputs(place, templateId, accountId, serverPropagation(live, rule)) };
    }
    if (rule) {
      const replacesItself = claims.rules.had(key) === "by itself" && boundBefore.get(key) === rule.templateId;
      if (!replacesItself) {
        if (!allowOverwrite) throw boundElsewhere(rule);
        report.warn(
          `${object}: it was bound to template ${rule.templateId}; allowOverwrite is set, so this run switches it to ${templateId}`,
        );
      }
      await rebind(live, object, place, rule.templateId, templateId);
    } else {
      await refuseUnusableDomain(live, place.domainName);
      await bind(live, place, templateId);
    }
    return { id: key, outs: bindingOutputs(place, templateId, accountId, changedNow(live)) };
  }

  /** Imports a rule (option `import`). Writes nothing. */
  async function importExisting(
    live: LiveGateway,
    id: string,
    place: Place,
    templateId: string,
  ): Promise<{ id: string; outs: Values }> {
    const key = ruleKey(place.domainName, place.appName);
    const named = parseId(id);
    if (ruleKey(named.domainName, named.appName) !== key) {
      throw new LiveError(`import: the id ${id} does not name ${key}, which the program declares`);
    }
    const rule = (await live.rules.fresh()).get(key);
    if (!rule) throw new LiveError(`import: the account has no rule for ${key}`);
    if (rule.templateId !== templateId) {
      throw new LiveError(
        `import: the rule differs from the program: templateId is ${rule.templateId} in the account and ${templateId} in ` +
          "the program. Next: change the program to match",
      );
    }
    return { id: key, outs: bindingOutputs(place, templateId, await live.accountId(), serverPropagation(live, rule)) };
  }

  /**
   * Creates the rule. If the result of the call is unknown, or a refusal contradicts the list, the list decides: the
   * documentation doesn't say whether a second Create is refused or overwrites. After `patience` request time-outs the
   * call is not sent again. `deleted` is the template of a rule that was deleted just before: a list that lags may still
   * show that rule, so it is ignored.
   */
  async function bind(
    live: LiveGateway,
    place: Place,
    templateId: string,
    { patience = 2, deleted }: { patience?: number; deleted?: string } = {},
  ): Promise<void> {
    const key = ruleKey(place.domainName, place.appName);
    const current = (all: ReadonlyMap<string, LiveRule>) => {
      const rule = all.get(key);
      return rule?.templateId === deleted ? undefined : rule;
    };
    const end = performance.now() + patience * live.settings.requestTimeoutMs;
    for (let attempt = 1; ; attempt++) {
      try {
        return await live.createRule(place.domainName, place.appName, templateId);
      } catch (error) {
        if (isKind(error, "notFound")) {
          throw new LiveError(`${messageOf(error)}. ${nextForMissing(templateId)}`, { cause: error });
        }
        const uncertain = isUncertain(error);
        const refusedAsDuplicate = isKind(error, "unknown") || isKind(error, "invalid");
        if (!uncertain && !refusedAsDuplicate) throw error;
        const rule = uncertain ? await live.lookAfter(error, live.rules, current) : current(await live.rules.refetch());
        if (rule?.templateId === templateId) return;
        if (rule) throw boundElsewhere(rule);
        if (!uncertain || attempt === 3 || performance.now() > end) throw error;
      }
    }
  }

  /**
   * Deletes the rule and creates it again, since the API cannot modify one. If that fails, it tries to restore the former
   * rule; a {@link RebindFailure} says which template is bound then.
   */
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
      await bind(live, place, wanted, { deleted: former });
    } catch (error) {
      const message = `${object} was not bound to template ${wanted}: ${messageOf(error)}`;
      try {
        await bind(live, place, former, { patience: 1 });
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
}

/** The outputs of a binding, as the state stores them. */
export function bindingOutputs(
  { domainName, appName }: Place,
  templateId: string,
  accountId: string | undefined,
  propagation: Propagation | undefined,
): Values {
  return { domainName, appName, templateId, accountId, propagation };
}

/** Only an enabled push domain can be bound. The API may accept any other one, but no callback would ever arrive. */
async function refuseUnusableDomain(live: LiveGateway, domainName: string): Promise<void> {
  const domain = await live.domain(domainName);
  const refuse = (reason: string) => new LiveError(`${domainName} ${reason}`);
  if (!domain)
    throw refuse(
      "is not a domain of this account. Next: add it as a push domain in the Live console, or check the name",
    );
  if (domain.type === "play")
    throw refuse("is a play domain; callbacks belong to push domains. Next: name the push domain");
  if (!domain.enabled) throw refuse("is disabled. Next: enable it in the Live console");
}

/** Checks that the new template exists before the old rule is deleted: without a rule no callbacks are sent. */
async function refuseMissingTemplate(live: LiveGateway, templateId: string): Promise<void> {
  if ((await live.templates.fresh()).has(templateId)) return;
  if (await live.lookAgain(live.templates, (templates) => templates.get(templateId))) return;
  throw new LiveError(`the account has no template ${templateId}. ${nextForMissing(templateId)}`);
}

function nextForMissing(templateId: string): string {
  return (
    `Next: check that template ${templateId} exists in this account; if this stack declares it, \`pulumi up --refresh\` ` +
    "creates it again"
  );
}

export function boundElsewhere(rule: LiveRule, expected?: string): LiveError {
  const place = ruleKey(rule.domainName, rule.appName);
  const rest = expected
    ? `, not to ${expected} as in the state of this stack. Next: \`pulumi up --refresh\` shows the change and continues from there`
    : ". Next: if this resource is being replaced, set its option deleteBeforeReplace: true; if no other resource or " +
      `stack manages that rule, import it ({ import: "${place}" }) with templateId "${rule.templateId}", or set ` +
      "allowOverwrite: true";
  return new LiveError(`${place} is bound to template ${rule.templateId}${rest}`);
}

/** The propagation of an existing rule, from the server's time of its last change; without one, from now. */
export function serverPropagation(live: LiveGateway, rule: LiveRule): Propagation {
  return propagationOf(rule.changedAt ?? Date.now(), live.settings.propagationSeconds);
}
