/**
 * How the API behaves where its documentation is silent or contradicts itself: one switch for each such point. A client
 * must work correctly with every value.
 */
import { UsageError } from "./errors";

interface Dialect {
  /** The allowed values; undefined for a number. */
  readonly values?: readonly string[];
  readonly default: string | number;
  readonly meaning: string;
}

interface Choice<V extends string> extends Dialect {
  readonly values: readonly V[];
}

interface Amount extends Dialect {
  readonly values?: never;
}

const table = {
  duplicateRule: oneOf(
    ["error", "overwrite"],
    "CreateLiveCallbackRule for a bound domain and app: bare InternalError, or the rule points to the new template",
  ),
  missingTemplate: oneOf(
    ["FailedOperation.NotFound", "InternalError.NotFound", "InternalError.ConfNotFound", "empty"],
    "an unknown template in Describe, Modify, Delete: this code, or a null Template and silent success",
  ),
  missingRule: oneOf(["FailedOperation.NotFound", "success"], "DeleteLiveCallbackRule of a rule that does not exist"),
  unknownTemplate: oneOf(
    ["InternalError.ConfNotFound", "InvalidParameter.ConfNotFound"],
    "CreateLiveCallbackRule with an unknown template: the error code",
  ),
  inUse: oneOf(
    ["FailedOperation.ConfInUsed", "InternalError.ConfInUsed", "InternalError.RuleInUsing", "cascade"],
    "deletion of a bound template: this code, or its rules are deleted too",
  ),
  emptyAppName: oneOf(
    ["accepted", "missing"],
    'AppName "" (whole domain) in rules: accepted, or treated as a missing parameter',
  ),
  omittedOnModify: oneOf(["kept", "cleared"], "a field that is missing in ModifyLiveCallbackTemplate"),
  emptyOnModify: oneOf(["clears", "ignored"], 'a field that ModifyLiveCallbackTemplate sets to "" or []'),
  lastUrl: oneOf(["removable", "required"], "a Modify that leaves no callback URL: accepted, or InvalidParameter"),
  unknownDomain: oneOf(
    ["refused", "accepted"],
    "CreateLiveCallbackRule for an unknown domain, a disabled one or a play domain: InvalidParameter.DomainFormatError, or accepted",
  ),
  chinaFields: oneOf(
    ["accepted", "refused"],
    "RecordStatusNotifyUrl, AudioAuditNotifyUrl, RecordExceptionNotifyUrl, RecordExceptionLevels in Create and Modify: accepted, or UnknownParameter",
  ),
  exceptionLevelWord: oneOf(["warning", "alarm"], 'how the record exception level "warning" reads back'),
  timeFormat: oneOf(["space", "iso"], "times of rules: 2018-09-12 15:52:01 or 2022-05-16T10:59:38+08:00"),
  strayTemplateId: oneOf(
    ["accepted", "refused"],
    "a TemplateId in DeleteLiveCallbackRule, as in the official sample: ignored, or UnknownParameter",
  ),
  unsetField: oneOf(
    ["empty", "null", "omitted"],
    'how a field that is not set reads back: "" (or []), null, or not at all',
  ),
  numericStrings: oneOf(["coerced", "refused"], "a number sent as text in a JSON body: accepted, or InvalidParameter"),
  recordRequest: oneOf(
    ["body", "node"],
    "Request in DescribeCallbackRecordsList: the body of the callback, or only the sending node, as in the public sample",
  ),
  recordRetries: oneOf(
    ["each", "last"],
    "records of a retried callback: one for each attempt, or only one for the last",
  ),
  recordFailure: oneOf(
    ["status", "one", "curl"],
    "ResultCode of a failed attempt: the HTTP status (1 without an answer), always 1, or curl's code for DNS, connection, TLS, time-out or HTTP errors",
  ),
  callbackRecords: oneOf(
    ["kept", "none"],
    "DescribeCallbackRecordsList: available, or InvalidAction as on the international site",
  ),
  recordLag: amount("milliseconds until an attempt appears in DescribeCallbackRecordsList"),
  readLag: amount("milliseconds by which lists and describes lag behind writes"),
} satisfies Record<string, Dialect>;

/** A dialect with its values; the first one is the default. As a function, it keeps the package's types short. */
function oneOf<const V extends string>(values: readonly [V, ...V[]], meaning: string): Choice<V> {
  return { values, default: values[0], meaning };
}

function amount(meaning: string): Amount {
  return { default: 0, meaning };
}

type Table = typeof table;
type DialectValue<D> = D extends Choice<infer V> ? V : number;

/** The value of every switch. */
export type Dialects = { [K in keyof Table]: DialectValue<Table[K]> };

/** Name of a switch. */
export type DialectName = keyof Dialects;

/** Every switch with its allowed values (undefined for a number), its default and its meaning. */
export const dialects: { readonly [K in DialectName]: Dialect } = table;

/** The file that `probe --out` writes: the observed value of each switch, null if none was observed. */
export interface ProbedDialects {
  readonly dialects: Readonly<Record<string, { readonly observed: unknown }>>;
}

/**
 * Reads switches given as `{name: value}`, or as `probe` writes them; numbers may be text. Throws a {@link UsageError}
 * that lists the allowed values.
 */
export function readDialects(
  given: Partial<Dialects> | ProbedDialects | Readonly<Record<string, unknown>>,
): Partial<Dialects> {
  const switches = "dialects" in given && isRecord(given.dialects) ? given.dialects : given;
  const entries = Object.entries(switches)
    .map(([name, value]) => [name, isRecord(value) && "observed" in value ? value.observed : value] as const)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [name, readDialect(name, value)]);
  // Each value was checked against the table, from which the type is made.
  return Object.fromEntries(entries) as Partial<Dialects>;
}

/** @internal */
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
    throw new UsageError(`dialect ${name} must be a number of at least 0, not ${JSON.stringify(value)}`);
  }
  if (typeof value === "string" && values.includes(value)) {
    return value;
  }
  throw new UsageError(`dialect ${name} must be one of ${values.join(", ")}, not ${JSON.stringify(value)}`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isDialectName(name: string): name is DialectName {
  return Object.hasOwn(dialects, name);
}
