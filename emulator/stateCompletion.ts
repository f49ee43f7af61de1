// Completes a given state with defaults and ids, and refuses duplicates.
import { UsageError } from "./errors";
import type {
  CallbackRule,
  CallbackTemplate,
  DomainInfo,
  EmulatorState,
  MediaRule,
  MediaRuleInput,
  SnapshotTemplate,
  StateInput,
} from "./store";
import { noFields } from "./templateFields";
import { formatTime, formatUtc } from "./times";

const emptyTemplate = { StreamMixNotifyUrl: "", ...noFields };

/** The values that complete a state. */
export interface Completion {
  /** In milliseconds since 1970. */
  now: number;
  /** The domains for a state without any. */
  domains: NonNullable<StateInput["domains"]>;
  formerRules: readonly CallbackRule[];
  /** The lowest unused template id. */
  nextTemplateId: number;
}

export function completeState(
  input: StateInput,
  { now: ms, domains: defaultDomains, formerRules, nextTemplateId }: Completion,
): { state: EmulatorState; nextTemplateId: number } {
  const now = formatTime(ms);
  const domains = (input.domains ?? defaultDomains).map((domain) => completeDomain(domain, now));
  const given = (input.templates ?? []).map(({ TemplateId }) => TemplateId ?? 0);
  let nextId = Math.max(nextTemplateId, ...given.map((id) => id + 1));
  const templates = (input.templates ?? []).map((template): CallbackTemplate => {
    const { TemplateId = nextId++, TemplateName = `template-${TemplateId}`, ...fields } = template;
    return { TemplateId, TemplateName, ...structuredClone(emptyTemplate), ...structuredClone(fields) };
  });
  const rules = (input.rules ?? []).map((rule) => completeRule(rule, formerRules, now));
  const recordRules = (input.recordRules ?? []).map((rule) => completeMediaRule(rule, now));
  const snapshotRules = (input.snapshotRules ?? []).map((rule) => completeMediaRule(rule, now));
  const snapshotTemplates = (input.snapshotTemplates ?? []).map(completeSnapshotTemplate);
  const streams = (input.streams ?? []).map((stream) => ({
    AppName: "live",
    StreamStartTime: formatUtc(ms),
    StreamEndTime: "",
    ...stream,
  }));
  unique(
    "domains",
    "Name",
    domains.map(({ Name }) => Name),
  );
  unique(
    "templates",
    "TemplateId",
    templates.map(({ TemplateId }) => TemplateId),
  );
  unique(
    "rules",
    "DomainName and AppName",
    rules.map(({ DomainName, AppName }) => `${DomainName}/${AppName}`),
  );
  for (const [list, mediaRules] of Object.entries({ recordRules, snapshotRules })) {
    unique(
      list,
      "DomainName, AppName and StreamName",
      mediaRules.map(({ DomainName, AppName, StreamName }) => `${DomainName}/${AppName}/${StreamName}`),
    );
  }
  unique(
    "snapshotTemplates",
    "TemplateId",
    snapshotTemplates.map(({ TemplateId }) => TemplateId),
  );
  const state = { domains, templates, rules, recordRules, snapshotRules, snapshotTemplates, streams };
  return { state, nextTemplateId: nextId };
}

function completeDomain(domain: string | (Partial<DomainInfo> & { Name: string }), now: string): DomainInfo {
  const given = typeof domain === "string" ? { Name: domain } : domain;
  return {
    Type: 0,
    Status: 1,
    CreateTime: now,
    BCName: 1,
    TargetDomain: given.Name,
    PlayType: 0,
    IsDelayLive: 0,
    CurrentCName: "",
    RentTag: 0,
    RentExpireTime: "",
    IsMiniProgramLive: 0,
    ...given,
  };
}

/**
 * A rule's UpdateTime changes only if the rule changes. After a state is read, edited and written back, its old UpdateTime
 * doesn't prevent that change.
 */
function completeRule(
  rule: Partial<CallbackRule> & { DomainName: string; TemplateId: number },
  formerRules: readonly CallbackRule[],
  now: string,
): CallbackRule {
  const { DomainName, TemplateId, AppName = "live" } = rule;
  const former = formerRules.find((other) => other.DomainName === DomainName && other.AppName === AppName);
  const unchanged = former?.TemplateId === TemplateId;
  const given = rule.UpdateTime === former?.UpdateTime ? undefined : rule.UpdateTime;
  return {
    CreateTime: rule.CreateTime ?? former?.CreateTime ?? now,
    UpdateTime: given ?? (unchanged ? former.UpdateTime : now),
    TemplateId,
    DomainName,
    AppName,
  };
}

function completeMediaRule(rule: MediaRuleInput, now: string): MediaRule {
  return { AppName: "", StreamName: "", CreateTime: now, UpdateTime: rule.CreateTime ?? now, ...rule };
}

function completeSnapshotTemplate(template: Partial<SnapshotTemplate> & { TemplateId: number }): SnapshotTemplate {
  return {
    TemplateName: `snapshot-${template.TemplateId}`,
    PornFlag: 0,
    Description: "",
    SnapshotInterval: 10,
    Width: 0,
    Height: 0,
    CosAppId: 0,
    CosBucket: "",
    CosRegion: "",
    CosPrefix: "",
    CosFileName: "",
    ...template,
  };
}

function unique(list: string, what: string, values: (string | number)[]): void {
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  if (twice !== undefined) {
    throw new UsageError(`${list}: ${what} must be unique, "${twice}" is given twice`);
  }
}
