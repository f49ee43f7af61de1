import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { credentialSource } from "../../../../provider/live/credentials.ts";
import { LiveError } from "../../../../provider/live/errors.ts";
import { caller, type RoleAccount, roleArn, startRoleAccount } from "../../../roleAccount.ts";
import { running } from "../process.ts";
import type { RunningProxy } from "./servers.ts";
import { proxyTo, serve } from "./servers.ts";

const configured = { "tencentcloud:secretId": "config-id", "tencentcloud:secretKey": "config-key" };
const environment = { TENCENTCLOUD_SECRET_ID: "env-id", TENCENTCLOUD_SECRET_KEY: "env-key" };

let home: string;
let proxy: RunningProxy;

// The SDK's providers read the environment of this process. A proxy records and refuses their requests.
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "lvb-credentials-"));
  onTestFinished(() => rmSync(home, { recursive: true }));
  vi.stubEnv("HOME", home);
  vi.stubEnv("USERPROFILE", home);
  proxy = await proxyTo({ refuse: "502 Bad Gateway" });
  vi.stubEnv("http_proxy", proxy.url);
});
afterEach(() => vi.unstubAllEnvs());

function source(config: Record<string, string>, env: NodeJS.ProcessEnv, requestTimeoutMs = 2000, endpoint?: URL) {
  const notes: string[] = [];
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  return {
    notes,
    ask: credentialSource(
      { namespace: "tencentcloud", get: (name) => config[`tencentcloud:${name}`] },
      env,
      { endpoint, requestTimeoutMs },
      (text) => notes.push(text),
    ),
  };
}

async function failureOf(ask: () => Promise<unknown>): Promise<LiveError> {
  const error: unknown = await ask().catch((thrown: unknown) => thrown);
  if (!(error instanceof LiveError)) throw new Error("credentials were found");
  return error;
}

/** The error after a search in all these places, beside configuration and environment. */
function nothingFound(...looked: string[]): string {
  const both = [
    "configuration (tencentcloud:secretId, tencentcloud:secretKey): not set",
    "environment (TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY): not set",
  ];
  return (
    `no credentials found. Looked at ${[...both, ...looked].join("; ")}. Next: set TENCENTCLOUD_SECRET_ID and ` +
    "TENCENTCLOUD_SECRET_KEY, or `pulumi config set --secret tencentcloud:secretId …` and the same for " +
    "tencentcloud:secretKey"
  );
}

function writeProfile(text: string): void {
  mkdirSync(join(home, ".tencentcloud"), { recursive: true });
  writeFileSync(join(home, ".tencentcloud", "credentials"), text);
}

test("the configuration comes first, and one note says if the environment differs", async () => {
  writeProfile("[default]\nsecret_id = profile-id\nsecret_key = profile-key\n");
  const { ask, notes } = source(configured, environment);
  for (let call = 0; call < 2; call++) {
    expect(await ask()).toMatchObject({
      secretId: "config-id",
      secretKey: "config-key",
      source: expect.stringContaining("tencentcloud:secretId"),
    });
  }
  expect(notes).toEqual([expect.stringMatching(/configuration and environment differ; the configuration .* is used/)]);
  expect(notes.join()).not.toMatch(/config-key|env-key/);
});

test("there is no note if configuration and environment have the same key", async () => {
  const { notes } = source(configured, { TENCENTCLOUD_SECRET_ID: "config-id ", TENCENTCLOUD_SECRET_KEY: "config-key" });
  expect(notes).toEqual([]);
});

test("the environment comes second, without a note", async () => {
  writeProfile("[default]\nsecret_id = profile-id\nsecret_key = profile-key\n");
  const { ask, notes } = source({}, environment);
  expect(await ask()).toMatchObject({ secretId: "env-id", secretKey: "env-key", securityToken: undefined });
  expect(notes).toEqual([]);
});

test.each(["TENCENTCLOUD_SECURITY_TOKEN", "TENCENTCLOUD_SESSION_TOKEN", "TENCENTCLOUD_TOKEN"])(
  "the token can be in %s",
  async (name) => {
    expect(await source({}, { ...environment, [name]: " token " }).ask()).toMatchObject({ securityToken: "token" });
  },
);

