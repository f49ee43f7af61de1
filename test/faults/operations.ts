// The operations of the handlers: the account and the state before, the calls, and what must be true afterwards.
import type { EmulatorState, StateInput } from "../../emulator/index.ts";
import { account, bindingState, longAgo, templateState, url } from "../protocol/fixtures.ts";
import { host, type Resource, type ResourceName, type Values } from "../protocol/providerProcess.ts";

/** An object in the state; undefined: not in the state. */
export type Kept = { id: string; outs: Values } | undefined;

/**
 * `list` changes nothing and needs an answer. `account` changes nothing and needs an answer only if it is `demanded`.
 * `create` must not be sent twice, `repeatable` may be.
 */
export type CallKind = "list" | "account" | "demanded" | "create" | "repeatable";

export interface Call {
  action: string;
  kind: CallKind;
  /** Which call of the action. Default: 1. */
  nth?: number;
}

export interface Operation {
  title: string;
  resource: ResourceName;
  /** The text that an error must contain. */
  object: string;
  account: StateInput;
  kept: Kept;
  calls: Call[];
  /** The first call of this action is always refused, to test what happens then. */
  refused?: string;
  /** Runs the operation, and returns the object in the state afterwards. */
  run(resource: Resource, kept: Kept): Promise<Kept>;
  /** The expected outputs in the state, and objects in the account. */
  outs: Values | undefined;
  own(state: EmulatorState): unknown[];
  wanted: unknown[];
}

export const callbackKey = "KeyOfTheTemplate42";
const autoName = "events-1234567";
const domain = "push.example.com";
const delayed = "delayed.example.com";

const fields = {
  templateName: "events",
  description: "Events",
  streamBeginNotifyUrl: url,
  recordNotifyUrl: `${url}/records`,
  recordExceptionLevels: ["error"],
  callbackKey,
};
const live = {
  TemplateName: "events",
  Description: "Events",
  StreamBeginNotifyUrl: url,
  RecordNotifyUrl: `${url}/records`,
  RecordExceptionLevels: ["error"],
  CallbackKey: callbackKey,
};

/** Someone else's objects, as similar to ours as possible. */
export const foreignTemplate = { ...live, TemplateId: 901, TemplateName: "events-of-others" };
export const foreignRule = { DomainName: domain, AppName: "others", TemplateId: 901 };

const holding = (state: StateInput = {}): StateInput => ({
  domains: [domain, { Name: delayed, IsDelayLive: 1 }],
  templates: [foreignTemplate, ...(state.templates ?? [])],
  rules: [foreignRule, ...(state.rules ?? [])],
});

const accountCall: Call = { action: "GetCallerIdentity", kind: "account" };
const demanded: Call = { action: "GetCallerIdentity", kind: "demanded" };
const listTemplates: Call = { action: "DescribeLiveCallbackTemplates", kind: "list" };
const listRules: Call = { action: "DescribeLiveCallbackRules", kind: "list" };
const listDomains: Call = { action: "DescribeLiveDomains", kind: "list" };
const createTemplate: Call = { action: "CreateLiveCallbackTemplate", kind: "create" };
const modifyTemplate: Call = { action: "ModifyLiveCallbackTemplate", kind: "repeatable" };
const deleteTemplate: Call = { action: "DeleteLiveCallbackTemplate", kind: "repeatable" };
const createRule: Call = { action: "CreateLiveCallbackRule", kind: "create" };
const deleteRule: Call = { action: "DeleteLiveCallbackRule", kind: "repeatable" };

const create = (inputs: Values) => (resource: Resource, kept: Kept) => {
  // Kept with errors: the engine continues with an update.
  if (kept) return update(inputs)(resource, kept);
  return resource.create(inputs);
};
/** Uses the option `import` of the classes. For the plugin, the engine reads the object. */
const importing = (inputs: Values, id: string) => async (resource: Resource, kept: Kept) => {
  if (host() === "dynamic") return create({ ...inputs, __import: id })(resource, kept);
  const read = await resource.read(id);
  return { id: read.id, outs: read.props };
};
const update = (news: Values) => async (resource: Resource, kept: Kept) => {
  const { id, outs } = known(kept);
  return { id, outs: (await resource.update(id, outs, news)).outs };
};
const read = async (resource: Resource, kept: Kept) => {
  const { id, props } = await resource.read(known(kept).id, known(kept).outs);
  return id === "" ? undefined : { id, outs: props };
};
const remove = async (resource: Resource, kept: Kept) => {
  await resource.delete(known(kept).id, known(kept).outs);
  return undefined;
};

