/**
 * How the API behaves where its documentation is silent or contradicts itself: one switch for each such point. What is
 * built against the API must be right under every value.
 */
import { UsageError } from "./errors";

interface Dialect {
  /** The allowed values; undefined for a number. */
  readonly values?: readonly string[];
  readonly default: string | number;
  readonly meaning: string;
}

const table = {
  duplicateRule: {
    values: ["error", "overwrite"],
    default: "error",
    meaning:
      "CreateLiveCallbackRule on a bound domain and app: bare InternalError, or the rule is pointed to the new template",
  },
  missingTemplate: {
    values: ["FailedOperation.NotFound", "InternalError.NotFound", "InternalError.ConfNotFound", "empty"],
    default: "FailedOperation.NotFound",
    meaning: "an unknown template in Describe, Modify, Delete: this code, or a null Template and silent success",
  },
  missingRule: {
    values: ["FailedOperation.NotFound", "success"],
    default: "FailedOperation.NotFound",
    meaning: "DeleteLiveCallbackRule of a rule that does not exist",
  },
  unknownTemplate: {
    values: ["InternalError.ConfNotFound", "InvalidParameter.ConfNotFound"],
    default: "InternalError.ConfNotFound",
    meaning: "CreateLiveCallbackRule with an unknown template: which code",
  },
  inUse: {
    values: ["FailedOperation.ConfInUsed", "InternalError.ConfInUsed", "InternalError.RuleInUsing", "cascade"],
    default: "FailedOperation.ConfInUsed",
    meaning: "deletion of a bound template: this code, or its rules are removed with it",
  },
  emptyAppName: {
    values: ["accepted", "missing"],
    default: "accepted",
    meaning: 'AppName "" (whole domain) in rules: taken as it is, or as a missing parameter',
  },
  omittedOnModify: {
    values: ["kept", "cleared"],
    default: "kept",
    meaning: "a field that ModifyLiveCallbackTemplate does not name",
  },
  emptyOnModify: {
    values: ["clears", "ignored"],
    default: "clears",
    meaning: 'a field that ModifyLiveCallbackTemplate sets to "" or []',
  },
  lastUrl: {
    values: ["removable", "required"],
    default: "removable",
    meaning: "a Modify that leaves no callback URL: accepted, or InvalidParameter",
  },
  unknownDomain: {
    values: ["refused", "accepted"],
    default: "refused",
    meaning:
      "CreateLiveCallbackRule on a domain that is unknown, disabled or for playing: InvalidParameter.DomainFormatError, or accepted",
  },
  chinaFields: {
    values: ["accepted", "refused"],
    default: "accepted",
    meaning:
      "RecordStatusNotifyUrl, AudioAuditNotifyUrl, RecordExceptionNotifyUrl, RecordExceptionLevels in Create and Modify: accepted, or UnknownParameter",
  },
  exceptionLevelWord: {
    values: ["warning", "alarm"],
    default: "warning",
    meaning: 'how the record exception level "warning" is read back',
  },
  timeFormat: {
    values: ["space", "iso"],
    default: "space",
    meaning: "times of rules: 2018-09-12 15:52:01 or 2022-05-16T10:59:38+08:00",
  },
  strayTemplateId: {
    values: ["accepted", "refused"],
    default: "accepted",
    meaning: "a TemplateId in DeleteLiveCallbackRule, as in the official sample: ignored, or UnknownParameter",
  },
  unsetField: {
    values: ["empty", "null", "omitted"],
    default: "empty",
    meaning: 'how a field that is not set is read back: "" (or []), null, or not at all',
  },
  numericStrings: {
    values: ["coerced", "refused"],
    default: "coerced",
    meaning: "a number sent as text in a JSON body: taken, or InvalidParameter",
  },
  recordRequest: {
    values: ["body", "node"],
    default: "body",
    meaning:
      "Request in DescribeCallbackRecordsList: the body of the callback, or only which node sent it, as in the public sample",
  },
  recordRetries: {
    values: ["each", "last"],
    default: "each",
    meaning: "records of a callback that was retried: one for each attempt, or one that shows the last",
  },
  recordFailure: {
    values: ["status", "one", "curl"],
    default: "status",
    meaning:
      "ResultCode of a failed attempt: the HTTP status (1 without an answer), always 1, or the code that curl has for DNS, connection, TLS, time-out or HTTP errors",
  },
  callbackRecords: {
    values: ["kept", "none"],
    default: "kept",
    meaning: "DescribeCallbackRecordsList: there, or InvalidAction as on the international site",
  },
  recordLag: {
    default: 0,
    meaning: "how many milliseconds it takes until an attempt appears in DescribeCallbackRecordsList",
  },
  readLag: {
    default: 0,
    meaning: "how many milliseconds old the state is that lists and describes answer with",
  },
} as const satisfies Record<string, Dialect>;

type Table = typeof table;
type DialectValue<D> = D extends { values: readonly (infer V)[] } ? V : number;

/** The value of every switch. */
export type Dialects = { [K in keyof Table]: DialectValue<Table[K]> };

/** Name of a switch. */
export type DialectName = keyof Dialects;

/** Every switch with its allowed values (none: a number), its default and what it is about. */
export const dialects: { readonly [K in DialectName]: Dialect } = table;

/** Reads switches given as `{name: value}`; numbers may be text. Throws a {@link UsageError} that lists what is allowed. */
export function readDialects(given: Readonly<Record<string, unknown>>): Partial<Dialects> {
  const entries = Object.entries(given).map(([name, value]) => [name, readDialect(name, value)]);
  // Each value was checked against the table, from which the type is made.
  return Object.fromEntries(entries) as Partial<Dialects>;
}

export function defaultDialects(): Dialects {
  const entries = Object.entries(dialects).map(([name, dialect]) => [name, dialect.default]);
  return Object.fromEntries(entries) as Dialects;
}

function readDialect(name: string, value: unknown): string | number {
  if (!isDialectName(name)) {
    throw new UsageError(`unknown dialect "${name}"; there are ${Object.keys(dialects).join(", ")}`);
  }
  const { values } = dialects[name];
  if (values === undefined) {
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    if (typeof number === "number" && number >= 0 && Number.isFinite(number)) {
      return number;
    }
    throw new UsageError(`dialect ${name} is a number of at least 0, not ${JSON.stringify(value)}`);
  }
  if (typeof value === "string" && values.includes(value)) {
    return value;
  }
  throw new UsageError(`dialect ${name} is one of ${values.join(", ")}, not ${JSON.stringify(value)}`);
}

function isDialectName(name: string): name is DialectName {
  return Object.hasOwn(dialects, name);
}