test("the first token that isn't empty counts", async () => {
  const three = {
    TENCENTCLOUD_SECURITY_TOKEN: "",
    TENCENTCLOUD_SESSION_TOKEN: "session",
    TENCENTCLOUD_TOKEN: "token",
  };
  expect(await source({}, { ...environment, ...three }).ask()).toMatchObject({ securityToken: "session" });
  expect(await source({}, { ...environment, TENCENTCLOUD_TOKEN: "" }).ask()).toMatchObject({
    securityToken: undefined,
  });
});

test("a token from the environment is never combined with a key from the configuration", async () => {
  const env = { ...environment, TENCENTCLOUD_TOKEN: "env-token" };
  expect(await source(configured, env).ask()).toMatchObject({ secretId: "config-id", securityToken: undefined });
  const all = { ...configured, "tencentcloud:securityToken": "config-token" };
  expect(await source(all, env).ask()).toMatchObject({ securityToken: "config-token" });
});

test("white space around a key is removed", async () => {
  const padded = { TENCENTCLOUD_SECRET_ID: " env-id\n", TENCENTCLOUD_SECRET_KEY: "env-key\r\n" };
  expect(await source({}, padded).ask()).toMatchObject({ secretId: "env-id", secretKey: "env-key" });
});

test.each([
  ["tencentcloud:secretId", "tencentcloud:secretKey"],
  ["tencentcloud:secretKey", "tencentcloud:secretId"],
])("%s alone is an error, even if the environment has a pair", (given, missing) => {
  expect(() => source({ [given]: "hidden-value" }, environment)).toThrow(
    expect.objectContaining({ kind: "auth", message: `${given} is set but ${missing} is not; set both` }),
  );
});

test.each([
  ["TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY"],
  ["TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_SECRET_ID"],
])("%s alone is an error, even if a profile file has a pair", (given, missing) => {
  writeProfile("[default]\nsecret_id = profile-id\nsecret_key = profile-key\n");
  expect(() => source({}, { [given]: "hidden-value" })).toThrow(
    expect.objectContaining({ kind: "auth", message: `${given} is set but ${missing} is not; set both` }),
  );
});

test("half a pair in the environment doesn't matter if the configuration has a pair", async () => {
  const { ask } = source(configured, { TENCENTCLOUD_SECRET_ID: "env-id" });
  expect(await ask()).toMatchObject({ secretId: "config-id", secretKey: "config-key" });
});

test("the profile file comes third, and is read for every call", async () => {
  writeProfile("[default]\nsecret_id = profile-id\nsecret_key = profile-key\ntoken = profile-token\n");
  const { ask } = source({}, {});
  expect(await ask()).toEqual({
    secretId: "profile-id",
    secretKey: "profile-key",
    securityToken: "profile-token",
    source: expect.stringContaining("profile file"),
  });
  // It can be rewritten during a long run.
  writeProfile("[default]\nsecret_id = rotated-id\nsecret_key = rotated-key\n");
  expect(await ask()).toMatchObject({ secretId: "rotated-id", securityToken: undefined });
  writeProfile("[default]\nsecret_id = half-id\n");
  expect((await failureOf(ask)).message).toContain("profile file");
});

test.each(["", "[default]\nsecret_id = only-an-id\n", "[other]\nsecret_id = a\nsecret_key = b\n", "no profile"])(
  "a profile file with %j counts as missing",
  async (text) => {
    writeProfile(text);
    expect((await failureOf(source({}, {}).ask)).message).toContain("profile file");
  },
);