function known(kept: Kept): { id: string; outs: Values } {
  if (!kept) throw new Error("the state has lost the object");
  return kept;
}

const ofTemplate = {
  resource: "CallbackTemplate",
  object: "callback template",
  own: ({ templates }: EmulatorState) =>
    templates
      .filter(({ TemplateId }) => TemplateId !== 901)
      .map(({ TemplateName, Description }) => ({ TemplateName, Description })),
} as const;

const ofBinding = {
  resource: "DomainTemplateBinding",
  own: ({ rules }: EmulatorState) =>
    rules
      .filter(({ AppName }) => AppName !== "others")
      .map(({ DomainName, AppName, TemplateId }) => ({ DomainName, AppName, TemplateId })),
} as const;

const template = { ...live, TemplateId: 501 };
const keptTemplate = { id: "501", outs: templateState("501", fields) };
const made = [{ TemplateName: "events", Description: "Events" }];

const templateOperations: Operation[] = [
  {
    ...ofTemplate,
    title: "create",
    account: holding(),
    kept: undefined,
    calls: [accountCall, listTemplates, createTemplate],
    run: create(fields),
    outs: { templateName: "events", description: "Events" },
    wanted: made,
  },
  {
    ...ofTemplate,
    title: "create after a killed run",
    account: holding({ templates: [{ ...template, TemplateName: autoName }] }),
    kept: undefined,
    // No action returns recordStatusNotifyUrl, so it is written again.
    calls: [accountCall, listTemplates, listRules, modifyTemplate],
    run: create({ ...fields, recordStatusNotifyUrl: url, templateName: autoName, __autoName: autoName }),
    outs: { templateName: autoName, templateId: "501", recordStatusNotifyUrl: url },
    wanted: [{ TemplateName: autoName, Description: "Events" }],
  },
  {
    ...ofTemplate,
    title: "import",
    account: holding({ templates: [template] }),
    kept: undefined,
    calls: [listTemplates, accountCall],
    object: host() === "plugin" ? "callback template 501" : ofTemplate.object,
    run: importing(fields, "501"),
    outs: { templateName: "events", templateId: "501" },
    wanted: made,
  },
  {
    ...ofTemplate,
    title: "read",
    account: holding({ templates: [template] }),
    kept: keptTemplate,
    calls: [listTemplates],
    run: read,
    outs: { templateName: "events", templateId: "501", accountId: account, propagation: longAgo },
    wanted: made,
  },
  {
    ...ofTemplate,
    title: "read, gone",
    account: holding(),
    kept: keptTemplate,
    calls: [listTemplates, demanded],
    run: read,
    outs: undefined,
    wanted: [],
  },
  {
    ...ofTemplate,
    title: "update",
    account: holding({ templates: [template] }),
    kept: keptTemplate,
    calls: [accountCall, listTemplates, modifyTemplate],
    run: update({ ...fields, description: "Edited" }),
    outs: { templateName: "events", description: "Edited", templateId: "501", accountId: account },
    wanted: [{ TemplateName: "events", Description: "Edited" }],
  },
  {
    ...ofTemplate,
    title: "delete",
    account: holding({ templates: [template] }),
    kept: keptTemplate,
    calls: [accountCall, listTemplates, listRules, deleteTemplate],
    run: remove,
    outs: undefined,
    wanted: [],
  },
  {
    ...ofTemplate,
    title: "delete, gone",
    account: holding(),
    kept: keptTemplate,
    calls: [demanded, listTemplates],
    run: remove,
    outs: undefined,
    wanted: [],
  },
];

