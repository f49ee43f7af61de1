/**
 * The API actions that we use: typed parameters in, checked answers out. An answer of the wrong shape is an error. An
 * object counts as absent only if a complete list doesn't show it.
 *
 * Fields: https://www.tencentcloud.com/document/product/267/30816 and the pages beside it.
 */
import * as v from "valibot";
import { parseServerTime } from "../propagation";
import {
  type CallbackTemplateProperties,
  isSet,
  type RecordExceptionLevel,
  type TemplateField,
  templateFields,
  writeOnlyField,
} from "../properties";
import { LiveError } from "./errors";
import { type Repeatable, withRetry } from "./retry";
import type { Answer, Transport } from "./transport";

/** A callback template as the API returns it: only fields that are set, never `recordStatusNotifyUrl`. */
export interface LiveTemplate extends CallbackTemplateProperties {
  readonly templateId: string;
}

/** A rule: it binds a template to a push domain and app. */
export interface LiveRule {
  readonly domainName: string;
  readonly appName: string;
  readonly templateId: string;
  /** When the rule was last changed, in milliseconds since 1970; undefined if the API doesn't say. */
  readonly changedAt: number | undefined;
}

export interface LiveDomain {
  readonly domainName: string;
  readonly type: "push" | "play";
  readonly enabled: boolean;
}

/** Values for the fields of a template; `""` and `[]` clear a field. */
export type TemplateValues = { [Field in TemplateField]?: CallbackTemplateProperties[Field] | "" | undefined };

export type Actions = ReturnType<typeof createActions>;

const pageSize = 100;

/** Sends calls, and repeats a failed one if that is safe. */
export function createCall(transport: Transport, requestTimeoutMs: number) {
  return (action: string, parameters: object, repeatable: Repeatable, service: "live" | "sts" = "live") =>
    withRetry(() => transport(service, action, parameters), repeatable, requestTimeoutMs).catch((error: unknown) => {
      const harmless = error instanceof LiveError && error.kind === "ambiguous" && isRead(action);
      throw harmless ? new LiveError(error.message, { kind: "transient", cause: error }) : error;
    });
}

export function createActions(transport: Transport, requestTimeoutMs: number) {
  const call = createCall(transport, requestTimeoutMs);

  return {
    async listTemplates(): Promise<Map<string, LiveTemplate>> {
      const action = "DescribeLiveCallbackTemplates";
      const { Templates } = parse(action, templateList, await call(action, {}, "always"));
      return new Map(Templates.map(toTemplate).map((template) => [template.templateId, template]));
    },

    async listRules(): Promise<Map<string, LiveRule>> {
      const action = "DescribeLiveCallbackRules";
      const { Rules } = parse(action, ruleList, await call(action, {}, "always"));
      return new Map(Rules.map(toRule).map((rule) => [ruleKey(rule.domainName, rule.appName), rule]));
    },

    /** All domains of one kind. The API lists delayed-live domains only on request. */
    async listDomains(delayedLive: boolean): Promise<Map<string, LiveDomain>> {
      const action = "DescribeLiveDomains";
      const domains = new Map<string, LiveDomain>();
      for (let page = 1; ; page++) {
        const parameters = { IsDelayLive: delayedLive ? 1 : 0, PageSize: pageSize, PageNum: page };
        const answer = await call(action, parameters, "always").catch((error: unknown) => {
          // The action's answer for an account without domains (its error list).
          if (error instanceof LiveError && error.code === "ResourceNotFound.EmptyData")
            return { AllCount: 0, DomainList: [] };
          throw error;
        });
        const { AllCount, DomainList } = parse(action, domainList, answer);
        for (const domain of DomainList.map(toDomain)) domains.set(domain.domainName, domain);
        if (DomainList.length === 0 || page * pageSize >= AllCount) return domains;
      }
    },

    async createTemplate(values: TemplateValues): Promise<string> {
      const action = "CreateLiveCallbackTemplate";
      return parse(action, created, await call(action, toParameters(values), "ifRefused")).TemplateId;
    },

    async modifyTemplate(templateId: string, values: TemplateValues): Promise<void> {
      await call("ModifyLiveCallbackTemplate", { TemplateId: Number(templateId), ...toParameters(values) }, "always");
    },

    async deleteTemplate(templateId: string): Promise<void> {
      await call("DeleteLiveCallbackTemplate", { TemplateId: Number(templateId) }, "always");
    },

    async createRule(domainName: string, appName: string, templateId: string): Promise<void> {
      const parameters = { DomainName: domainName, AppName: appName, TemplateId: Number(templateId) };
      await call("CreateLiveCallbackRule", parameters, "ifRefused");
    },

    async deleteRule(domainName: string, appName: string): Promise<void> {
      await call("DeleteLiveCallbackRule", { DomainName: domainName, AppName: appName }, "always");
    },

    async callerAccountId(): Promise<string> {
      const action = "GetCallerIdentity";
      return parse(action, callerIdentity, await call(action, {}, "always", "sts")).AccountId;
    },
  };
}