describe("a tccli profile", () => {
  function writeTccli(profile: string, text: string | object, folder = ".tccli"): string {
    mkdirSync(join(home, folder), { recursive: true });
    const file = join(home, folder, `${profile}.credential`);
    writeFileSync(file, typeof text === "string" ? text : JSON.stringify(text));
    return file;
  }
  const keys = { secretId: " tccli-id ", secretKey: "tccli-key" };
  const found = { secretId: "tccli-id", secretKey: "tccli-key", securityToken: undefined };

  test("named default comes after the SDK's profile file", async () => {
    const file = writeTccli("default", { ...keys, token: "tccli-token" });
    const { ask } = source({}, {});
    expect(await ask()).toEqual({ ...found, securityToken: "tccli-token", source: `tccli profile default (${file})` });
    // tccli renews the credentials of a login in this file.
    writeTccli("default", { secretId: "renewed-id", secretKey: "renewed-key" });
    expect(await ask()).toMatchObject({ secretId: "renewed-id", securityToken: undefined });
    writeProfile("[default]\nsecret_id = profile-id\nsecret_key = profile-key\n");
    expect(await source({}, {}).ask()).toMatchObject({ secretId: "profile-id" });
  });

  test.each(["TENCENTCLOUD_PROFILE", "TCCLI_PROFILE"])("named by %s comes before any other file", async (name) => {
    writeProfile("[default]\nsecret_id = profile-id\nsecret_key = profile-key\n");
    writeTccli("default", { secretId: "default-id", secretKey: "default-key" });
    writeTccli("prod", keys);
    expect(await source({}, { [name]: "prod" }).ask()).toMatchObject(found);
    const both = { TENCENTCLOUD_PROFILE: "prod", TCCLI_PROFILE: "prod" };
    expect(await source({}, both).ask()).toMatchObject(found);
    expect(await source({}, { ...environment, [name]: "prod" }).ask()).toMatchObject({ secretId: "env-id" });
  });

  test.each([
    ["an absolute path", "shared", () => join(home, "shared")],
    ["below the home folder", "shared", () => "~/shared"],
    ["the home folder", ".", () => "~"],
    ["with a ~ inside", "shared~/a", () => join(home, "shared~/a")],
  ])("can be in TENCENTCLOUD_SHARED_CREDENTIALS_DIR: %s", async (_form, folder, written) => {
    writeTccli("default", { secretId: "default-id", secretKey: "default-key" });
    writeTccli("default", keys, folder);
    expect(await source({}, { TENCENTCLOUD_SHARED_CREDENTIALS_DIR: written() }).ask()).toMatchObject(found);
  });

  test("that is named but doesn't exist is an error, even if other profiles exist", async () => {
    writeProfile("[default]\nsecret_id = profile-id\nsecret_key = profile-key\n");
    writeTccli("default", keys);
    const { kind, message } = await failureOf(source({}, { TENCENTCLOUD_PROFILE: "prod" }).ask);
    expect(kind).toBe("auth");
    const file = join(home, ".tccli/prod.credential");
    expect(message).toBe(
      nothingFound(`tccli profile prod (${file}): not found; \`tccli configure --profile prod\` writes it`),
    );
    mkdirSync(file);
    expect((await failureOf(source({}, { TENCENTCLOUD_PROFILE: "prod" }).ask)).message).toMatch(
      /prod\.credential\): EISDIR/,
    );
  });

  test.each<[string, string | object, string]>([
    ["isn't JSON", '{"secretId": "hidden-', "it is not JSON"],
    ["is a list", "[]", "secretId or secretKey is missing in it"],
    ["is null", "null", "secretId or secretKey is missing in it"],
    ["contains half a pair", { secretId: "hidden-id" }, "secretId or secretKey is missing in it"],
    ["has expired", { ...keys, type: "oauth", expiresAt: 1_700_000_000 }, "expired at 2023-11-14T22:13:20.000Z"],
    ["stands for the role of a CVM", { type: "cvm-role" }, "TENCENTCLOUD_CAM_ROLE_NAME"],
  ])("that %s is not used, and the error says why", async (_what, text, why) => {
    writeTccli("default", text);
    for (const env of [{}, { TCCLI_PROFILE: "default" }]) {
      const { message } = await failureOf(source({}, env).ask);
      expect(message).toContain(why);
      expect(message).not.toMatch(/hidden|tccli-key/);
    }
  });

  test.each([
    ["later", Math.ceil(Date.now() / 1000) + 600],
    ["never", null],
  ])("that expires %s is used", async (_when, expiresAt) => {
    writeTccli("default", { ...keys, type: "sso", expiresAt });
    expect(await source({}, {}).ask()).toMatchObject(found);
  });

  test("named default doesn't replace the CVM role that the environment names", async () => {
    writeTccli("default", keys);
    const { message } = await failureOf(source({}, { TENCENTCLOUD_CAM_ROLE_NAME: "role" }).ask);
    expect(message).toMatch(/CVM role role: \S/);
  });

  test.each<[Record<string, string>, RegExp]>([
    [{ TENCENTCLOUD_PROFILE: "a", TCCLI_PROFILE: "b" }, /name different profiles/],
    [
      { TENCENTCLOUD_PROFILE: "a", TENCENTCLOUD_CAM_ROLE_NAME: "role" },
      /both a tccli profile and TENCENTCLOUD_CAM_ROLE/,
    ],
    [{ TENCENTCLOUD_CREDENTIALS_FILE: "prod" }, /TENCENTCLOUD_CREDENTIALS_FILE is not supported/],
  ])("is not guessed from %j", async (env, why) => {
    writeTccli("a", keys);
    writeTccli("default", keys);
    const { kind, message } = await failureOf(source({}, env).ask);
    expect(kind).toBe("auth");
    expect(message).toMatch(why);
    expect(message).toMatch(/ Next: \S/);
    expect(proxy.asked).toEqual([]);
  });
});

