import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { credentialSource } from "../../../../provider/live/credentials.ts";
import { LiveError } from "../../../../provider/live/errors.ts";
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

function source(config: Record<string, string>, env: NodeJS.ProcessEnv, timeoutMs = 2000) {
  const notes: string[] = [];
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  return {
    notes,
    ask: credentialSource(
      (key) => config[key],
      env,
      timeoutMs,
      (text) => notes.push(text),
    ),
  };
}

async function failureOf(ask: () => Promise<unknown>): Promise<LiveError> {
  const error: unknown = await ask().catch((thrown: unknown) => thrown);
  if (!(error instanceof LiveError)) throw new Error("credentials were found");
  return error;
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
  const { notes } = source(configured, { TENCENTCLOUD_SECRET_ID: "config-id", TENCENTCLOUD_SECRET_KEY: "config-key" });
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
});

test.each(["", "[default]\nsecret_id = only-an-id\n", "[other]\nsecret_id = a\nsecret_key = b\n", "no profile"])(
  "a profile file that holds %j is none",
  async (text) => {
    writeProfile(text);
    expect((await failureOf(source({}, {}).ask)).message).toContain("profile file");
  },
);

test("nothing found: all that was looked at, and what to do; nothing is asked of the network", async () => {
  const error = await failureOf(source({}, {}).ask);
  expect(error.kind).toBe("auth");
  for (const part of [
    "no credentials found",
    "tencentcloud:secretId",
    "TENCENTCLOUD_SECRET_ID",
    "~/.tencentcloud/credentials",
    "TKE_",
    "TENCENTCLOUD_CAM_ROLE_NAME",
    "Next: set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, or `pulumi config set --secret",
  ]) {
    expect(error.message).toContain(part);
  }
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
  expect(message).toContain("OIDC of the TKE pod: ");
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
  expect(new Set(toMetadata.asked)).toEqual(new Set(["CONNECT metadata.tencentyun.com:80"]));
});

test("a CVM that cannot be asked is asked afresh by the next call", async () => {
  const { ask } = source({}, { TENCENTCLOUD_CAM_ROLE_NAME: "role" });
  expect((await failureOf(ask)).message).toMatch(/CVM role role: \S/);
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
