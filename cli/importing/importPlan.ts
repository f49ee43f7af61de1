/** Which objects `import` imports and under which names, and the file for `pulumi import`. Pure functions. */
import { matchesGlob } from "node:path";
import { type LiveRule, type LiveTemplate, ruleKey, setFields } from "../../provider/live/actions";
import { propagationOf } from "../../provider/propagation";
import { secretEnvelope } from "../../provider/properties";
import { handlersText, typeToken } from "../../provider/resources/handlersText";
import { type Account, isInAccount } from "../account";
import type { ManagedResource } from "../stack/stackState";
import { constantName, distinctNames, resourceName } from "./names";

/** Globs, or ids. A missing list matches everything. */
export interface ImportFilter {
  domain?: readonly string[];
  app?: readonly string[];
  name?: readonly string[];
  template?: readonly string[];
}

/** A resource that the program declares and the state doesn't have. */
export interface DeclaredResource {
  urn: string;
  name: string;
  kind: ManagedResource["kind"];
  /** The name of a template, or `<domain>/<app>` of a binding. */
  object: string;
  /** URN of a parent other than the stack. */
  parent: string | undefined;
  /** Parents that the state doesn't have either, outermost first. */
  components?: readonly DeclaredComponent[];
}

/** A component that the state doesn't have: `pulumi import` refuses a resource with a missing parent. */
export interface DeclaredComponent {
  urn: string;
  name: string;
  type: string;
  parent: string | undefined;
}

/** A template to import. */
export interface PlannedTemplate {
  template: LiveTemplate;
  /** Name of the resource in the program. */
  name: string;
  /** Name of its constant in the program. */
  constant: string;
  /** The key in the stack's secret configuration for its callback key, if it has one. */
  configKey: string | undefined;
  /** Set if the program already declares it, so that it is missing only in the state. */
  declared: DeclaredResource | undefined;
}

/** A rule to import. */
export interface PlannedBinding {
  rule: LiveRule;
  name: string;
  /** The constant of its template, if the same text declares it. */
  templateConstant: string | undefined;
  declared: DeclaredResource | undefined;
}

export interface ImportPlan {
  templates: PlannedTemplate[];
  bindings: PlannedBinding[];
  /** Ids of rules among `bindings` whose templates don't exist. */
  orphaned: string[];
  /** Number of objects that the stack already has. */
  skipped: number;
}

/** Plans the import of all objects that match the filter and that the stack doesn't manage yet. */
export function planImport(
  account: Pick<Account, "accountId" | "templates" | "rules">,
  filter: ImportFilter,
  stack: { resources: readonly ManagedResource[]; declared: readonly DeclaredResource[]; names: ReadonlySet<string> },
): ImportPlan {
  const { templates, rules } = select(account, filter);
  const here = stack.resources.filter((resource) => isInAccount(resource, account.accountId));
  const objects = new Set(here.map(({ kind, id }) => `${kind} ${id}`));
  const held = (kind: ManagedResource["kind"], id: string) => objects.has(`${kind} ${id}`);
  const unclaimed = [...stack.declared];
  const claim = (kind: ManagedResource["kind"], object: string, name?: string) => {
    const fits = (other: DeclaredResource) =>
      other.kind === kind && other.object === object && (name === undefined || other.name === name);
    const index = unclaimed.findIndex(fits);
    return index === -1 ? undefined : unclaimed.splice(index, 1)[0];
  };

  const newTemplates = templates.filter(({ templateId }) => !held("template", templateId));
  const newRules = rules.filter((rule) => !held("binding", ruleKey(rule.domainName, rule.appName)));
  const taken = new Set([...stack.names, ...stack.declared.map(({ name }) => name)]);
  const templateNames = distinctNames(
    newTemplates.map(({ templateName, templateId }) => [resourceName(templateName ?? ""), templateId]),
    taken,
  );
  const constants = distinctNames(
    newTemplates.map(({ templateName, templateId }) => [constantName(templateName ?? ""), templateId]),
    reserved,
    "",
  );
  // Templates with the same name differ by the id that `distinctNames` has put into all but one of the names.
  const claimedById = new Map(
    newTemplates.map(({ templateName = "", templateId }) => [
      templateId,
      claim("template", templateName, `${resourceName(templateName)}-${templateId}`),
    ]),
  );
  const plannedTemplates = newTemplates.map((template, index): PlannedTemplate => {
    const { templateName = "", templateId } = template;
    const ofProgram = claimedById.get(templateId) ?? claim("template", templateName);
    const constant = constants[index] ?? "";
    return {
      template,
      name: ofProgram?.name ?? templateNames[index] ?? "",
      constant,
      configKey: template.callbackKey && !ofProgram ? configKeyOf(constant, templateId) : undefined,
      declared: ofProgram,
    };
  });

  const bindingNames = distinctNames(
    newRules.map(({ domainName, appName }) => [
      resourceName([domainName, appName].filter(Boolean).join("-")),
      "binding",
    ]),
    new Set([...taken, ...templateNames]),
  );
  const constantOf = new Map(
    plannedTemplates
      .filter((planned) => !planned.declared)
      .map(({ template, constant }) => [template.templateId, constant]),
  );
  const plannedBindings = newRules.map((rule, index): PlannedBinding => {
    const ofProgram = claim("binding", ruleKey(rule.domainName, rule.appName));
    return {
      rule,
      name: ofProgram?.name ?? bindingNames[index] ?? "",
      templateConstant: constantOf.get(rule.templateId),
      declared: ofProgram,
    };
  });
  return {
    templates: plannedTemplates,
    bindings: plannedBindings,
    orphaned: newRules
      .filter(({ templateId }) => !account.templates.has(templateId))
      .map(({ domainName, appName }) => ruleKey(domainName, appName)),
    skipped: templates.length - newTemplates.length + rules.length - newRules.length,
  };
}

