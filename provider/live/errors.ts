/**
 * One error type for every failure between us and the API, and the table that maps each error code to a kind.
 *
 * Codes are compared in full, never by prefix: `ResourceNotFound.FreezeService` means a suspended account, and most
 * `InternalError.*` codes of this product are permanent business errors. Codes and meanings:
 * https://www.tencentcloud.com/document/product/267/30851 and the error lists of the actions.
 */

/**
 * What a failure means for the caller.
 * `ambiguous`: the call may or may not have had an effect. `transient`: it had none, and may work later.
 */
export type ErrorKind =
  | "notFound"
  | "inUse"
  | "invalid"
  | "auth"
  | "suspended"
  | "throttled"
  | "transient"
  | "ambiguous"
  | "unknown";

/** A failed call, or a call that the state of the account doesn't allow. */
export class LiveError extends Error {
  override readonly name = "LiveError";
  readonly kind: ErrorKind;
  /** Tencent's error code, if the service answered with one. */
  readonly code: string | undefined;

  /** Without details: the request of the program or the user is not possible. */
  constructor(message: string, details: { kind?: ErrorKind; code?: string | undefined; cause?: unknown } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = details.kind ?? "invalid";
    this.code = details.code;
  }
}

const authHint = "check the credentials";
const tokenHint = "get new temporary credentials";
/** Completed with the action, since our actions belong to two CAM products. */
const grantHint = "in CAM, allow";
const stsActions = ["AssumeRole", "GetCallerIdentity"];

/** Exact code → kind, and a hint where the service's own message doesn't say what to do. */
const codes: Readonly<Record<string, readonly [ErrorKind, string?]>> = {
  "FailedOperation.NotFound": ["notFound"],
  "InternalError.NotFound": ["notFound"],
  "InternalError.ConfNotFound": ["notFound"],
  "InvalidParameter.ConfNotFound": ["notFound"],
  "InternalError.RuleNotFound": ["notFound"],
  "FailedOperation.ConfInUsed": ["inUse"],
  "InternalError.ConfInUsed": ["inUse"],
  "InternalError.RuleInUsing": ["inUse"],
  "InternalError.ConfOutLimit": [
    "invalid",
    "the account has its 50 callback templates; `npx pulumi-tencentcloud-lvb list` shows which ones no stack manages",
  ],
  InvalidParameter: ["invalid"],
  InvalidParameterValue: ["invalid"],
  MissingParameter: ["invalid"],
  UnknownParameter: ["invalid", "the site of this endpoint may not support a field that only the China site documents"],
  "InvalidParameter.ArgsNotMatch": ["invalid", "check templateName: Chinese, letters, digits, _ and - are allowed"],
  "InvalidParameter.UrlNotSafe": ["invalid", "the host of a callback URL must resolve in public DNS"],
  "InvalidParameter.DomainFormatError": ["invalid"],
  "InternalError.InvalidInput": ["invalid"],
  "InternalError.ArgsNotMatch": ["invalid"],
  "InternalError.RuleAlreadyExist": ["invalid"],
  "FailedOperation.RuleAlreadyExist": ["invalid"],
  "UnsupportedOperation.NotLVBCodeMode": ["invalid", "switch the account to the new Live console first"],
  InvalidAction: ["invalid"],
  NoSuchVersion: ["invalid", "check the endpoint"],
  NoSuchProduct: ["invalid", "check the endpoint"],
  "AuthFailure.InvalidAuthorization": ["auth", authHint],
  "AuthFailure.InvalidSecretId": ["auth", authHint],
  "AuthFailure.SecretIdNotFound": ["auth", authHint],
  "AuthFailure.SignatureFailure": ["auth", authHint],
  "AuthFailure.TokenFailure": ["auth", tokenHint],
  "AuthFailure.SignatureExpire": ["auth", "the clock of this machine is off by more than five minutes; set it"],
  "AuthFailure.MFAFailure": ["auth", "this API key needs multi-factor authentication"],
  "AuthFailure.UnauthorizedOperation": ["auth", grantHint],
  UnauthorizedOperation: ["auth", grantHint],
  IpInBlacklist: ["auth", "this machine's address is blocked for the API key"],
  IpNotInWhitelist: ["auth", "this machine's address is not on the API key's allow list"],
  "ResourceNotFound.ForbidService": ["suspended", "the account is blocked; contact Tencent Cloud"],
  "ResourceNotFound.FreezeService": [
    "suspended",
    "the Live service of the account is suspended; contact Tencent Cloud",
  ],
  "ResourceNotFound.StopService": ["suspended", "the account is in arrears; top it up"],
  "ResourceNotFound.UserDisableService": ["suspended", "the Live service was turned off; turn it on in the console"],
  RequestLimitExceeded: ["throttled", "the account sends more calls than the API allows; try again later"],
  "RequestLimitExceeded.GlobalRegionUinLimitExceeded": ["throttled", "try again later"],
  "RequestLimitExceeded.IPLimitExceeded": ["throttled", "try again later"],
  "RequestLimitExceeded.UinLimitExceeded": ["throttled", "try again later"],
  ResourceUnavailable: ["transient"],
  ServiceUnavailable: ["transient"],
  "InternalError.ConnectDbError": ["transient"],
  "InternalError.DBError": ["transient"],
  "InternalError.GetBizidError": ["transient"],
  "FailedOperation.CallOtherSvrFailed": ["transient"],
};

/**
 * The error for an answer with an error code. An unknown code has the kind `unknown`, whatever its prefix.
 * `source` says where the credentials were found.
 */
export function apiError(action: string, code: string, message: string, requestId: string, source?: string): LiveError {
  const [kind, hint] = (Object.hasOwn(codes, code) ? codes[code] : undefined) ?? ["unknown"];
  const next = hint ? `. Next: ${completed(hint, action, source)}` : "";
  return new LiveError(
    `${action} failed: ${printable(code)}: ${trimEnd(printable(message))} (RequestId ${printable(requestId)})${next}`,
    {
      kind,
      code,
    },
  );
}

function completed(hint: string, action: string, source: string | undefined): string {
  if (hint === grantHint) return `${hint} ${stsActions.includes(action) ? "sts" : "live"}:${action}`;
  if (!source) return hint;
  if (hint === authHint) return `${hint}; they come from the ${source}`;
  return hint === tokenHint ? `${hint}; those in use come from the ${source}` : hint;
}

/** Text from a server, safe to print: without control characters, and cut to 500 characters. */
export function printable(text: string): string {
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ");
  return clean.length > 500 ? `${clean.slice(0, 500)}…` : clean;
}

/** Removes secrets, since a server may echo them. A secret of fewer than 8 characters is replaced only as a whole word. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce((redacted, secret) => {
    if (secret.length >= 8) return redacted.replaceAll(secret, "[secret]");
    return redacted
      .split(/([A-Za-z0-9]+)/)
      .map((part) => (part === secret ? "[secret]" : part))
      .join("");
  }, text);
}

/** Variables for the token of temporary credentials: three Tencent Cloud tools use three names. */
export const tokenVariables = ["TENCENTCLOUD_SECURITY_TOKEN", "TENCENTCLOUD_SESSION_TOKEN", "TENCENTCLOUD_TOKEN"];

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function trimEnd(text: string): string {
  return text.trim().replace(/[.\s]+$/, "");
}