const twoTemplates = [template, { ...live, TemplateId: 502, TemplateName: "events-2" }];
const bind = { domainName: domain, appName: "live", templateId: "501" };
const rule = { DomainName: domain, AppName: "live", TemplateId: 501 };
const keptBinding = { id: `${domain}/live`, outs: bindingState(domain, "live", "501") };
const live1 = { ...ofBinding, object: `binding ${domain}/live` };

const bindingOperations: Operation[] = [
  {
    ...live1,
    title: "create",
    account: holding({ templates: twoTemplates }),
    kept: undefined,
    calls: [accountCall, listRules, listDomains, createRule],
    run: create(bind),
    outs: bind,
    wanted: [rule],
  },
  {
    ...ofBinding,
    object: `binding ${delayed}/live`,
    title: "create, delayed-live domain",
    account: holding({ templates: twoTemplates }),
    kept: undefined,
    calls: [accountCall, listRules, listDomains, { ...listDomains, nth: 2 }, createRule],
    run: create({ ...bind, domainName: delayed }),
    outs: { ...bind, domainName: delayed },
    wanted: [{ ...rule, DomainName: delayed }],
  },
  {
    ...live1,
    title: "create, allowOverwrite",
    account: holding({ templates: twoTemplates, rules: [{ ...rule, TemplateId: 502 }] }),
    kept: undefined,
    calls: [accountCall, listRules, listTemplates, deleteRule, createRule],
    run: create({ ...bind, allowOverwrite: true }),
    outs: bind,
    wanted: [rule],
  },
  {
    ...live1,
    title: "create, rule exists",
    account: holding({ templates: twoTemplates, rules: [rule] }),
    kept: undefined,
    calls: [accountCall, listRules],
    run: create(bind),
    outs: bind,
    wanted: [rule],
  },
  {
    ...live1,
    title: "import",
    account: holding({ templates: twoTemplates, rules: [rule] }),
    kept: undefined,
    calls: [listRules, accountCall],
    run: importing(bind, `${domain}/live`),
    outs: bind,
    wanted: [rule],
  },
  {
    ...live1,
    title: "read",
    account: holding({ templates: twoTemplates, rules: [rule] }),
    kept: keptBinding,
    calls: [listRules],
    run: read,
    outs: { ...bind, accountId: account },
    wanted: [rule],
  },
  {
    ...live1,
    title: "read, gone",
    account: holding({ templates: twoTemplates }),
    kept: keptBinding,
    calls: [listRules, demanded],
    run: read,
    outs: undefined,
    wanted: [],
  },
  {
    ...live1,
    title: "change of template",
    account: holding({ templates: twoTemplates, rules: [rule] }),
    kept: keptBinding,
    calls: [accountCall, listRules, listTemplates, deleteRule, createRule],
    run: update({ ...bind, templateId: "502" }),
    outs: { ...bind, templateId: "502", accountId: account },
    wanted: [{ ...rule, TemplateId: 502 }],
  },
  {
    ...live1,
    title: "change of template, refused: former restored",
    account: holding({ templates: twoTemplates, rules: [rule] }),
    kept: keptBinding,
    refused: createRule.action,
    calls: [{ ...createRule, nth: 2 }],
    run: update({ ...bind, templateId: "502" }),
    outs: { ...bind, templateId: "502", accountId: account },
    wanted: [{ ...rule, TemplateId: 502 }],
  },
  {
    ...live1,
    title: "update, rule gone",
    account: holding({ templates: twoTemplates }),
    kept: keptBinding,
    calls: [demanded, listRules, createRule],
    run: update({ ...bind, templateId: "502" }),
    outs: { ...bind, templateId: "502", accountId: account },
    wanted: [{ ...rule, TemplateId: 502 }],
  },
  {
    ...live1,
    title: "delete",
    account: holding({ templates: twoTemplates, rules: [rule] }),
    kept: keptBinding,
    calls: [accountCall, listRules, deleteRule],
    run: remove,
    outs: undefined,
    wanted: [],
  },
  {
    ...live1,
    title: "delete, gone",
    account: holding({ templates: twoTemplates }),
    kept: keptBinding,
    calls: [demanded, listRules],
    run: remove,
    outs: undefined,
    wanted: [],
  },
];

export const operations: Operation[] = [...templateOperations, ...bindingOperations];
