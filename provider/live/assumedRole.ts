/**
 * Credentials of a CAM role, assumed with other credentials. The variables have the same names as in Tencent's Terraform
 * provider and tccli, so a pipeline that sets them has the same identity in each tool.
 *
 * We don't use the SDK's STSCredential: it caches a failed request forever, ignores the proxy, and calls the China site
 * for every endpoint.
 */
import { type CredentialSource, type Credentials, roleVariables } from "./credentials";
import { LiveError, messageOf } from "./errors";
import { withRetry } from "./retry";
import type { Settings } from "./settings";
import { createTransport, type Transport } from "./transport";

/** A role to assume: parameters of https://www.tencentcloud.com/document/product/1150/49456. */
export interface Role {
  arn: string;
  /** Shown in the audit log of the role's account. */
  sessionName?: string;
  /** Seconds; the service's default is 7200. */
  duration?: number;
  externalId?: string;
  sourceIdentity?: string;
  /** Where the role is set, as text for messages. */
  source: string;
}

/** Credentials of the role that the environment or the `base` credentials name. Without a role, the `base` credentials. */
export function assumedRole(
  base: CredentialSource,
  env: NodeJS.ProcessEnv,
  { endpoint, requestTimeoutMs }: Pick<Settings, "endpoint" | "requestTimeoutMs">,
): CredentialSource {
  const named = roleIn(env);
  const transport = createTransport(endpoint, base, requestTimeoutMs, env);
  let kept: { key: string; session: Promise<RoleSession> } | undefined;

  return async () => {
    const found = await base();
    const role = named ?? found.role;
    if (!role) return found;
    const key = JSON.stringify([role, found.secretId]);
    const former = kept;
    if (former?.key === key) {
      const session = await former.session.catch(() => undefined);
      if (session && session.renewAt > Date.now()) return session.credentials;
    }
    // If several calls find it expired, the first one renews it for all.
    if (kept === former || kept?.key !== key) {
      kept = { key, session: assume(role, found.source, transport, requestTimeoutMs) };
    }
    return (await kept.session).credentials;
  };
}

interface RoleSession {
  credentials: Credentials;
  /** In ms since 1970. */
  renewAt: number;
}

/** Clocks may differ by as much as the service accepts in a signature. */
const renewalMarginMs = 300_000;

async function assume(role: Role, baseSource: string, transport: Transport, timeoutMs: number): Promise<RoleSession> {
  const parameters = {
    RoleArn: role.arn,
    RoleSessionName: role.sessionName ?? "pulumi-tencentcloud-lvb",
    ...(role.duration && { DurationSeconds: role.duration }),
    ...(role.externalId && { ExternalId: role.externalId }),
    ...(role.sourceIdentity && { SourceIdentity: role.sourceIdentity }),
  };
  try {
    const answer = await withRetry(() => transport("sts", "AssumeRole", parameters), "always", timeoutMs);
    const { Credentials, ExpiredTime } = answer as Partial<Assumed>;
    const { TmpSecretId, TmpSecretKey, Token } = Credentials ?? {};
    if (!TmpSecretId || !TmpSecretKey || !Token || typeof ExpiredTime !== "number") {
      throw new Error("AssumeRole failed: the answer is not what the API documents");
    }
    return {
      credentials: {
        secretId: TmpSecretId,
        secretKey: TmpSecretKey,
        securityToken: Token,
        source: `role ${role.arn} (${role.source}), assumed with the ${baseSource}`,
      },
      renewAt: ExpiredTime * 1000 - renewalMarginMs,
    };
  } catch (error) {
    const message = messageOf(error);
    const advice = `. Next: check the role, and that it trusts the caller; to work without it, remove ${role.source}`;
    const next = message.includes("Next: ") ? "" : advice;
    // The actual call was never sent, so this failure must not look like an answer to it.
    const later = error instanceof LiveError && ["throttled", "transient", "ambiguous"].includes(error.kind);
    throw new LiveError(`cannot assume role ${role.arn} (${role.source}): ${message}${next}`, {
      kind: later ? "transient" : "auth",
      cause: error,
    });
  }
}

/** The part of the answer that we use; every member is checked. */
interface Assumed {
  Credentials: { TmpSecretId?: string; TmpSecretKey?: string; Token?: string };
  ExpiredTime: number;
}

const prefix = "TENCENTCLOUD_ASSUME_ROLE_";
const supported = ["ARN", "SESSION_NAME", "SESSION_DURATION", "EXTERNAL_ID", "SOURCE_IDENTITY"];

function roleIn(env: NodeJS.ProcessEnv): Role | undefined {
  const set = roleVariables(env);
  if (set.length === 0) return undefined;
  const unsupported = set.filter((name) => name.startsWith(prefix) && !supported.includes(name.slice(prefix.length)));
  if (unsupported.length > 0) {
    throw invalid(
      `${unsupported.join(", ")}: this way to assume a role is not supported (MFA, SAML, a web identity, a file). Next: ` +
        "get temporary credentials of the role with another tool, set them as TENCENTCLOUD_SECRET_ID, " +
        `TENCENTCLOUD_SECRET_KEY and TENCENTCLOUD_SECURITY_TOKEN, and unset ${set.join(", ")}`,
    );
  }
  const given = (name: string) => env[`${prefix}${name}`]?.trim();
  const [terraform, tccli] = [given("ARN"), env.TENCENTCLOUD_ROLE_ARN?.trim()];
  if (terraform && tccli && terraform !== tccli) {
    throw invalid(
      "TENCENTCLOUD_ASSUME_ROLE_ARN and TENCENTCLOUD_ROLE_ARN name different roles. Next: unset one of them",
    );
  }
  const arn = terraform || tccli;
  if (!arn)
    throw invalid(
      `${set.join(", ")}: no role is named. Next: set TENCENTCLOUD_ASSUME_ROLE_ARN, or unset ${set.join(", ")}`,
    );
  const duration = Number(given("SESSION_DURATION") || 0);
  if (!(Number.isInteger(duration) && duration >= 0 && duration <= 43_200)) {
    throw invalid("TENCENTCLOUD_ASSUME_ROLE_SESSION_DURATION must be a number of seconds, at most 43200");
  }
  const sessionName = given("SESSION_NAME") || env.TENCENTCLOUD_ROLE_SESSION_NAME?.trim();
  const [externalId, sourceIdentity] = [given("EXTERNAL_ID"), given("SOURCE_IDENTITY")];
  return {
    arn,
    ...(sessionName && { sessionName }),
    ...(duration && { duration }),
    ...(externalId && { externalId }),
    ...(sourceIdentity && { sourceIdentity }),
    source: terraform ? "TENCENTCLOUD_ASSUME_ROLE_ARN" : "TENCENTCLOUD_ROLE_ARN",
  };
}

function invalid(message: string): LiveError {
  return new LiveError(message, { kind: "auth" });
}