describe("a role to assume", () => {
  let account: RoleAccount;

  beforeEach(async () => {
    account = await startRoleAccount(await running());
    onTestFinished(() => account.stop());
  });

  const own = { TENCENTCLOUD_SECRET_ID: caller.secretId, TENCENTCLOUD_SECRET_KEY: caller.secretKey };
  const asRole = (env: NodeJS.ProcessEnv, config: Record<string, string> = {}) =>
    source(config, env, 2000, new URL(account.url));

  test("is assumed once, while its credentials are valid", async () => {
    const { ask, notes } = asRole({ ...own, TENCENTCLOUD_ASSUME_ROLE_ARN: roleArn });
    const all = await Promise.all([ask(), ask(), ask()]);
    expect(new Set(all.map(({ secretId }) => secretId))).toEqual(new Set(["emulator-id"]));
    expect(await ask()).toEqual({
      secretId: "emulator-id",
      secretKey: "emulator-key",
      securityToken: "TokenOfTheRole5x",
      source: `role ${roleArn} (TENCENTCLOUD_ASSUME_ROLE_ARN), assumed with the environment (TENCENTCLOUD_SECRET_ID)`,
    });
    expect(account.assumed).toEqual([{ RoleArn: roleArn, RoleSessionName: "pulumi-tencentcloud-lvb" }]);
    expect(account.regions).toEqual(["ap-guangzhou"]);
    expect(notes).toEqual([]);
  });

  test("is assumed again before its credentials expire", async () => {
    account.lifetime = 299;
    const { ask } = asRole({ ...own, TENCENTCLOUD_ASSUME_ROLE_ARN: roleArn });
    await ask();
    account.lifetime = 7200;
    await Promise.all([ask(), ask()]);
    await ask();
    expect(account.assumed).toHaveLength(2);
  });

  test("passes all its settings to STS", async () => {
    const names = {
      ARN: roleArn,
      SESSION_NAME: "nightly",
      SESSION_DURATION: "43200",
      EXTERNAL_ID: "external",
      SOURCE_IDENTITY: "100000000009",
    };
    const env = Object.fromEntries(
      Object.entries(names).map(([name, value]) => [`TENCENTCLOUD_ASSUME_ROLE_${name}`, ` ${value}\n`]),
    );
    await asRole({ ...own, ...env, TENCENTCLOUD_ROLE_ARN: roleArn }).ask();
    expect(account.assumed).toEqual([
      {
        RoleArn: roleArn,
        RoleSessionName: "nightly",
        DurationSeconds: 43_200,
        ExternalId: "external",
        SourceIdentity: "100000000009",
      },
    ]);
  });

  test("can be named by tccli's variables", async () => {
    const env = { TENCENTCLOUD_ROLE_ARN: `${roleArn} `, TENCENTCLOUD_ROLE_SESSION_NAME: " tccli" };
    const { source: where } = await asRole({ ...own, ...env }).ask();
    expect(where).toContain(`role ${roleArn} (TENCENTCLOUD_ROLE_ARN)`);
    expect(account.assumed).toEqual([{ RoleArn: roleArn, RoleSessionName: "tccli" }]);
  });

  test("can be named by a tccli profile, after the environment", async () => {
    mkdirSync(join(home, ".tccli"));
    const profile = { ...caller, "role-arn": roleArn, "role-session-name": "profile" };
    writeFileSync(join(home, ".tccli/default.credential"), JSON.stringify(profile));
    const { source: where } = await asRole({}).ask();
    expect(where).toContain(
      `role ${roleArn} (role-arn of tccli profile default), assumed with the tccli profile default`,
    );
    await asRole({ TENCENTCLOUD_ASSUME_ROLE_ARN: roleArn }).ask();
    expect(account.assumed.map(({ RoleSessionName }) => RoleSessionName)).toEqual([
      "profile",
      "pulumi-tencentcloud-lvb",
    ]);
  });

  test("changes as soon as the tccli profile is rewritten", async () => {
    mkdirSync(join(home, ".tccli"));
    const write = (role: object) =>
      writeFileSync(join(home, ".tccli/default.credential"), JSON.stringify({ ...caller, ...role }));
    const { ask } = asRole({});
    write({ "role-arn": roleArn });
    expect(await ask()).toMatchObject({ secretId: "emulator-id" });
    write({ "role-arn": `${roleArn}2` });
    expect((await failureOf(ask)).message).toContain("RoleNotFound");
    write({});
    expect(await ask()).toMatchObject({ secretId: caller.secretId });
  });

  test("is also assumed with configured credentials, and a note says so", async () => {
    const config = { "tencentcloud:secretId": caller.secretId, "tencentcloud:secretKey": caller.secretKey };
    const { ask, notes } = asRole({ TENCENTCLOUD_ASSUME_ROLE_ARN: roleArn }, config);
    expect(await ask()).toMatchObject({ secretId: "emulator-id" });
    expect(notes).toEqual([
      "credentials: the configured credentials assume the role in the environment (TENCENTCLOUD_ASSUME_ROLE_ARN)",
    ]);
  });

  test("that STS refuses is an error with the reason and the next step, and the next call asks again", async () => {
    account.refusals.push("UnauthorizedOperation");
    const { ask } = asRole({ ...own, TENCENTCLOUD_ASSUME_ROLE_ARN: roleArn });
    const { kind, message } = await failureOf(ask);
    expect(kind).toBe("auth");
    expect(message).toBe(
      `cannot assume role ${roleArn} (TENCENTCLOUD_ASSUME_ROLE_ARN): AssumeRole failed: UnauthorizedOperation: ` +
        "Refused on order (RequestId sts-1). Next: in CAM, allow sts:AssumeRole",
    );
    expect(await ask()).toMatchObject({ secretId: "emulator-id" });
  });

  test("that doesn't exist is an error without a code, so it can't look like an answer to the call", async () => {
    const { ask } = asRole({ ...own, TENCENTCLOUD_ASSUME_ROLE_ARN: `${roleArn}2` });
    const error = await failureOf(ask);
    expect(error).toMatchObject({ kind: "auth", code: undefined });
    expect(error.message).toMatch(
      /RoleNotFound.*Next: check the role, and that it trusts the caller; .* remove TENCENTCLOUD_ASSUME_ROLE_ARN$/,
    );
  });

  const whole = { TmpSecretId: "hidden-id", TmpSecretKey: "hidden-key", Token: "hidden-token" };
  test.each([
    { Credentials: undefined },
    ...Object.keys(whole).map((missing) => ({ Credentials: { ...whole, [missing]: undefined } })),
    { ExpiredTime: "4e9" },
  ])("needs a whole answer of STS, not one with %j", async (wrong) => {
    const { port } = await serve((_, response) => {
      const Response = { Credentials: whole, ExpiredTime: 4e9, RequestId: "r", ...wrong };
      response.end(JSON.stringify({ Response }));
    });
    const env = { ...own, TENCENTCLOUD_ASSUME_ROLE_ARN: roleArn };
    const error = await failureOf(source({}, env, 2000, new URL(`http://127.0.0.1:${port}`)).ask);
    expect(error.message).toContain("AssumeRole failed: the answer is not what the API documents");
    expect(error.message).not.toContain("hidden");
  });

  test("is a transient failure if STS can't be reached", async () => {
    await account.stop();
    expect(await failureOf(asRole({ ...own, TENCENTCLOUD_ASSUME_ROLE_ARN: roleArn }).ask)).toMatchObject({
      kind: "transient",
      message: expect.stringMatching(/^cannot assume role .*cannot reach .*ECONNREFUSED/),
    });
  });

  test("is assumed after a retry if STS throttles", async () => {
    account.refusals.push("RequestLimitExceeded");
    expect(await asRole({ ...own, TENCENTCLOUD_ASSUME_ROLE_ARN: roleArn }).ask()).toMatchObject({
      secretId: "emulator-id",
    });
  });

  const prefix = "TENCENTCLOUD_ASSUME_ROLE_";
  test.each<[Record<string, string>, RegExp]>([
    ...["TOKEN_CODE", "SAML_ASSERTION", "WEB_IDENTITY_TOKEN_FILE", "ARNN_FILE", "SOMETHING_NEW"].map(
      (name): [Record<string, string>, RegExp] => [
        { [`${prefix}ARN`]: roleArn, [prefix + name]: "hidden-value" },
        new RegExp(`^${prefix}${name}: .*not supported.*Next: .*unset ${prefix}ARN, ${prefix}${name}$`),
      ],
    ),
    [{ [`${prefix}SESSION_NAME`]: "nightly" }, /no role is named\. Next: set TENCENTCLOUD_ASSUME_ROLE_ARN/],
    [{ TENCENTCLOUD_ROLE_SESSION_NAME: "nightly" }, /no role is named/],
    [{ [`${prefix}ARN`]: roleArn, TENCENTCLOUD_ROLE_ARN: "another" }, /name different roles\. Next: unset one/],
    [
      { [`${prefix}ARN`]: roleArn, [`${prefix}SESSION_DURATION`]: "2h" },
      /SESSION_DURATION must be a number of seconds/,
    ],
    ...["43201", "-1", "1.5"].map((seconds): [Record<string, string>, RegExp] => [
      { [`${prefix}ARN`]: roleArn, [`${prefix}SESSION_DURATION`]: seconds },
      /at most 43200/,
    ]),
  ])("is refused with %j, and no call is made as the caller", async (env, why) => {
    const { kind, message } = await failureOf(asRole({ ...own, ...env }).ask);
    expect(kind).toBe("auth");
    expect(message).toMatch(why);
    expect(message).not.toContain("hidden-value");
    expect(account.assumed).toEqual([]);
  });

  test("is not named by empty or similar variables", async () => {
    const others = { OLD_TENCENTCLOUD_ROLE_ARN: roleArn, TENCENTCLOUD_ROLE_ARN_OLD: roleArn };
    const empty = {
      TENCENTCLOUD_ASSUME_ROLE_ARN: "",
      TENCENTCLOUD_ROLE_ARN: " ",
      TENCENTCLOUD_ROLE_SESSION_NAME: undefined,
    };
    const env = { ...empty, ...others };
    expect(await asRole({ ...own, ...env }).ask()).toMatchObject({ secretId: caller.secretId });
  });
});

