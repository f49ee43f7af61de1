/**
 * Finds the credentials, in this order: explicit `Provider` or stack configuration, environment, files, OIDC of a TKE
 * pod, role of a CVM. The last two are used only when configured, since they call a server outside this machine. If a
 * variable names a tccli profile, nothing else after the environment is used. If a role is named, it is assumed with the
 * credentials found.
 *
 * We don't use the SDK's DefaultCredentialProvider: it prints each failure, and if it finds nothing it returns empty
 * strings instead of an error.
 */
import type { Role } from "./assumedRole";
import { LiveError, messageOf, tokenVariables } from "./errors";
import type { Configuration, Settings } from "./settings";

export interface Credentials {
  secretId: string;
  secretKey: string;
  securityToken: string | undefined;
  /** Where they were found, as text for messages. */
  source: string;
  /** The role to assume with them, if they name one. */
  role?: Role | undefined;
}

export type CredentialSource = () => Promise<Credentials>;

interface SdkCredential {
  secretId?: string;
  secretKey?: string;
  token?: string;
  role?: Role;
}

function anotherWay(namespace: Configuration["namespace"]): string {
  return (
    `set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, or \`pulumi config set --secret ${namespace}:secretId …\` ` +
    `and the same for ${namespace}:secretKey`
  );
}

const oidcVariables = ["TKE_REGION", "TKE_PROVIDER_ID", "TKE_WEB_IDENTITY_TOKEN_FILE", "TKE_ROLE_ARN"];

/** The variables that name a role to assume or configure it. */
export function roleVariables(env: NodeJS.ProcessEnv): string[] {
  const pattern = /^TENCENTCLOUD_(ASSUME_ROLE_\w+|ROLE_ARN|ROLE_SESSION_NAME)$/;
  return Object.keys(env).filter((name) => pattern.test(name) && env[name]?.trim());
}

/** The source to ask before each call. Calls `note` once if configuration and environment both set credentials or a role. */
export function credentialSource(
  config: Configuration,
  env: NodeJS.ProcessEnv,
  settings: Pick<Settings, "endpoint" | "requestTimeoutMs">,
  note: (text: string) => void,
): CredentialSource {
  const { namespace } = config;
  const configured = pair(
    config.get("secretId"),
    config.get("secretKey"),
    config.get("securityToken"),
    `configuration (${namespace}:secretId; refresh and destroy use that of the last up unless given --run-program)`,
    [`${namespace}:secretId`, `${namespace}:secretKey`],
  );
  const { TENCENTCLOUD_SECRET_ID: secretId, TENCENTCLOUD_SECRET_KEY: secretKey } = env;
  if (configured && secretId && configured.secretId !== secretId.trim()) {
    note(`credentials: configuration and environment differ; the configuration (${namespace}:secretId) is used`);
  }
  const token = tokenVariables.map((name) => env[name]).find(Boolean);
  const fixed =
    configured ??
    pair(secretId, secretKey, token, "environment (TENCENTCLOUD_SECRET_ID)", [
      "TENCENTCLOUD_SECRET_ID",
      "TENCENTCLOUD_SECRET_KEY",
    ]);
  const found = fixed ? async () => fixed : fallback(env, namespace, settings.requestTimeoutMs);
  const roles = roleVariables(env);
  if (configured && roles.length > 0) {
    note(`credentials: the configured credentials assume the role in the environment (${roles.join(", ")})`);
  }
  let withRole: Promise<CredentialSource> | undefined;
  return async () => {
    const credentials = roles.length > 0 ? undefined : await found();
    if (credentials && !credentials.role) return credentials;
    withRole ??= import("./assumedRole.js").then(({ assumedRole }) => assumedRole(found, env, settings));
    return (await withRole)();
  };
}

/** A complete pair, or undefined if both halves are missing. One half alone is an error. */
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

interface Provider {
  getCredential(): Promise<SdkCredential>;
}

interface Candidate {
  source: string;
  make: () => Promise<Provider>;
}

/** Credentials from other places. Creates a new SDK provider after a failure: the SDK's own ones cache a failure forever. */
function fallback(env: NodeJS.ProcessEnv, namespace: Configuration["namespace"], timeoutMs: number): CredentialSource {
  let found: { provider: Provider; source: string } | undefined;

  return async () => {
    if (found) {
      const kept = found;
      const credentials = await ask(kept.provider, kept.source, timeoutMs).catch(() => undefined);
      if (typeof credentials === "object") return credentials;
      found = undefined;
    }
    const { candidates, absent } = await candidatesIn(env);
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
      `configuration (${namespace}:secretId, ${namespace}:secretKey): not set`,
      "environment (TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY): not set",
      ...failures,
      ...absent.map((source) => `${source}: not set`),
    ];
    throw new LiveError(`no credentials found. Looked at ${looked.join("; ")}. Next: ${anotherWay(namespace)}`, {
      kind: "auth",
    });
  };
}

/** The places to look, in order, and those that the environment doesn't configure. */
async function candidatesIn(env: NodeJS.ProcessEnv): Promise<{ candidates: Candidate[]; absent: string[] }> {
  // The Go SDK reads credentials from this file. Ignoring it could mean using another account.
  if (env.TENCENTCLOUD_CREDENTIALS_FILE) {
    throw new LiveError(
      "TENCENTCLOUD_CREDENTIALS_FILE is not supported. Next: unset it, and put its credentials into the environment, " +
        "~/.tencentcloud/credentials or a tccli profile",
      { kind: "auth" },
    );
  }
  const { tccliProfile } = await import("./tccliProfile.js");
  const profile = tccliProfile(env);
  const tccli: Candidate = { source: profile.source, make: async () => profile };
  const role = env.TENCENTCLOUD_CAM_ROLE_NAME;
  if (profile.named) {
    if (role) {
      throw new LiveError(
        "the environment names both a tccli profile and TENCENTCLOUD_CAM_ROLE_NAME. Next: unset one of them",
        { kind: "auth" },
      );
    }
    return { candidates: [tccli], absent: [] };
  }
  const sdkProfile: Candidate = {
    source: "profile file (~/.tencentcloud/credentials or /etc/tencentcloud/credentials)",
    make: async () => new (await sdkCredentials()).ProfileCredential(),
  };
  const oidc: Candidate | undefined = oidcVariables.every((name) => env[name])
    ? { source: "OIDC of the TKE pod", make: async () => new (await sdkCredentials()).OIDCRoleArnCredential() }
    : undefined;
  const cvm: Candidate | undefined = role
    ? { source: `CVM role ${role}`, make: async () => new (await sdkCredentials()).CvmRoleCredential() }
    : undefined;
  const remote = [oidc, cvm].filter((candidate) => candidate !== undefined);
  return {
    // tccli's default file must not replace a source that the environment configures.
    candidates: [sdkProfile, ...(remote.length > 0 ? remote : [tccli])],
    absent: [
      ...(oidc ? [] : ["OIDC of a TKE pod (TKE_* variables)"]),
      ...(cvm ? [] : ["CVM role (TENCENTCLOUD_CAM_ROLE_NAME)"]),
    ],
  };
}

async function ask(provider: Provider, source: string, timeoutMs: number): Promise<Credentials | string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer")), timeoutMs);
  });
  try {
    const { secretId, secretKey, token, role } = await Promise.race([provider.getCredential(), late]);
    if (!secretId || !secretKey) return "not found";
    return { secretId, secretKey, securityToken: token || undefined, source, ...(role && { role }) };
  } finally {
    clearTimeout(timer);
  }
}

function sdkCredentials() {
  return import("tencentcloud-sdk-nodejs/tencentcloud/common/credential.js");
}
