/**
 * The properties of each resource: the single source for the types in programs (`resources/`) and for the handlers
 * (`handlers/`). Names are the API's own in camelCase: `templateName` is `TemplateName` there.
 */
import type { Propagation } from "./propagation";

/** Severity of a recording exception. Some API answers say `alarm` for `warning`. */
export type RecordExceptionLevel = "error" | "warning" | "info";

/** The properties of a callback template. Every change updates the template in place; none replaces it. */
export interface CallbackTemplateProperties {
  /**
   * Name of the template: at most 255 bytes of Chinese characters, letters, digits, `_` and `-`.
   * Default: generated from the resource's name and a hash of the resource's URN and, in the npm package, of the organization.
   * An explicit name that already exists in the account is an error.
   */
  templateName?: string;
  /**
   * Description: at most 1024 bytes. Tencent documents Chinese characters, letters, digits, `_` and `-`; it is not known
   * whether the API refuses others.
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
   * The API never returns it, so drift of this field cannot be detected.
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
  /** Which recording exceptions are reported, in any order. China site only. Default: the service's own. */
  recordExceptionLevels?: RecordExceptionLevel[];
  /**
   * Key that signs every callback of the template (`sign` = MD5 of key and `t`): 1 to 32 letters and digits.
   * Always stored as a secret. Without it, callbacks are not signed.
   * @secret
   */
  callbackKey?: string;
}

/** The properties of a binding. A template sends the callbacks of a push domain and app once it is bound to them. */
export interface DomainTemplateBindingProperties {
  /** The push domain; it must exist in the account and be enabled. Compared in lower case. **A change replaces the binding.** @replaces */
  domainName: string;
  /**
   * AppName of the push URL (`rtmp://<domain>/<AppName>/<stream>`); most streams use `live`. `""` is passed to the API
   * unchanged: it probably means the whole domain, but no documentation confirms that. **A change replaces the binding.**
   * @replaces
   */
  appName: string;
  /**
   * Id of the callback template. A change is made in place: the provider deletes the rule and creates a new one, since the
   * API cannot modify rules. For a moment no template is bound. If the create fails, the provider tries to restore the
   * former rule, and the error says which template is bound.
   */
  templateId: string;
  /**
   * Whether to overwrite a rule of this domain and app that points to another template.
   * Default: `false`: such a rule is an error that names its template. Changing only this option changes nothing.
   */
  allowOverwrite?: boolean;
}

/** The properties of a wait. */
export interface PropagationWaitProperties {
  /** The `propagation` outputs to wait for; the latest `effectiveAt` counts. */
  changes: (Propagation | undefined)[];
}

/**
 * The account that a provider works on. A missing setting falls back to the environment. `secretId` and `secretKey` belong
 * together: one without the other is an error, and a token in the environment is never combined with a pair set here.
 */
export interface ProviderProperties {
  /** SecretId of the API key. */
  secretId?: string;
  /** SecretKey of the API key. Stored as a secret. @secret */
  secretKey?: string;
  /** Token of temporary credentials. Stored as a secret. @secret */
  securityToken?: string;
  /** URL or host of the API, for example `https://live.intl.tencentcloudapi.com`; `http://` on loopback only. */
  endpoint?: string;
  /** Accounts (AccountId) that the provider may work on. It refuses any other account before it reads or changes anything. */
  allowedAccountIds?: string[];
  /** Length of the propagation window in seconds, 0 to 86400. Default: 600, the documented upper end. */
  propagationSeconds?: number;
}

/** Names of all fields of a callback template, in the order of the API's documentation. */
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

/** The engine's mark for a secret value, on the wire and in import files (pulumi/pulumi `sdk/nodejs/runtime/rpc.ts`). */
export const secretEnvelope = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" } as const;

/** Whether two values are equal for the API: unset, `null`, `""` and `[]` are the same, and the order in arrays doesn't count. */
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