test("without credentials, the error lists every place and the next step, and nothing is sent", async () => {
  const error = await failureOf(source({}, {}).ask);
  expect(error.kind).toBe("auth");
  const file = join(home, ".tccli/default.credential");
  expect(error.message).toBe(
    nothingFound(
      "profile file (~/.tencentcloud/credentials or /etc/tencentcloud/credentials): not found",
      `tccli profile default (${file}): not found; \`tccli configure --profile default\` writes it`,
      "OIDC of a TKE pod (TKE_* variables): not set",
      "CVM role (TENCENTCLOUD_CAM_ROLE_NAME): not set",
    ),
  );
  expect(proxy.asked).toEqual([]);
});

test("the next call finds credentials that were added in between", async () => {
  const { ask } = source({}, {});
  await failureOf(ask);
  writeProfile("[default]\nsecret_id = profile-id\nsecret_key = profile-key\n");
  expect(await ask()).toMatchObject({ secretId: "profile-id" });
});

test("a failure of a pod's OIDC is shown, and the next call asks again", async () => {
  const tokenFile = join(home, "token");
  const { ask } = source(
    {},
    {
      TKE_REGION: "ap-guangzhou",
      TKE_PROVIDER_ID: "provider",
      TKE_WEB_IDENTITY_TOKEN_FILE: tokenFile,
      TKE_ROLE_ARN: "arn",
    },
  );
  expect((await failureOf(ask)).message).toMatch(/OIDC of the TKE pod: .*failed to read token file/);
  expect(proxy.asked).toEqual([]);
  writeFileSync(tokenFile, "web-identity-token");
  const { message } = await failureOf(ask);
  expect(message).toMatch(/; OIDC of the TKE pod: [^;]*; CVM role \(TENCENTCLOUD_CAM_ROLE_NAME\): not set\. Next: /);
  expect(message).not.toContain("failed to read token file");
  expect(message).not.toContain("web-identity-token");
  expect(proxy.asked).toEqual(["CONNECT sts.tencentcloudapi.com:443"]);
});

