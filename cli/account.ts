/** The live account of a stack, and how it differs from the states of stacks. */
import type { LiveRule, LiveTemplate } from "../provider/live/actions";
import type { LiveGateway } from "../provider/live/gateway";
import type { Configuration } from "../provider/live/settings";
import type { Transport } from "../provider/live/transport";
import { isSet, sameValue, templateFields, writeOnlyField } from "../provider/properties";
import type { ManagedResource } from "./stack/stackState";
import { tell } from "./terminal";
import type { Evidence } from "./verification/evidence";

export interface Account {
  live: LiveGateway;
  accountId: string | undefined;
  templates: ReadonlyMap<string, LiveTemplate>;
  rules: ReadonlyMap<string, LiveRule>;
}

/** The gateway, with the same credentials as the provider: a stack's configuration first, then the environment. */
export async function connectAccount(config: Configuration): Promise<LiveGateway> {
  return (await connectWithEvidence(config)).live;
}

/** The same, with the calls that only commands need. */
export async function connectWithEvidence(
  config: Configuration,
  note?: (text: string) => void,
): Promise<{ live: LiveGateway; evidence: Evidence }> {
  const [{ live, transport }, { createEvidence }] = await Promise.all([
    connectTransport(config, note),
    import("./verification/evidence.js"),
  ]);
  return { live, evidence: createEvidence(transport, live.settings.requestTimeoutMs) };
}

/** The same, with the transport for single calls. */
export async function connectTransport(
  config: Configuration,
  note: (text: string) => void = tell,
): Promise<{ live: LiveGateway; transport: Transport }> {
  const [{ LiveGateway, openTransport }, { createActions }, { readSettings }] = await Promise.all([
    import("../provider/live/gateway.js"),
    import("../provider/live/actions.js"),
    import("../provider/live/settings.js"),
  ]);
  const settings = readSettings(config, process.env);
  const transport = openTransport(settings, config, process.env, note);
  const live = new LiveGateway(createActions(transport, settings.requestTimeoutMs), settings);
  return { live: await live.ready(), transport };
}

/** The whole account: one call for each list, and one for the account id. */
export async function readAccount(live: LiveGateway): Promise<Account> {
  const [templates, rules, accountId] = await Promise.all([
    live.templates.fresh(),
    live.rules.fresh(),
    live.accountId(),
  ]);
  return { live, accountId, templates, rules };
}

/**
 * How an object in the account compares with the stacks. `missing`: it is in a stack, but not in the account.
 * `orphaned`: a rule that no stack manages and that points to a missing template.
 */
export type ObjectStatus = "managed" | "drifted" | "missing" | "unmanaged" | "orphaned";

export interface ComparedObject {
  kind: "template" | "binding";
  /** Id of the template, or `<domain>/<app>`. */
  id: string;
  /** The template's name, or `<domain>/<app>`. */
  name: string;
  /** The template of a binding: from the account, or from the state if the rule is missing. Null for templates. */
  templateId: string | null;
  status: ObjectStatus;
  managedBy: { stack: string; name: string; urn: string }[];
  /** Fields that differ between account and state, without values that may be secret. */
  drift: { field: string; live: unknown; state: unknown }[];
  /** The console binds whole domains only and cannot cancel a rule of one app. */
  consoleCannotCancel: boolean;
}

/** Compares the account with the states of stacks. Ignores resources in other accounts. */
export function compareAccount(
  { accountId, templates, rules }: Pick<Account, "accountId" | "templates" | "rules">,
  managed: readonly ManagedResource[],
): ComparedObject[] {
  const here = managed.filter((resource) => isInAccount(resource, accountId));
  const byObject = new Map<string, ManagedResource[]>();
  for (const resource of here) {
    const object = `${resource.kind} ${resource.id}`;
    byObject.set(object, [...(byObject.get(object) ?? []), resource]);
  }
  const holdersOf = (kind: ManagedResource["kind"], id: string) => byObject.get(`${kind} ${id}`) ?? [];

  const compared: ComparedObject[] = [];
  for (const template of templates.values()) {
    const holders = holdersOf("template", template.templateId);
    const drift = holders.flatMap((holder) => templateDrift(template, holder));
    compared.push({
      kind: "template",
      id: template.templateId,
      name: template.templateName ?? "",
      templateId: null,
      status: statusOf(holders, drift, false),
      managedBy: holders.map(holderOf),
      drift: distinct(drift),
      consoleCannotCancel: false,
    });
  }
  for (const [id, rule] of rules) {
    const holders = holdersOf("binding", id);
    const drift = holders.flatMap(({ outputs, secretOutputs }) =>
      secretOutputs.has("templateId") || sameValue(outputs.templateId, rule.templateId)
        ? []
        : [{ field: "templateId", live: rule.templateId, state: outputs.templateId }],
    );
    compared.push({
      kind: "binding",
      id,
      name: id,
      templateId: rule.templateId,
      status: statusOf(holders, drift, !templates.has(rule.templateId)),
      managedBy: holders.map(holderOf),
      drift: distinct(drift),
      consoleCannotCancel: rule.appName !== "",
    });
  }
  for (const holders of byObject.values()) {
    const [resource] = holders;
    if (!resource || (resource.kind === "template" ? templates : rules).has(resource.id)) continue;
    compared.push({
      kind: resource.kind,
      id: resource.id,
      name: resource.kind === "template" ? String(resource.outputs.templateName ?? "") : resource.id,
      templateId: typeof resource.outputs.templateId === "string" ? resource.outputs.templateId : null,
      status: "missing",
      managedBy: holders.map(holderOf),
      drift: [],
      consoleCannotCancel: false,
    });
  }
  return compared;
}

/** Whether a resource is in the account. True if either account id is unknown. */
export function isInAccount(resource: ManagedResource, accountId: string | undefined): boolean {
  return accountId === undefined || resource.accountId === undefined || resource.accountId === accountId;
}

function statusOf(holders: readonly ManagedResource[], drift: readonly unknown[], dangling: boolean): ObjectStatus {
  if (holders.length === 0) return dangling ? "orphaned" : "unmanaged";
  return drift.length > 0 ? "drifted" : "managed";
}

/** The state is read without its secrets, so for a secret only "set" or "not set" is compared. */
function templateDrift(live: LiveTemplate, { outputs, secretOutputs }: ManagedResource): ComparedObject["drift"] {
  return templateFields.flatMap((field): ComparedObject["drift"] => {
    if (field === writeOnlyField) return [];
    if (field === "callbackKey" || secretOutputs.has(field)) {
      const [inAccount, inState] = [isSet(live[field]), secretOutputs.has(field) || isSet(outputs[field])];
      const word = (set: boolean) => (set ? "set" : "not set");
      return inAccount === inState ? [] : [{ field, live: word(inAccount), state: word(inState) }];
    }
    if (sameValue(live[field], outputs[field])) return [];
    return [{ field, live: live[field] ?? null, state: outputs[field] ?? null }];
  });
}

function holderOf({ stack, name, urn }: ManagedResource): ComparedObject["managedBy"][number] {
  return { stack, name, urn };
}

/** Without duplicates: two stacks with the same object may have the same drift. */
function distinct(drift: ComparedObject["drift"]): ComparedObject["drift"] {
  return [...new Map(drift.map((difference) => [JSON.stringify(difference), difference])).values()];
}
