/**
 * Callback templates: what runs in the provider process.
 *
 * check, diff → no call · create → DescribeLiveCallbackTemplates, CreateLiveCallbackTemplate · read →
 * DescribeLiveCallbackTemplates · update → the same, ModifyLiveCallbackTemplate · delete → the same,
 * DescribeLiveCallbackRules, DeleteLiveCallbackTemplate. GetCallerIdentity of STS once, before an object of the state is touched or given up.
 */
import { setFields, type TemplateValues } from "../live/actions";
import { LiveError } from "../live/errors";
import type { LiveGateway } from "../live/gateway";
import { isSet, sameValue, type TemplateField, templateFields, writeOnlyField } from "../properties";
import { templateRules, urlFields } from "./callbackTemplateInputs";
import { differs, templateOutputs, templateReconciling } from "./callbackTemplateReconciling";
import { failed } from "./failure";
import { checkInputs, isTakeOver, isUnknown, replacedOnChange } from "./inputRules";
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

export function callbackTemplateHandlers(session: Session): Handlers {
  const { claims, report } = session;
  const { make, adopt, whileHostsResolve, deleteUnused } = templateReconciling(session);

  return {
    check(olds, news): CheckResult {
      const { inputs, failures } = checkInputs(olds, news, templateRules);
      const { __autoName: autoName, ...rest } = inputs;
      const given = "templateName" in rest;
      // The name stays what it was made as: a rename of the resource with an alias must not rename the template.
      const kept = olds.__autoName ?? autoName;
      if (isSet(news.__import) && !isSet(news.templateName)) {
        failures.push({ property: "templateName", reason: "templateName is required with the import option" });
      }
      const hasUrl = (values: Values) => urlFields.some((field) => isSet(values[field]));
      const takesOver = isTakeOver(olds, news, templateRules);
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
        return { id, props: templateOutputs(id, accountId, propagation, props, fields), inputs };
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
          throw new LiveError("it is gone from the account. Next: `pulumi up --refresh` creates it again", {
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
          return { outs: templateOutputs(id, accountId, storedPropagation(olds), news, { ...desired, ...known }) };
        }
        await whileHostsResolve(live, object, desired, () => live.modifyTemplate(id, toSend(desired, changed)));
        return { outs: templateOutputs(id, accountId, changedNow(live), news, { ...desired, ...known }) };
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

/** A template as Modify wants it: whole, what is cleared said explicitly, China-only fields only if they matter. */
function toSend(desired: TemplateValues, changed: readonly TemplateField[]): TemplateValues {
  const cleared = changed.filter((field) => !isSet(desired[field]));
  const empty = Object.fromEntries(cleared.map((field) => [field, field === "recordExceptionLevels" ? [] : ""]));
  return { ...setFields(desired), ...empty };
}