/** The identity of a rule: the API has no other id for it. */
export function ruleKey(domainName: string, appName: string): string {
  return `${domainName.toLowerCase()}/${appName}`;
}

/** Only the fields that are set. */
export function setFields(values: TemplateValues): CallbackTemplateProperties {
  return Object.fromEntries(
    templateFields.filter((field) => isSet(values[field])).map((field) => [field, values[field]]),
  );
}

/** An id in an answer, as text. */
export const id = v.pipe(
  v.union([v.pipe(v.number(), v.integer()), v.pipe(v.string(), v.regex(/^\d+$/))]),
  v.transform(String),
);
export const text = v.nullish(v.string(), "");
const domainName = v.pipe(v.string(), v.nonEmpty(), v.toLowerCase());

type ReturnedField = Exclude<TemplateField, typeof writeOnlyField>;
const returnedFields = templateFields.filter((field): field is ReturnedField => field !== writeOnlyField);
/** The API's name of a field. */
const apiName = <Field extends string>(field: Field) =>
  (field.charAt(0).toUpperCase() + field.slice(1)) as Capitalize<Field>;
const levels = v.nullish(v.array(v.string()), []);
type Entry<Field> = Field extends "recordExceptionLevels" ? typeof levels : typeof text;
// One entry for each field that an answer has.
const returnedEntries = Object.fromEntries(
  returnedFields.map((field) => [apiName(field), field === "recordExceptionLevels" ? levels : text]),
) as { [Field in ReturnedField as Capitalize<Field>]: Entry<Field> };

const templateList = v.object({
  Templates: v.nullish(v.array(v.object({ TemplateId: id, ...returnedEntries })), []),
});
type TemplateInfo = v.InferOutput<typeof templateList>["Templates"][number];

const ruleList = v.object({
  // In the SDK's model this member is optional: it may be missing for an account without rules.
  Rules: v.nullish(
    v.array(
      v.object({
        DomainName: domainName,
        AppName: text,
        TemplateId: id,
        CreateTime: v.optional(v.unknown()),
        UpdateTime: v.optional(v.unknown()),
      }),
    ),
    [],
  ),
});
type RuleInfo = v.InferOutput<typeof ruleList>["Rules"][number];

const domainList = v.object({
  AllCount: v.number(),
  DomainList: v.nullish(v.array(v.object({ Name: domainName, Type: v.number(), Status: v.number() })), []),
});
type DomainInfo = v.InferOutput<typeof domainList>["DomainList"][number];

const created = v.object({ TemplateId: id });
const callerIdentity = v.object({ AccountId: v.pipe(v.string(), v.nonEmpty()) });

/** Checks an answer. */
export function parse<Schema extends v.GenericSchema>(
  action: string,
  schema: Schema,
  answer: Answer,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, answer);
  if (result.success) return result.output;
  const places = [...new Set(result.issues.map((issue) => v.getDotPath(issue) ?? "the answer"))].slice(0, 3).join(", ");
  throw new LiveError(`${action} failed: the answer is not what the API documents (${places})`, {
    kind: isRead(action) ? "transient" : "ambiguous",
  });
}

/** Whether an action only reads. A failed read changes nothing. */
function isRead(action: string): boolean {
  return /^(Describe|Get)/.test(action);
}

function toTemplate(info: TemplateInfo): LiveTemplate {
  const values = Object.fromEntries(returnedFields.map((field) => [field, info[apiName(field)]]));
  const recordExceptionLevels = info.RecordExceptionLevels.map(toLevel);
  return { templateId: info.TemplateId, ...setFields({ ...values, recordExceptionLevels }) };
}

/** Requests say `warning` where documented answers say `alarm`. An unknown level is kept: it is the live value. */
function toLevel(word: string): RecordExceptionLevel {
  return (word === "alarm" ? "warning" : word) as RecordExceptionLevel;
}

function toRule(info: RuleInfo): LiveRule {
  return {
    domainName: info.DomainName,
    appName: info.AppName,
    templateId: info.TemplateId,
    changedAt: parseServerTime(info.UpdateTime) ?? parseServerTime(info.CreateTime),
  };
}

function toDomain(info: DomainInfo): LiveDomain {
  return { domainName: info.Name, type: info.Type === 0 ? "push" : "play", enabled: info.Status === 1 };
}

/** Our names are the API's in camelCase. */
function toParameters(values: TemplateValues): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([field, value]) => [apiName(field), value]));
}
