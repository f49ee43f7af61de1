/**
 * Bindings of a callback template to a push domain and app; the API calls them rules. The handlers that run in the
 * provider process, and the calls that each of them sends.
 *
 * - check, diff: none
 * - create: DescribeLiveCallbackRules, DescribeLiveDomains, CreateLiveCallbackRule; if the rule exists, like update; with
 *   `import` no write
 * - read: DescribeLiveCallbackRules
 * - update: DescribeLiveCallbackRules, DescribeLiveCallbackTemplates, DeleteLiveCallbackRule, CreateLiveCallbackRule (no
 *   action modifies a rule)
 * - delete: DescribeLiveCallbackRules, DeleteLiveCallbackRule
 *
 * GetCallerIdentity of STS runs once per process.
 */
import { ruleKey } from "../live/actions";
import { LiveError } from "../live/errors";
import type { LiveGateway } from "../live/gateway";
import { reconcilePropagation } from "../propagation";
import { isSet, sameValue } from "../properties";
import { bindingRules, parseId, placeOf, ruleKeyOf } from "./domainTemplateBindingInputs";
import {
  bindingOutputs,
  bindingReconciling,
  boundElsewhere,
  RebindFailure,
  serverPropagation,
} from "./domainTemplateBindingReconciling";
import { failed } from "./failure";
import { checkInputs, isImport, isUnknown, replacedOnChange } from "./inputRules";
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

/** Each notice is a line in the run's output, so a large stack prints only the first ones. */
const mostNotices = 20;

export function domainTemplateBindingHandlers(session: Session): Handlers {
  const { claims, report } = session;
  /** By rule key: the template that the state has for it. */
  const boundBefore = new Map<string, string>();
  const { make, importExisting, bind, rebind } = bindingReconciling(session, boundBefore);
  let notices = 0;

  return {
    check(olds, news): CheckResult {
      const { inputs, failures } = checkInputs(olds, news, bindingRules);
      if (failures.length > 0 || isUnknown([inputs.domainName, inputs.appName])) return { inputs, failures };
      const key = ruleKeyOf(inputs);
      const former = isSet(olds.domainName) ? ruleKeyOf(olds) : undefined;
      if (former !== undefined) boundBefore.set(former, String(olds.templateId));
      const other = claims.rules.enter(key, news, former, isImport(olds, news, bindingRules));
      const reason = `another resource of this run, "${other}", binds the same domain and app, ${key}. Next: remove one`;
      return { inputs, failures: other === undefined ? [] : [{ property: "", reason }] };
    },

    diff(id, olds, news): DiffResult {
      if (isSet(olds.accountId)) claims.accountIds.add(String(olds.accountId));
      const changed = (property: string) => isUnknown(news[property]) || !sameValue(olds[property], news[property]);
      const moved = ["domainName", "appName"].filter(changed);
      const switched = ["templateId"].filter(changed);
      if (moved.length === 0 && claims.rules.declares(ruleKeyOf(news))) claims.heldRules.add(id);
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
            ? importExisting(live, imported, place, templateId)
            : make(live, object, place, templateId, inputs.allowOverwrite === true),
        );
      } catch (error) {
        throw failed(object, "created", error);
      }
    },

    async read(id, props): Promise<ReadResult> {
      const live = await session.live();
      const object = `binding ${id}`;
      // `.get` passes no outputs; a refresh passes the stored outputs, which include the template.
      const known = props.templateId !== undefined;
      try {
        const place = known ? placeOf(props) : parseId(id);
        const key = ruleKey(place.domainName, place.appName);
        const rule = await findObject(live, live.rules, key, props);
        if (!rule) {
          if (!known) throw new LiveError("no such rule in the account");
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
          props: bindingOutputs(place, rule.templateId, accountId, propagation),
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
          return { outs: bindingOutputs(place, wanted, accountId, propagation) };
        }
        if (!rule) {
          await live.confirmGone(accountId, object);
          await bind(live, place, wanted);
        } else {
          if (rule.templateId !== former && news.allowOverwrite !== true) throw boundElsewhere(rule, former);
          await rebind(live, object, place, rule.templateId, wanted);
          printUntilWhen(live, `${object}: callbacks of template ${rule.templateId}`);
        }
        return { outs: bindingOutputs(place, wanted, accountId, changedNow(live)) };
      } catch (error) {
        if (error instanceof RebindFailure) {
          throw new PartialFailure(error.message, key, bindingOutputs(place, error.bound, accountId, changedNow(live)));
        }
        throw failed(object, `bound to template ${wanted}`, error);
      }
    },

    async delete(_id, props) {
      const place = placeOf(props);
      const key = ruleKey(place.domainName, place.appName);
      const object = `binding ${key}`;
      if (claims.ruleKeys.has(key) || claims.heldRules.has(key)) {
        report.warn(`${object} is kept: another resource of this run now manages it`);
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
              "stack set it; the rule is left alone",
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

  function printUntilWhen(live: LiveGateway, what: string): void {
    notices += 1;
    if (notices > mostNotices) return;
    const others =
      notices === mostNotices
        ? `; for the other changes of this run, until ${live.settings.propagationSeconds} s after each`
        : "";
    report.info(`${what} may still arrive until ${changedNow(live).effectiveAt}${others}`);
  }
}

function samePlace(): LiveError {
  return new LiveError("another resource of this run binds the same domain and app. Next: remove one");
}

/** Whether a rule that seems to point elsewhere is in fact as we wrote it a moment ago: reads may lag. */
async function isAsWritten(live: LiveGateway, key: string, props: Values): Promise<boolean> {
  if (!writtenRecently(props)) return false;
  return (
    (await live.lookAgain(live.rules, (rules) => rules.get(key)?.templateId === props.templateId || undefined)) ?? false
  );
}
