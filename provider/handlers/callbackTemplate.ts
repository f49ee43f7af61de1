/**
 * Callback templates: the handlers that run in the provider process, and the calls that each of them sends.
 *
 * - check, diff: none
 * - create: DescribeLiveCallbackTemplates, CreateLiveCallbackTemplate; if the name exists also DescribeLiveCallbackRules,
 *   and ModifyLiveCallbackTemplate for a template that an interrupted run left; with `import` no write
 * - read: DescribeLiveCallbackTemplates
 * - update: DescribeLiveCallbackTemplates, ModifyLiveCallbackTemplate
 * - delete: DescribeLiveCallbackTemplates, DescribeLiveCallbackRules, DeleteLiveCallbackTemplate
 *
 * GetCallerIdentity of STS runs once per process: in a create, before a write to an object in the state, and before an
 * object is dropped from the state.
 */
import { setFields, type TemplateValues } from "../live/actions";
import { LiveError } from "../live/errors";
import type { LiveGateway } from "../live/gateway";
import { isSet, sameValue, type TemplateField, templateFields, writeOnlyField } from "../properties";
import { templateRules, urlFields } from "./callbackTemplateInputs";
import { differs, templateOutputs, templateReconciling } from "./callbackTemplateReconciling";
import { failed } from "./failure";
import { checkInputs, isImport, isUnknown, replacedOnChange } from "./inputRules";
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
  const { make, importExisting, whileHostsResolve, deleteUnused } = templateReconciling(session);

  return {
    check(olds, news): CheckResult {
      const { inputs, failures } = checkInputs(olds, news, templateRules);
      const { __autoName: autoName, ...rest } = inputs;
      const given = "templateName" in rest;
      // The first automatic name is kept: renaming the resource with an alias must not rename the template.
      const kept = olds.__autoName ?? autoName;
      if (isSet(news.__import) && !isSet(news.templateName)) {
        failures.push({ property: "templateName", reason: "templateName is required with the import option" });
      }
      const hasUrl = (values: Values) => urlFields.some((field) => isSet(values[field]));
      const imports = isImport(olds, news, templateRules);
      const neverHadUrl = imports || (Object.keys(olds).length > 0 && !hasUrl(olds));
      if (!hasUrl(news) && !neverHadUrl) {
        failures.push({ property: "", reason: `at least one callback URL is required: ${urlFields.join(", ")}` });
      }
      const name = given ? rest.templateName : kept;
      if (isSet(name) && !isUnknown(name)) {
        const namesake = claims.templates.enter(String(name), news, text(olds.templateName), imports);
        const reason = `another resource of this run, "${namesake}", has the same templateName. Next: give one another name`;
        // Equal explicit names are allowed here: two live templates may share a name, and `import` declares both.
        if (namesake !== undefined && !given) failures.push({ property: "templateName", reason });
      }
      return {
        inputs: given || kept === undefined ? rest : { ...rest, templateName: kept, __autoName: kept },
        failures,
      };
    },

    diff(id, olds, news): DiffResult {
      if (isSet(olds.accountId)) claims.accountIds.add(String(olds.accountId));
      const name = String(isUnknown(news.templateName) ? olds.templateName : news.templateName);
      if (claims.templates.declares(name)) claims.heldTemplates.set(id, name);
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
          typeof imported === "string" ? importExisting(live, imported, inputs) : make(live, object, inputs),
        );
      } catch (error) {
        throw failed(object, "created", error);
      }
    },

    async read(id, props): Promise<ReadResult> {
      const live = await session.live();
      const object = `callback template ${id}`;
      // `.get` passes no outputs; a refresh passes the stored outputs, which include the id.
      const known = props.templateId !== undefined;
      try {
        const template = await findObject(live, live.templates, id, props);
        if (!template) {
          if (!known) throw new LiveError("no such template in the account");
          await live.confirmGone(text(props.accountId), object);
          return { id: "", props: {} };
        }
        const edited = known && templateFields.some((field) => differs(field, props[field], template[field]));
        // Another account can have a template with the same id. A new name is rare, so check whose template this is.
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
          throw new LiveError("it no longer exists in the account. Next: `pulumi up --refresh` creates it again");
        }
        const changed = templateFields.filter((field) => !sameValue(olds[field], news[field]));
        if (changed.includes("templateName")) {
          await refuseNameInUse(live, id, String(news.templateName), claims.heldTemplates);
        }

        const unseen = templateFields.filter(
          (field) => !changed.includes(field) && differs(field, olds[field], template[field]),
        );
        if (unseen.length > 0) {
          report.warn(
            `${object}: ${unseen.join(", ")} ${unseen.length > 1 ? "were" : "was"} changed outside of this stack; ` +
              "this run leaves the change as it is. Next: `pulumi up --refresh` shows and repairs it",
          );
        }
        // The state keeps the old value of a field edited elsewhere. With the new value, the next `up` would revert the
        // edit, and its preview would not show the field.
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
        report.warn(`${object} is kept: another resource of this run now manages it`);
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
  return new LiveError("another resource of this run has the same templateName. Next: give one another name");
}

/** Refuses a rename to the name of another template. `renamed`: the names that this run gives to templates, by id. */
async function refuseNameInUse(
  live: LiveGateway,
  id: string,
  name: string,
  renamed: ReadonlyMap<string, string>,
): Promise<void> {
  const templates = (await live.templates.fresh()).values();
  const other = [...templates].find(
    ({ templateName, templateId }) =>
      templateName === name && templateId !== id && (renamed.get(templateId) ?? name) === name,
  );
  if (!other) return;
  throw new LiveError(
    `the account already has a template "${name}": ${other.templateId}. Next: choose another templateName`,
  );
}

/** The parameters of Modify: every set field, and an explicit empty value for each field to clear. */
function toSend(desired: TemplateValues, changed: readonly TemplateField[]): TemplateValues {
  const cleared = changed.filter((field) => !isSet(desired[field]));
  const empty = Object.fromEntries(cleared.map((field) => [field, field === "recordExceptionLevels" ? [] : ""]));
  return { ...setFields(desired), ...empty };
}
