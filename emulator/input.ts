// Checks all input from outside, once: options, method arguments, admin bodies, the state file.
import * as v from "valibot";
import type { DeliveryQuery } from "./deliveries";
import { UsageError } from "./errors";
import { type EventType, eventTypes } from "./events";
import { type Fault, plainFaultKinds } from "./faults";
import type { PushRequest } from "./push";
import type { Settings } from "./settings";
import type { StateEdits, StateInput } from "./store";
import { type TemplateFieldName, type TemplateFieldValues, templateFieldNames, templateFields } from "./templateFields";
import { parseTime } from "./times";

// Valibot accepts an array as an object.
const jsonObject = v.custom<Record<string, unknown>>(
  (given) => typeof given === "object" && given !== null && !Array.isArray(given),
  "must be an object",
);
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** A number in the query of a URL. */
const queryCount = v.pipe(v.string(), v.regex(/^\d{1,9}$/, "must be a number"), v.transform(Number));
const bit = v.picklist([0, 1]);
const time = v.pipe(
  v.string(),
  v.check((text) => parseTime(text) !== undefined, "must be a time, as in 2018-09-12 15:52:01"),
);
const endTime = v.pipe(
  v.string(),
  v.check((text) => text === "" || parseTime(text) !== undefined, 'must be a time, or "" while the stream is pushed'),
);
const name = v.pipe(v.string(), v.nonEmpty());
const seconds = v.pipe(v.number(), v.minValue(0));

const templateId = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

const [textEntry, listEntry] = [v.exactOptional(v.string()), v.exactOptional(v.array(v.string()))];
// One entry for each field of the table.
const templateEntries = Object.fromEntries(
  templateFieldNames.map((field) => [field, templateFields[field].type === "strings" ? listEntry : textEntry]),
) as {
  [Name in TemplateFieldName]: TemplateFieldValues[Name] extends string ? typeof textEntry : typeof listEntry;
};

const mediaRules = v.optional(
  v.array(
    v.strictObject({
      DomainName: name,
      AppName: v.exactOptional(v.string()),
      StreamName: v.exactOptional(v.string()),
      TemplateId: templateId,
      CreateTime: v.exactOptional(time),
      UpdateTime: v.exactOptional(time),
    }),
  ),
);

const stateSchema = v.strictObject({
  domains: v.optional(
    v.array(
      v.union([
        name,
        v.strictObject({
          Name: name,
          Type: v.exactOptional(bit),
          Status: v.exactOptional(bit),
          CreateTime: v.exactOptional(time),
          BCName: v.exactOptional(bit),
          TargetDomain: v.exactOptional(v.string()),
          PlayType: v.exactOptional(count),
          IsDelayLive: v.exactOptional(bit),
          CurrentCName: v.exactOptional(v.string()),
          RentTag: v.exactOptional(bit),
          RentExpireTime: v.exactOptional(v.string()),
          IsMiniProgramLive: v.exactOptional(bit),
        }),
      ]),
    ),
  ),
  templates: v.optional(
    v.array(
      v.strictObject({
        TemplateId: v.exactOptional(templateId),
        TemplateName: v.exactOptional(name),
        StreamMixNotifyUrl: v.exactOptional(v.string()),
        ...templateEntries,
      }),
    ),
  ),
  rules: v.optional(
    v.array(
      v.strictObject({
        DomainName: name,
        AppName: v.exactOptional(v.string()),
        TemplateId: templateId,
        CreateTime: v.exactOptional(time),
        UpdateTime: v.exactOptional(time),
      }),
    ),
  ),
  recordRules: mediaRules,
  snapshotRules: mediaRules,
  snapshotTemplates: v.optional(
    v.array(
      v.strictObject({
        TemplateId: templateId,
        TemplateName: v.exactOptional(name),
        PornFlag: v.exactOptional(bit),
        Description: v.exactOptional(v.string()),
        SnapshotInterval: v.exactOptional(count),
        Width: v.exactOptional(count),
        Height: v.exactOptional(count),
        CosAppId: v.exactOptional(count),
        CosBucket: v.exactOptional(v.string()),
        CosRegion: v.exactOptional(v.string()),
        CosPrefix: v.exactOptional(v.string()),
        CosFileName: v.exactOptional(v.string()),
      }),
    ),
  ),
  streams: v.optional(
    v.array(
      v.strictObject({
        DomainName: name,
        AppName: v.exactOptional(v.string()),
        StreamName: name,
        StreamStartTime: v.exactOptional(time),
        StreamEndTime: v.exactOptional(endTime),
      }),
    ),
  ),
});

