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

// The SDK's providers read this process' environment; whatever they ask goes to a proxy that tells of it and refuses.
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

/** What is told where all was looked at, beside configuration and environment. */
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

test("the configuration comes first, and a difference from the environment is noted once", async () => {
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

test("the same key in both is worth no note", async () => {
  const { notes } = source(configured, { TENCENTCLOUD_SECRET_ID: "config-id ", TENCENTCLOUD_SECRET_KEY: "config-key" });
  expect(notes).toEqual([]);
});

test("then the environment, without a note", async () => {
  writeProfile("[default]\nsecret_id = profile-id\nsecret_key = profile-key\n");
  const { ask, notes } = source({}, environment);
  expect(await ask()).toMatchObject({ secretId: "env-id", secretKey: "env-key", securityToken: undefined });
  expect(notes).toEqual([]);
});

test.each(["TENCENTCLOUD_SECURITY_TOKEN", "TENCENTCLOUD_SESSION_TOKEN", "TENCENTCLOUD_TOKEN"])(
  "the token may be in %s",
  async (name) => {
    expect(await source({}, { ...environment, [name]: " token " }).ask()).toMatchObject({ securityToken: "token" });
  },
);

test("of several tokens the one of this ecosystem counts, and an empty one is none", async () => {
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

test("a token of the environment does not go with a key of the configuration", async () => {
  const env = { ...environment, TENCENTCLOUD_TOKEN: "env-token" };
  expect(await source(configured, env).ask()).toMatchObject({ secretId: "config-id", securityToken: undefined });
  const all = { ...configured, "tencentcloud:securityToken": "config-token" };
  expect(await source(all, env).ask()).toMatchObject({ securityToken: "config-token" });
});

test("blanks around a key are none of it", async () => {
  const padded = { TENCENTCLOUD_SECRET_ID: " env-id\n", TENCENTCLOUD_SECRET_KEY: "env-key\r\n" };
  expect(await source({}, padded).ask()).toMatchObject({ secretId: "env-id", secretKey: "env-key" });
});

test.each([
  ["tencentcloud:secretId", "tencentcloud:secretKey"],
  ["tencentcloud:secretKey", "tencentcloud:secretId"],
])("%s without its other half is a mistake, whatever else there is", (given, missing) => {
  expect(() => source({ [given]: "hidden-value" }, environment)).toThrow(
    expect.objectContaining({ kind: "auth", message: `${given} is set but ${missing} is not; set both` }),
  );
});

test.each([
  ["TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY"],
  ["TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_SECRET_ID"],
])("%s without its other half is a mistake too", (given, missing) => {
  writeProfile("[default]\nsecret_id = profile-id\nsecret_key = profile-key\n");
  expect(() => source({}, { [given]: "hidden-value" })).toThrow(
    expect.objectContaining({ kind: "auth", message: `${given} is set but ${missing} is not; set both` }),
  );
});

test("half a pair in the environment does not spoil a whole one in the configuration", async () => {
  const { ask } = source(configured, { TENCENTCLOUD_SECRET_ID: "env-id" });
  expect(await ask()).toMatchObject({ secretId: "config-id", secretKey: "config-key" });
});

test("then the profile file", async () => {
  writeProfile("[default]\nsecret_id = profile-id\nsecret_key = profile-key\ntoken = profile-token\n");
  const { ask } = source({}, {});
  expect(await ask()).toEqual({
    secretId: "profile-id",
    secretKey: "profile-key",
    securityToken: "profile-token",
    source: expect.stringContaining("profile file"),
  });
  // It may be rewritten while a long run goes on.
  writeProfile("[default]\nsecret_id = rotated-id\nsecret_key = rotated-key\n");
  expect(await ask()).toMatchObject({ secretId: "rotated-id", securityToken: undefined });
  writeProfile("[default]\nsecret_id = half-id\n");
  expect((await failureOf(ask)).message).toContain("profile file");
});

test.each(["", "[default]\nsecret_id = only-an-id\n", "[other]\nsecret_id = a\nsecret_key = b\n", "no profile"])(
  "a profile file that holds %j is none",
  async (text) => {
    writeProfile(text);
    expect((await failureOf(source({}, {}).ask)).message).toContain("profile file");
  },
);

describe("a profile of tccli", () => {
  function writeTccli(profile: string, text: string | object, folder = ".tccli"): string {
    mkdirSync(join(home, folder), { recursive: true });
    const file = join(home, folder, `${profile}.credential`);
    writeFileSync(file, typeof text === "string" ? text : JSON.stringify(text));
    return file;
  }
  const keys = { secretId: " tccli-id ", secretKey: "tccli-key" };
  const found = { secretId: "tccli-id", secretKey: "tccli-key", securityToken: undefined };

  test("the default one comes last, after the SDK's profile file", async () => {
    const file = writeTccli("default", { ...keys, token: "tccli-token" });
    const { ask } = source({}, {});
    expect(await ask()).toEqual({ ...found, securityToken: "tccli-token", source: `tccli profile default (${file})` });
    // tccli renews the credentials of a log-in in place.
    writeTccli("default", { secretId: "renewed-id", secretKey: "renewed-key" });
    expect(await ask()).toMatchObject({ secretId: "renewed-id", securityToken: undefined });
    writeProfile("[default]\nsecret_id = profile-id\nsecret_key = profile-key\n");
    expect(await source({}, {}).ask()).toMatchObject({ secretId: "profile-id" });
  });

  test.each(["TENCENTCLOUD_PROFILE", "TCCLI_PROFILE"])(
    "%s names one, which comes before any other file",
    async (name) => {
      writeProfile("[default]\nsecret_id = profile-id\nsecret_key = profile-key\n");
      writeTccli("default", { secretId: "default-id", secretKey: "default-key" });
      writeTccli("prod", keys);
      expect(await source({}, { [name]: "prod" }).ask()).toMatchObject(found);
      const both = { TENCENTCLOUD_PROFILE: "prod", TCCLI_PROFILE: "prod" };
      expect(await source({}, both).ask()).toMatchObject(found);
      expect(await source({}, { ...environment, [name]: "prod" }).ask()).toMatchObject({ secretId: "env-id" });
    },
  );

  test.each([
    ["an absolute path", "shared", () => join(home, "shared")],
    ["below the home folder", "shared", () => "~/shared"],
    ["the home folder", ".", () => "~"],
    ["with a ~ inside", "shared~/a", () => join(home, "shared~/a")],
  ])("TENCENTCLOUD_SHARED_CREDENTIALS_DIR moves them: %s", async (_form, folder, written) => {
    writeTccli("default", { secretId: "default-id", secretKey: "default-key" });
    writeTccli("default", keys, folder);
    expect(await source({}, { TENCENTCLOUD_SHARED_CREDENTIALS_DIR: written() }).ask()).toMatchObject(found);
  });

  test("one that is named and absent is an error, whatever else there is", async () => {
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
    ["is no JSON", '{"secretId": "hidden-', "it is not JSON"],
    ["is a list", "[]", "secretId or secretKey is missing in it"],
    ["is nothing", "null", "secretId or secretKey is missing in it"],
    ["holds half a pair", { secretId: "hidden-id" }, "secretId or secretKey is missing in it"],
    ["has expired", { ...keys, type: "oauth", expiresAt: 1_700_000_000 }, "expired at 2023-11-14T22:13:20.000Z"],
    ["stands for the role of a CVM", { type: "cvm-role" }, "TENCENTCLOUD_CAM_ROLE_NAME"],
  ])("one that %s is not used, and the error says why", async (_what, text, why) => {
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
  ])("one that expires %s is used", async (_when, expiresAt) => {
    writeTccli("default", { ...keys, type: "sso", expiresAt });
    expect(await source({}, {}).ask()).toMatchObject(found);
  });

  test("the default one does not take the place of what the environment asks for", async () => {
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
  ])("%j: which one is meant is not guessed", async (env, why) => {
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

  test("is assumed once, for as long as its credentials are good", async () => {
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

  test("is assumed again before its credentials end", async () => {
    account.lifetime = 299;
    const { ask } = asRole({ ...own, TENCENTCLOUD_ASSUME_ROLE_ARN: roleArn });
    await ask();
    account.lifetime = 7200;
    await Promise.all([ask(), ask()]);
    await ask();
    expect(account.assumed).toHaveLength(2);
  });

  test("all that can be said of it reaches STS", async () => {
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

  test("tccli's variables name it too", async () => {
    const env = { TENCENTCLOUD_ROLE_ARN: `${roleArn} `, TENCENTCLOUD_ROLE_SESSION_NAME: " tccli" };
    const { source: where } = await asRole({ ...own, ...env }).ask();
    expect(where).toContain(`role ${roleArn} (TENCENTCLOUD_ROLE_ARN)`);
    expect(account.assumed).toEqual([{ RoleArn: roleArn, RoleSessionName: "tccli" }]);
  });

  test("a profile of tccli names it too, and the environment comes first", async () => {
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

  test("a profile of tccli that is written again counts at once", async () => {
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

  test("credentials of the configuration assume it too, which is noted", async () => {
    const config = { "tencentcloud:secretId": caller.secretId, "tencentcloud:secretKey": caller.secretKey };
    const { ask, notes } = asRole({ TENCENTCLOUD_ASSUME_ROLE_ARN: roleArn }, config);
    expect(await ask()).toMatchObject({ secretId: "emulator-id" });
    expect(notes).toEqual([
      "credentials: the configured credentials assume the role in the environment (TENCENTCLOUD_ASSUME_ROLE_ARN)",
    ]);
  });

  test("a refusal is told with what STS said and what to do, and asked afresh", async () => {
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

  test("a role that does not exist: its code never looks like an answer to the call that needed it", async () => {
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
  ])("an answer with %j is no session", async (wrong) => {
    const { port } = await serve((_, response) => {
      const Response = { Credentials: whole, ExpiredTime: 4e9, RequestId: "r", ...wrong };
      response.end(JSON.stringify({ Response }));
    });
    const env = { ...own, TENCENTCLOUD_ASSUME_ROLE_ARN: roleArn };
    const error = await failureOf(source({}, env, 2000, new URL(`http://127.0.0.1:${port}`)).ask);
    expect(error.message).toContain("AssumeRole failed: the answer is not what the API documents");
    expect(error.message).not.toContain("hidden");
  });

  test("STS that cannot be reached is worth another attempt, and nothing was done", async () => {
    await account.stop();
    expect(await failureOf(asRole({ ...own, TENCENTCLOUD_ASSUME_ROLE_ARN: roleArn }).ask)).toMatchObject({
      kind: "transient",
      message: expect.stringMatching(/^cannot assume role .*cannot reach .*ECONNREFUSED/),
    });
  });

  test("STS that is throttled is asked again", async () => {
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
  ])("%j is refused: nothing is done as anyone else", async (env, why) => {
    const { kind, message } = await failureOf(asRole({ ...own, ...env }).ask);
    expect(kind).toBe("auth");
    expect(message).toMatch(why);
    expect(message).not.toContain("hidden-value");
    expect(account.assumed).toEqual([]);
  });

  test("empty variables name none, nor do others", async () => {
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

test("nothing found: all that was looked at, and what to do; nothing is asked of the network", async () => {
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

test("what is added after nothing was found is found by the next call", async () => {
  const { ask } = source({}, {});
  await failureOf(ask);
  writeProfile("[default]\nsecret_id = profile-id\nsecret_key = profile-key\n");
  expect(await ask()).toMatchObject({ secretId: "profile-id" });
});

test("OIDC of a pod: a failure is told, and it is asked afresh", async () => {
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

test("OIDC needs all four variables; with three of them nothing is asked", async () => {
  const three = { TKE_REGION: "ap-guangzhou", TKE_PROVIDER_ID: "provider", TKE_ROLE_ARN: "arn" };
  expect((await failureOf(source({}, three).ask)).message).toContain("OIDC of a TKE pod (TKE_* variables): not set");
  expect(proxy.asked).toEqual([]);
});

test("the role of a CVM is asked for only when it is configured", async () => {
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

test("a CVM that cannot be asked is asked afresh by the next call", async () => {
  const { ask } = source({}, { TENCENTCLOUD_CAM_ROLE_NAME: "role" });
  expect((await failureOf(ask)).message).toMatch(/CVM role role: [^;]*; OIDC of a TKE pod [^;]*: not set\. Next: /);
  const asked = proxy.asked.length;
  expect(asked).toBeGreaterThan(0);
  await failureOf(ask);
  expect(proxy.asked.length).toBeGreaterThan(asked);
});

test("a metadata server that never answers is not waited for", async () => {
  const silent = await proxyTo("silence");
  vi.stubEnv("http_proxy", silent.url);
  const error = await failureOf(source({}, { TENCENTCLOUD_CAM_ROLE_NAME: "role" }, 500).ask);
  expect(error.message).toContain("CVM role role: no answer");
  expect(silent.asked).toHaveLength(1);
});
