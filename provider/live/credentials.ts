/**
 * Finds the credentials, in the order that users of both peers expect: explicit `Provider` or stack configuration,
 * environment, then what the SDK offers: profile file, OIDC of a TKE pod, role of a CVM (only when configured, since
 * it asks a server outside this machine).
 *
 * The SDK's own DefaultCredentialProvider is not used: it prints each failure and, finding nothing, returns empty
 * strings instead of an error.
 */
import { LiveError, messageOf, tokenVariables } from "./errors";
import type { ConfigReader } from "./settings";

export interface Credentials {
  secretId: string;
  secretKey: string;
  securityToken: string | undefined;
  /** Where they were found, in words. */
  source: string;
}

export type CredentialSource = () => Promise<Credentials>;

interface SdkCredential {
  secretId?: string;
  secretKey?: string;
  token?: string;
}

const anotherWay =
  "set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, or `pulumi config set --secret tencentcloud:secretId …` " +
  "and the same for tencentcloud:secretKey";

const oidcVariables = ["TKE_REGION", "TKE_PROVIDER_ID", "TKE_WEB_IDENTITY_TOKEN_FILE", "TKE_ROLE_ARN"];

/** The source to ask before each call; `note` is told once if configuration and environment differ. */
export function credentialSource(
  config: ConfigReader,
  env: NodeJS.ProcessEnv,
  timeoutMs: number,
  note: (text: string) => void,
): CredentialSource {
  const configured = pair(
    config("tencentcloud:secretId"),
    config("tencentcloud:secretKey"),
    config("tencentcloud:securityToken"),
    "configuration (tencentcloud:secretId; refresh and destroy use that of the last up unless given --run-program)",
    ["tencentcloud:secretId", "tencentcloud:secretKey"],
  );
  const { TENCENTCLOUD_SECRET_ID: secretId, TENCENTCLOUD_SECRET_KEY: secretKey } = env;
  if (configured && secretId && configured.secretId !== secretId.trim()) {
    note("credentials: configuration and environment differ; the configuration (tencentcloud:secretId) is used");
  }
  const token = tokenVariables.map((name) => env[name]).find(Boolean);
  const fixed =
    configured ??
    pair(secretId, secretKey, token, "environment (TENCENTCLOUD_SECRET_ID)", [
      "TENCENTCLOUD_SECRET_ID",
      "TENCENTCLOUD_SECRET_KEY",
    ]);
  return fixed ? async () => fixed : fallback(env, timeoutMs);
}

/** A complete pair, nothing, or an error if one half is missing: half a pair is a mistake, not a reason to go on. */
function pair(
  secretId: string | undefined,
  secretKey: string | undefined,
  securityToken: string | undefined,
  source: string,
  [idName, keyName]: [string, string],
): Credentials | undefined {
  if (!secretId && !secretKey) return undefined;
  if (!secretId || !secretKey) {
    const [given, missing] = secretId ? [idName, keyName] : [keyName, idName];
    throw new LiveError(`${given} is set but ${missing} is not; set both`, { kind: "auth" });
  }
  return {
    secretId: secretId.trim(),
    secretKey: secretKey.trim(),
    securityToken: securityToken?.trim() || undefined,
    source,
  };
}

/** The SDK's providers, each asked afresh after a failure: they keep a rejected promise for ever. */
function fallback(env: NodeJS.ProcessEnv, timeoutMs: number): CredentialSource {
  type Provider = { getCredential(): Promise<SdkCredential> };
  const role = env.TENCENTCLOUD_CAM_ROLE_NAME;
  const candidates: { source: string; make: () => Promise<Provider> }[] = [
    {
      source: "profile file (~/.tencentcloud/credentials or /etc/tencentcloud/credentials)",
      make: async () => new (await sdkCredentials()).ProfileCredential(),
    },
    ...(oidcVariables.every((name) => env[name])
      ? [{ source: "OIDC of the TKE pod", make: async () => new (await sdkCredentials()).OIDCRoleArnCredential() }]
      : []),
    ...(role
      ? [{ source: `CVM role ${role}`, make: async () => new (await sdkCredentials()).CvmRoleCredential() }]
      : []),
  ];
  let found: { provider: Provider; source: string } | undefined;

  return async () => {
    if (found) {
      const kept = found;
      const credentials = await ask(kept.provider, kept.source, timeoutMs).catch(() => undefined);
      if (typeof credentials === "object") return credentials;
      found = undefined;
    }
    const failures: string[] = [];
    for (const { source, make } of candidates) {
      const provider = await make();
      const credentials = await ask(provider, source, timeoutMs).catch((error: unknown) => messageOf(error));
      if (typeof credentials === "object") {
        found = { provider, source };
        return credentials;
      }
      failures.push(`${source}: ${credentials}`);
    }
    const looked = [
      "configuration (tencentcloud:secretId, tencentcloud:secretKey): not set",
      "environment (TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY): not set",
      ...failures,
      ...(oidcVariables.every((name) => env[name]) ? [] : ["OIDC of a TKE pod (TKE_* variables): not set"]),
      ...(role ? [] : ["CVM role (TENCENTCLOUD_CAM_ROLE_NAME): not set"]),
    ];
    throw new LiveError(`no credentials found. Looked at ${looked.join("; ")}. Next: ${anotherWay}`, { kind: "auth" });
  };
}

async function ask(
  provider: { getCredential(): Promise<SdkCredential> },
  source: string,
  timeoutMs: number,
): Promise<Credentials | string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer")), timeoutMs);
  });
  try {
    const { secretId, secretKey, token } = await Promise.race([provider.getCredential(), late]);
    if (!secretId || !secretKey) return "not found";
    return { secretId, secretKey, securityToken: token || undefined, source };
  } finally {
    clearTimeout(timer);
  }
}

function sdkCredentials() {
  return import("tencentcloud-sdk-nodejs/tencentcloud/common/credential.js");
}
