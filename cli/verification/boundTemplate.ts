/** A binding of the stack, with the template that its rule points to in the account. */
import { isSet, writeOnlyField } from "../../provider/properties";
import { type Account, isInAccount } from "../account";
import type { ManagedResource } from "../stack/stackState";
import { type Place, type UrlField, urlFields } from "./canFire";
import { placeOf } from "./chosenBindings";
import type { CallbackUrl } from "./reachable";

export interface BoundTemplate {
  /** The binding in the stack's state. */
  resource: ManagedResource;
  place: Place;
  /** The template that the rule points to; without a rule, the one in the state. */
  templateId: string | null;
  template: ReturnType<Account["templates"]["get"]>;
  /** The URLs that are set. */
  fields: UrlField[];
  /** Those of them that are readable. */
  urls: CallbackUrl[];
}

export function boundTemplate(
  resource: ManagedResource,
  resources: readonly ManagedResource[],
  account: Pick<Account, "accountId" | "rules" | "templates">,
): BoundTemplate {
  const rule = isInAccount(resource, account.accountId) ? account.rules.get(resource.id) : undefined;
  const inState = typeof resource.outputs.templateId === "string" ? resource.outputs.templateId : null;
  const templateId = rule?.templateId ?? inState;
  const template = rule && account.templates.get(rule.templateId);
  const declared = resources.find(({ kind, id }) => kind === "template" && id === templateId);
  // The API never returns this field, so it comes from the state.
  const values = { ...template, [writeOnlyField]: declared?.outputs[writeOnlyField] };
  const isSecret = (field: UrlField) => declared?.secretOutputs.has(field) ?? false;
  const fields = template
    ? urlFields.filter((field) => isSet(values[field]) || (field === writeOnlyField && isSecret(field)))
    : [];
  const urls = fields.flatMap((field): CallbackUrl[] => {
    const url = values[field];
    return typeof url === "string" ? [{ field, url, secret: isSecret(field) }] : [];
  });
  return { resource, place: placeOf(resource.id), templateId, template, fields, urls };
}