const editsSchema = v.strictObject({
  templates: stateSchema.entries.templates,
  rules: v.optional(
    v.array(
      v.strictObject({ DomainName: name, AppName: v.exactOptional(v.string()), TemplateId: v.nullable(templateId) }),
    ),
  ),
});

const deliveryQuerySchema = v.strictObject({
  before: v.optional(queryCount),
  limit: v.optional(v.pipe(queryCount, v.maxValue(1000))),
  text: v.optional(v.string()),
  failed: v.optional(
    v.pipe(
      v.picklist(["true", "false"]),
      v.transform((text) => text === "true"),
    ),
  ),
});

const settingsSchema = v.strictObject({
  latency: v.optional(seconds),
  propagation: v.optional(seconds),
  throttle: v.optional(v.nullable(v.pipe(v.number(), v.gtValue(0)))),
  retrySeconds: v.optional(v.pipe(v.number(), v.gtValue(0))),
  unresolvedHosts: v.optional(v.array(name)),
});

const pushSchema = v.strictObject({
  domain: name,
  app: v.string(),
  stream: name,
  events: v.exactOptional(
    v.pipe(
      v.array(
        v.custom<EventType>(
          (given) => eventTypes.some((type) => type === given),
          `must be an event type: ${eventTypes.join(", ")}`,
        ),
        "must be a list of event types",
      ),
      v.maxLength(100, "must be at most 100"),
    ),
  ),
});

const faultScope = {
  action: v.pipe(v.string(), v.nonEmpty()),
  times: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
};

const faultsSchema = v.array(
  v.variant("kind", [
    v.strictObject({
      ...faultScope,
      kind: v.picklist(plainFaultKinds),
    }),
    v.strictObject({ ...faultScope, kind: v.literal("code"), code: v.pipe(v.string(), v.nonEmpty()) }),
    v.strictObject({
      ...faultScope,
      kind: v.literal("http5xx"),
      code: v.optional(
        v.pipe(
          v.union([v.number(), v.pipe(v.string(), v.transform(Number))]),
          v.integer(),
          v.minValue(500),
          v.maxValue(599),
        ),
      ),
    }),
    v.strictObject({ ...faultScope, kind: v.literal("redirect"), location: v.pipe(v.string(), v.nonEmpty()) }),
    v.strictObject({ ...faultScope, kind: v.literal("alter"), field: name, value: v.unknown() }),
  ]),
);

export function readState(given: unknown): StateInput {
  return check(stateSchema, readRecord(given));
}

export function readEdits(given: unknown): StateEdits {
  return check(editsSchema, readRecord(given));
}

export function readDeliveryQuery(given: unknown): DeliveryQuery {
  return check(deliveryQuerySchema, readRecord(given));
}

export function readFaults(given: unknown): Fault[] {
  return check(faultsSchema, given);
}

export function readPush(given: unknown): PushRequest {
  return check(pushSchema, readRecord(given));
}

/** Without undefined members, so that the rest can be merged into the current settings. */
export function readSettings(given: unknown): Partial<Settings> {
  const settings = check(settingsSchema, readRecord(given));
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

/** A JSON object; its members are checked elsewhere. */
export function readRecord(given: unknown): Record<string, unknown> {
  return check(jsonObject, given);
}

function check<S extends v.GenericSchema>(schema: S, given: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, given);
  if (result.success) {
    return result.output;
  }
  const failures = result.issues.map((issue) => {
    const path = v.getDotPath(issue);
    return path === null ? issue.message : `${path}: ${issue.message}`;
  });
  throw new UsageError(failures.join("; "));
}
