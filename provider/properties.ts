/**
 * The resolved shape of each resource: the single source of the types that programs write (`resources/`) and of what
 * the handlers work on (`handlers/`). Names are the API's own in camelCase, so `templateName` is `TemplateName` there.
 */
import type { Propagation } from "./propagation";

/** Severities of recording exceptions that are reported. The API reads `warning` back as `alarm` in places. */
export type RecordExceptionLevel = "error" | "warning" | "info";

/** What a program declares of a callback template. Every change is made in place; none replaces the template. */
export interface CallbackTemplateProperties {
  /**
   * Name of the template: at most 255 bytes of Chinese characters, letters, digits, `_` and `-`.
   * Left out, it is made from the resource's name and a hash of the organisation and the resource's URN.
   * An explicit name that a template of the account has already is refused.
   */
  templateName?: string;
  /**
   * Description: at most 1024 bytes. Tencent documents Chinese characters, letters, digits, `_` and `-` for it; whether
   * others are refused is not known.
   */
  description?: string;
  /** Where push-started events (`event_type` 1) are sent. `http` or `https`. */
  streamBeginNotifyUrl?: string;
  /** Where push-ended events (`event_type` 0) are sent. `http` or `https`. */
  streamEndNotifyUrl?: string;
  /** Where finished recordings (`event_type` 100) are sent. `http` or `https`. */
  recordNotifyUrl?: string;
  /**
   * Where recording status events (`event_type` 332) are sent. China site only.
   * The API never reads it back, so drift of this field cannot be seen.
   */
  recordStatusNotifyUrl?: string;
  /** Where snapshots (`event_type` 200) are sent. `http` or `https`. */
  snapshotNotifyUrl?: string;
  /** Where image moderation results (`event_type` 317) are sent. `http` or `https`. */
  pornCensorshipNotifyUrl?: string;
  /** Where push errors (`event_type` 321) are sent. `http` or `https`. */
  pushExceptionNotifyUrl?: string;
  /** Where audio moderation results (`event_type` 315) are sent. China site only. */
  audioAuditNotifyUrl?: string;
  /** Where recording exceptions (`event_type` 341) are sent. China site only. */
  recordExceptionNotifyUrl?: string;
  /** Which recording exceptions are reported; the order does not matter. China site only. Default: the service's. */
  recordExceptionLevels?: RecordExceptionLevel[];
  /**
   * Key that signs every callback of the template (`sign` = MD5 of key and `t`): 1 to 32 letters and digits.
   * Always kept as a secret. Without it callbacks carry no signature.
   */
  callbackKey?: string;
}

/** What a program declares of a binding. A template serves a push domain and app once it is bound to them. */
export interface DomainTemplateBindingProperties {
  /** The push domain; it must exist in the account and be enabled. Compared in lower case. **A change replaces.** */
  domainName: string;
  /**
   * AppName of the push URL (`rtmp://<domain>/<AppName>/<stream>`); `live` is what most streams use. `""` is passed on as it is:
   * it probably stands for the whole domain, which no documentation confirms. **A change replaces.**
   */
  appName: string;
  /**
   * Id of the callback template. Changed in place: the API has no way to modify a rule, so the rule is deleted and
   * created again; should that fail, the former rule is restored.
   */
  templateId: string;
  /**
   * Whether a rule of this domain and app that points to another template may be taken over.
   * Default: `false`, which refuses and names that template. A change of this option changes nothing by itself.
   */
  allowOverwrite?: boolean;
}

/** What a program declares of a wait. */
export interface PropagationWaitProperties {
  /** The `propagation` outputs to wait for; the latest `effectiveAt` of them counts. */
  changes: (Propagation | undefined)[];
}

/**
 * Account that a provider works on. What is left out falls back to the environment. Credentials are taken as a whole:
 * half a pair is an error, and a token in the environment is never combined with a pair that is given here.
 */
export interface ProviderProperties {
  /** SecretId of the API key. */
  secretId?: string;
  /** SecretKey of the API key. Kept as a secret. */
  secretKey?: string;
  /** Token of temporary credentials. Kept as a secret. */
  securityToken?: string;
  /** URL or host of the API, for example `https://live.intl.tencentcloudapi.com`; `http://` on loopback only. */
  endpoint?: string;
  /** Accounts (AccountId) that may be touched. Any other account is refused before the first call. */
  allowedAccountIds?: string[];
  /** Length of the propagation window in seconds, 0 to 86400. Default: 600, the documented upper end. */
  propagationSeconds?: number;
}

/** Names of all fields of a callback template that the API knows, in the order of its documentation. */
export const templateFields = [
  "templateName",
  "description",
  "streamBeginNotifyUrl",
  "streamEndNotifyUrl",
  "recordNotifyUrl",
  "recordStatusNotifyUrl",
  "snapshotNotifyUrl",
  "pornCensorshipNotifyUrl",
  "pushExceptionNotifyUrl",
  "audioAuditNotifyUrl",
  "recordExceptionNotifyUrl",
  "recordExceptionLevels",
  "callbackKey",
] as const satisfies readonly (keyof CallbackTemplateProperties)[];

/** Name of one field of a callback template. */
export type TemplateField = (typeof templateFields)[number];

/** The one field that no Describe action returns. */
export const writeOnlyField = "recordStatusNotifyUrl" satisfies TemplateField;

/** How the engine marks a value as secret, on the wire and in import files (pulumi/pulumi `sdk/nodejs/runtime/rpc.ts`). */
export const secretEnvelope = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" } as const;

/** Equality as the API sees it: unset, `null`, `""` and `[]` are the same; arrays are sets. */
export function sameValue(left: unknown, right: unknown): boolean {
  return canonical(left) === canonical(right);
}

/** Whether a value counts as set. */
export function isSet(value: unknown): boolean {
  return canonical(value) !== "";
}

function canonical(value: unknown): string {
  if (value === undefined || value === null || value === "") return "";
  if (!Array.isArray(value)) return `=${String(value)}`;
  return value.length === 0 ? "" : JSON.stringify([...new Set(value.map(String))].sort());
}