test("OIDC needs all four variables; with three, nothing is sent", async () => {
  const three = { TKE_REGION: "ap-guangzhou", TKE_PROVIDER_ID: "provider", TKE_ROLE_ARN: "arn" };
  expect((await failureOf(source({}, three).ask)).message).toContain("OIDC of a TKE pod (TKE_* variables): not set");
  expect(proxy.asked).toEqual([]);
});

test("the CVM role is requested only if it is configured", async () => {
  const metadata = await serve((request, response) => {
    const answer = { Code: "Success", TmpSecretId: "cvm-id", TmpSecretKey: "cvm-key", Token: "cvm-token" };
    const body = request.url?.endsWith("/role") ? JSON.stringify({ ...answer, ExpiredTime: 4e9 }) : "role";
    response.end(body);
  });
  const toMetadata = await proxyTo(metadata.port);
  vi.stubEnv("http_proxy", toMetadata.url);
  await failureOf(source({}, {}).ask);
  expect(toMetadata.asked).toEqual([]);

  const { ask } = source({}, { TENCENTCLOUD_CAM_ROLE_NAME: "role" });
  expect(await ask()).toEqual({
    secretId: "cvm-id",
    secretKey: "cvm-key",
    securityToken: "cvm-token",
    source: "CVM role role",
  });
  const { length } = toMetadata.asked;
  await ask();
  expect(toMetadata.asked).toHaveLength(length);
  expect(new Set(toMetadata.asked)).toEqual(new Set(["CONNECT metadata.tencentyun.com:80"]));
});

test("the next call asks again after a failure of the CVM role", async () => {
  const { ask } = source({}, { TENCENTCLOUD_CAM_ROLE_NAME: "role" });
  expect((await failureOf(ask)).message).toMatch(/CVM role role: [^;]*; OIDC of a TKE pod [^;]*: not set\. Next: /);
  const asked = proxy.asked.length;
  expect(asked).toBeGreaterThan(0);
  await failureOf(ask);
  expect(proxy.asked.length).toBeGreaterThan(asked);
});

test("a metadata server that never answers fails within the time limit", async () => {
  const silent = await proxyTo("silence");
  vi.stubEnv("http_proxy", silent.url);
  const error = await failureOf(source({}, { TENCENTCLOUD_CAM_ROLE_NAME: "role" }, 500).ask);
  expect(error.message).toContain("CVM role role: no answer");
  expect(silent.asked).toHaveLength(1);
});