/** Names that the program's imports use, so that its constants can't. */
const reserved: ReadonlySet<string> = new Set(["pulumi", "lvb", "config"]);

/** Templates and rules that match. A rule includes its template, and a filter for rules excludes all other templates. */
function select(
  { templates, rules }: Pick<Account, "templates" | "rules">,
  { domain, app, name, template: ids }: ImportFilter,
): { templates: LiveTemplate[]; rules: LiveRule[] } {
  const passes = (globs: readonly string[] | undefined, text: string) =>
    globs === undefined || globs.some((glob) => matches(glob, text));
  const wanted = (template: LiveTemplate | undefined) =>
    template === undefined
      ? ids === undefined && name === undefined
      : passes(name, template.templateName ?? "") && (ids === undefined || ids.includes(template.templateId));
  const chosenRules = [...rules.values()].filter(
    (rule) => passes(domain, rule.domainName) && passes(app, rule.appName) && wanted(templates.get(rule.templateId)),
  );
  const bound = new Set(chosenRules.map(({ templateId }) => templateId));
  const onlyRules = domain !== undefined || app !== undefined;
  return {
    rules: chosenRules,
    templates: [...templates.values()].filter(
      (template) => wanted(template) && (!onlyRules || bound.has(template.templateId)),
    ),
  };
}

/** Matches a name with a glob; `/` is an ordinary character. */
function matches(glob: string, text: string): boolean {
  const flat = (part: string) => part.replaceAll("/", "\u0001");
  return text === glob || matchesGlob(flat(text), flat(glob));
}

function configKeyOf(constant: string, templateId: string): string {
  return /^[A-Za-z][A-Za-z0-9]*$/.test(constant) ? `${constant}CallbackKey` : `callbackKey${templateId}`;
}

/**
 * Parents in the file for `pulumi import`: the table of their URNs, entries for components that the state lacks, and the
 * member `parent` of an entry.
 */
export function parentsOf(plan: ImportPlan) {
  const nameTable: Record<string, string> = {};
  const keys = new Map<string, string>();
  const parentOf = (declared: Pick<DeclaredResource, "parent"> | undefined) => {
    if (!declared?.parent) return {};
    const key = keys.get(declared.parent) ?? `parent${keys.size}`;
    if (!keys.has(declared.parent)) nameTable[key] = declared.parent;
    keys.set(declared.parent, key);
    return { parent: key };
  };
  const missing = [...plan.templates, ...plan.bindings].flatMap(({ declared }) => declared?.components ?? []);
  const components = [...new Map(missing.map((component) => [component.urn, component])).values()].map((component) => {
    const { urn, type, name } = component;
    const parent = parentOf(component);
    const key = `parent${keys.size}`;
    keys.set(urn, key);
    return { type, name: key, logicalName: name, component: true, ...parent };
  });
  return { nameTable, components, parentOf };
}

/** The file for `pulumi import`. **It contains unencrypted callback keys.** */
export function importFile(plan: ImportPlan, { accountId, live }: Account): string {
  const { nameTable, components, parentOf } = parentsOf(plan);
  const templates = plan.templates.map(({ template, name, declared }) => {
    const { templateId, ...fields } = template;
    const { callbackKey, ...rest } = setFields(fields);
    // An import file has the secret as JSON in `plaintext`, where the wire has `value`.
    const key = callbackKey ? { callbackKey: { ...secretEnvelope, plaintext: JSON.stringify(callbackKey) } } : {};
    const inputs = { ...rest, ...key, __provider: handlersText("CallbackTemplate") };
    const outputs = { ...inputs, templateId, ...(accountId && { accountId }) };
    return { type: typeToken("CallbackTemplate"), name, id: templateId, inputs, outputs, ...parentOf(declared) };
  });
  const bindings = plan.bindings.map(({ rule, name, declared }) => {
    const { domainName, appName, templateId, changedAt } = rule;
    const inputs = { domainName, appName, templateId, __provider: handlersText("DomainTemplateBinding") };
    const propagation =
      changedAt === undefined ? {} : { propagation: propagationOf(changedAt, live.settings.propagationSeconds) };
    const outputs = { ...inputs, ...(accountId && { accountId }), ...propagation };
    const id = ruleKey(domainName, appName);
    return { type: typeToken("DomainTemplateBinding"), name, id, inputs, outputs, ...parentOf(declared) };
  });
  return JSON.stringify({ nameTable, resources: [...components, ...templates, ...bindings] });
}
