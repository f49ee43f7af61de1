// Wrong configuration, wrong credentials and misbehaving servers: every call fails with an error that says what is wrong,
// and no object is dropped from the state.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Emulator, type Fault, startEmulator } from "../../emulator/index.ts";
import type { LoopbackServer } from "../loopback.ts";
import { caller, roleArn, startRoleAccount } from "../roleAccount.ts";
import { proxyTo, selfSigned, serve } from "../unit/provider/live/servers.ts";
import { bindingState, environment, templateState, url } from "./fixtures.ts";
import { failureOf, ProviderProcess, type Values } from "./providerProcess.ts";
import * as run from "./run.ts";

let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator();
});

afterAll(() => emulator.stop());

const fields = { templateName: "events", recordNotifyUrl: url };
const binding = { domainName: "push.example.com", appName: "live", templateId: "1001" };

/** Every call that needs the account. */
function allCalls(provider: ProviderProcess): Record<string, Promise<unknown>> {
  const templates = provider.resource("CallbackTemplate");
  const bindings = provider.resource("DomainTemplateBinding");
  const template = templateState("1001", fields);
  const bound = bindingState("push.example.com", "live", "1001");
  return {
    "create template": templates.create({ ...fields, templateName: "new" }),
    "read template": templates.read("1001", template),
    "get template": templates.read("1001"),
    "update template": templates.update("1001", template, { ...fields, description: "x" }),
    "delete template": templates.delete("1001", template),
    "create binding": bindings.create({ ...binding, appName: "new" }),
    "read binding": bindings.read("push.example.com/live", bound),
    "get binding": bindings.read("push.example.com/live"),
    "update binding": bindings.update("push.example.com/live", bound, { ...binding, templateId: "1002" }),
    "delete binding": bindings.delete("push.example.com/live", bound),
  };
}

async function expectEveryCallToFail(provider: ProviderProcess, reason: RegExp): Promise<void> {
  const calls = Object.entries(allCalls(provider));
  const failures = await Promise.all(calls.map(async ([call, outcome]) => [call, await failureOf(outcome)] as const));
  for (const [call, failure] of failures) {
    expect(failure.message, call).toMatch(reason);
    expect(failure.partial, call).toBeUndefined();
  }
  expect(provider.stderr).not.toMatch(/\n\s+at /);
}

/** A preview needs neither credentials nor a connection. */
async function expectPreviewToWork(provider: ProviderProcess): Promise<void> {
  const templates = provider.resource("CallbackTemplate");
  expect((await templates.check({}, fields)).failures).toEqual([]);
  expect(await templates.diff("1001", templateState("1001", fields), fields)).toMatchObject({ changes: false });
}

test("concurrent first calls all use the configuration", async () => {
  emulator.setState({ templates: [{ TemplateId: 1001 }] });
  const provider = await ProviderProcess.start({
    config: {
      "tencentcloud:secretId": "emulator-id",
      "tencentcloud:secretKey": "emulator-key",
      "tencentcloud:endpoint": emulator.url,
      "tencentcloud:propagationSeconds": "4",
    },
  });
  const templates = provider.resource("CallbackTemplate");
  const bindings = provider.resource("DomainTemplateBinding");
  const made = await Promise.all([
    ...["a", "b", "c"].map((templateName) => templates.create({ ...fields, templateName })),
    ...["x", "y", "z"].map((appName) => bindings.create({ ...binding, appName })),
  ]);
  await provider.stop();

  expect(emulator.state().templates).toHaveLength(4);
  expect(emulator.state().rules).toHaveLength(3);
  for (const { outs } of made) {
    const { changedAt, effectiveAt } = outs.propagation as { changedAt: string; effectiveAt: string };
    expect(Date.parse(effectiveAt) - Date.parse(changedAt)).toBe(4000);
  }
});

test.each<[string, { env?: Record<string, string>; config?: Record<string, string> }, RegExp]>([
  ["no credentials", { env: {} }, /no credentials found\. Looked at .*TENCENTCLOUD_SECRET_ID.*profile file.*CVM role/],
  [
    "half a pair in the environment",
    { env: { TENCENTCLOUD_SECRET_ID: "emulator-id" } },
    /TENCENTCLOUD_SECRET_ID is set but TENCENTCLOUD_SECRET_KEY is not/,
  ],
  [
    "half a pair in the configuration and a whole one in the environment",
    {
      env: { TENCENTCLOUD_SECRET_ID: "emulator-id", TENCENTCLOUD_SECRET_KEY: "emulator-key" },
      config: { "tencentcloud:secretKey": "KeyOfTheStack" },
    },
    /tencentcloud(-lvb)?:secretKey is set but tencentcloud(-lvb)?:secretId is not/,
  ],
  [
    "a named tccli profile that doesn't exist",
    { env: { TENCENTCLOUD_PROFILE: "prod" } },
    /tccli profile prod \(.*prod\.credential\): not found/,
  ],
  [
    "an unsupported way to assume a role",
    {
      env: {
        TENCENTCLOUD_SECRET_ID: "emulator-id",
        TENCENTCLOUD_SECRET_KEY: "emulator-key",
        TENCENTCLOUD_ASSUME_ROLE_ARN: roleArn,
        TENCENTCLOUD_ASSUME_ROLE_WEB_IDENTITY_TOKEN: "TokenOfTheIdentity",
      },
    },
    /TENCENTCLOUD_ASSUME_ROLE_WEB_IDENTITY_TOKEN: .*not supported.*Next: get temporary credentials/,
  ],
  [
    "an endpoint that isn't a URL",
    { env: { TENCENTCLOUD_LVB_ENDPOINT: "live" } },
    /endpoint "live" is not a URL\. Next: write https:\/\/live\.tencentcloudapi\.com/,
  ],
  [
    "the endpoint of another product",
    { env: { TENCENTCLOUD_LVB_ENDPOINT: "cvm.tencentcloudapi.com" } },
    /is not a host of Live\. Next: write https:\/\/live\.tencentcloudapi\.com/,
  ],
  [
    "an endpoint that would carry keys unencrypted",
    { config: { "tencentcloud:endpoint": "http://live.example.com" } },
    /would send keys unencrypted.*Next: write https:\/\/live\.example\.com/,
  ],
  [
    "an invalid list of accounts",
    { config: { "tencentcloud:allowedAccountIds": "[100000000001" } },
    /allowedAccountIds is not a list/,
  ],
  ["an invalid window", { env: { TENCENTCLOUD_LVB_PROPAGATION_SECONDS: "soon" } }, /number of seconds/],
])("with %s, every call says so, and a preview works", async (_, options, reason) => {
  emulator.clearRequests();
  const provider = await ProviderProcess.start({
    ...options,
    env: { TENCENTCLOUD_LVB_ENDPOINT: emulator.url, ...options.env },
  });
  await expectEveryCallToFail(provider, reason);
  await expectPreviewToWork(provider);
  expect(provider.told()).not.toMatch(/KeyOfTheStack|emulator-key|TokenOfTheIdentity/);
  expect(emulator.requests()).toEqual([]);
  await provider.stop();
});

test("with a wrong key, every call says what to check, and never shows the key", async () => {
  const provider = await ProviderProcess.start({
    env: environment(emulator, { TENCENTCLOUD_SECRET_KEY: "WrongKeyOfTheAccount" }),
  });
  await expectEveryCallToFail(provider, /AuthFailure\.SignatureFailure.*RequestId.*Next: check the credentials/);
  expect(provider.told()).not.toContain("WrongKeyOfTheAccount");
  await provider.stop();
});

test("with an unreachable endpoint, every call names it", async () => {
  const gone = await startEmulator();
  await gone.stop();
  const provider = await ProviderProcess.start({
    env: environment(emulator, { TENCENTCLOUD_LVB_ENDPOINT: gone.url, TENCENTCLOUD_LVB_REQUEST_TIMEOUT: "0.5" }),
  });
  await expectEveryCallToFail(provider, new RegExp(`cannot reach ${gone.url}.*Next: check the endpoint`));
  await provider.stop();
});

test("if configuration and environment differ, one message says which credentials are used", async () => {
  emulator.setState({ templates: [{ TemplateId: 1001 }] });
  const provider = await ProviderProcess.start({
    env: environment(emulator, { TENCENTCLOUD_SECRET_ID: "another-id", TENCENTCLOUD_SECRET_KEY: "another-key" }),
    config: { "tencentcloud:secretId": "emulator-id", "tencentcloud:secretKey": "emulator-key" },
  });
  await provider.resource("CallbackTemplate").read("1001");
  await provider.resource("CallbackTemplate").read("1001");
  expect(provider.lines("info")).toEqual([expect.stringMatching(/the configuration .* is used/)]);
  expect(provider.told()).not.toMatch(/another-key|emulator-key/);
  await provider.stop();
});

/** A folder until the end of the test. */
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "lvb-connection-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("a tccli profile is found where the Terraform provider finds it", async () => {
  emulator.setState({ templates: [{ TemplateId: 1001 }] });
  const folder = newFolder();
  const keys = { secretId: "emulator-id", secretKey: "emulator-key", token: "" };
  writeFileSync(join(folder, "prod.credential"), JSON.stringify(keys));
  const provider = await ProviderProcess.start({
    env: {
      TENCENTCLOUD_LVB_ENDPOINT: emulator.url,
      TENCENTCLOUD_PROFILE: "prod",
      TENCENTCLOUD_SHARED_CREDENTIALS_DIR: folder,
    },
  });
  const { props } = await provider.resource("CallbackTemplate").read("1001");
  expect(props).toMatchObject({ templateId: "1001" });
  await provider.stop();
});

describe("a role to assume", () => {
  const role = { TENCENTCLOUD_ASSUME_ROLE_ARN: roleArn, TENCENTCLOUD_ASSUME_ROLE_SESSION_NAME: "nightly" };
  const environmentOf = (url: string) => ({
    TENCENTCLOUD_LVB_ENDPOINT: url,
    TENCENTCLOUD_SECRET_ID: caller.secretId,
    TENCENTCLOUD_SECRET_KEY: caller.secretKey,
  });

  test("is assumed once, and makes every call", async () => {
    emulator.setState({ templates: [{ TemplateId: 1001 }] });
    const account = await startRoleAccount(emulator);
    onTestFinished(() => account.stop());
    const provider = await ProviderProcess.start({ env: { ...environmentOf(account.url), ...role } });
    const [made] = await Promise.all([
      provider.resource("CallbackTemplate").create({ ...fields, templateName: "by-the-role" }),
      provider.resource("DomainTemplateBinding").create({ ...binding, appName: "by-the-role" }),
    ]);
    expect(made.outs.accountId).toBe("100000000001");
    expect(account.assumed).toEqual([{ RoleArn: roleArn, RoleSessionName: "nightly" }]);
    expect(provider.told()).not.toMatch(/SecretKeyOfTheCaller|TokenOfTheRole/);
    await provider.stop();
  });

  test("that STS refuses fails every call, and none is made as the caller", async () => {
    const account = await startRoleAccount(emulator);
    onTestFinished(() => account.stop());
    emulator.clearRequests();
    const provider = await ProviderProcess.start({
      env: { ...environmentOf(account.url), ...role, TENCENTCLOUD_ASSUME_ROLE_ARN: `${roleArn}-of-others` },
    });
    await expectEveryCallToFail(
      provider,
      /cannot assume role .*-of-others \(TENCENTCLOUD_ASSUME_ROLE_ARN\): .*RoleNotFound.*RequestId.*Next: check the role/,
    );
    await expectPreviewToWork(provider);
    expect(emulator.requests()).toEqual([]);
    expect(provider.told()).not.toMatch(/SecretKeyOfTheCaller|TokenOfTheRole/);
    await provider.stop();
  });
});

test("endpoint and proxy can be written as hosts, as for other tools", async () => {
  const name = "live.example.test";
  const identity = selfSigned(name);
  const rules = [{ DomainName: "push.example.com", AppName: "live", TemplateId: 1001 }];
  const server = await serve(
    (_, response) => void response.end(JSON.stringify({ Response: { Rules: rules, RequestId: "r" } })),
    identity,
  );
  const proxy = await proxyTo(server.port);
  const certificate = join(newFolder(), "certificate.pem");
  writeFileSync(certificate, identity.cert);
  const provider = await ProviderProcess.start({
    env: environment(emulator, {
      TENCENTCLOUD_LVB_ENDPOINT: name,
      HTTPS_PROXY: proxy.url.replace("http://", ""),
      NODE_EXTRA_CA_CERTS: certificate,
    }),
  });
  const { id } = await provider.resource("DomainTemplateBinding").read("push.example.com/live");
  expect(id).toBe("push.example.com/live");
  expect(new Set(proxy.asked)).toEqual(new Set([`CONNECT ${name}:443`]));
  await provider.stop();
});

describe("a server that answers with a redirect to another host", () => {
  run.onAccount({}, { env: { TENCENTCLOUD_SECURITY_TOKEN: "TokenOfTheSession" } });
  /** The host of the redirect. */
  async function redirect(action: string): Promise<LoopbackServer> {
    const elsewhere = await serve((_, response) => void response.end());
    const location = `http://127.0.0.1:${elsewhere.port}/`;
    run.emulator.addFaults([{ action, kind: "redirect", location, times: 9 }]);
    return elsewhere;
  }

  test.each([
    ["DescribeLiveCallbackTemplates", () => run.templates.read("1001")],
    ["DescribeLiveCallbackRules", () => run.bindings.read("push.example.com/live")],
    ["CreateLiveCallbackTemplate", () => run.templates.create({ ...fields, callbackKey: "KeyOfTheTemplate" })],
  ])("fails %s, and nothing is sent to that host", async (action, call) => {
    const elsewhere = await redirect(action);
    expect((await failureOf(call())).message).toMatch(/redirected to another host: 127\.0\.0\.1:\d+; refused/);
    expect(elsewhere.connections()).toBe(0);
    expect(run.provider.told()).not.toMatch(/KeyOfTheTemplate|TokenOfTheSession/);
  });

  test("leaves the account unknown if STS redirects, and nothing is sent to that host", async () => {
    const elsewhere = await redirect("GetCallerIdentity");
    await run.templates.create({ ...fields, templateName: "another" });
    expect(elsewhere.connections()).toBe(0);
  });
});

describe("a list that fails", () => {
  run.onAccount({}, { env: { TENCENTCLOUD_LVB_REQUEST_TIMEOUT: "0.5" } });

  beforeAll(async () => {
    // The first call loads the SDK. After that, half a second is enough.
    run.emulator.addFaults([{ action: "*", kind: "code", code: "UnauthorizedOperation" }]);
    await failureOf(run.templates.read("1001"));
  });

  test.each<[Partial<Fault> & Values, RegExp]>([
    [{ kind: "code", code: "ResourceNotFound.FreezeService" }, /suspended/],
    [{ kind: "code", code: "ResourceNotFound.ForbidService" }, /blocked/],
    [{ kind: "code", code: "ResourceNotFound.StopService" }, /arrears/],
    [{ kind: "code", code: "ResourceNotFound.UserDisableService" }, /turned off/],
    [{ kind: "code", code: "ResourceNotFound.SomethingNew" }, /SomethingNew/],
    [{ kind: "code", code: "UnauthorizedOperation" }, /CAM/],
    [{ kind: "code", code: "RequestLimitExceeded" }, /RequestLimitExceeded/],
    [{ kind: "http5xx" }, /HTTP 503/],
    [{ kind: "refuse" }, /closed the connection/],
    [{ kind: "resetBefore" }, /closed the connection/],
    [{ kind: "truncate" }, /closed the connection|did not answer/],
    [{ kind: "html" }, /did not answer as the API does/],
    [{ kind: "empty" }, /did not answer as the API does/],
    [{ kind: "hang" }, /did not answer within/],
  ])("with %j fails a refresh and keeps the state", async (fault, reason) => {
    run.emulator.addFaults([{ action: "*", times: 40, ...fault } as Fault]);
    const template = templateState("1001", fields);
    const bound = bindingState("push.example.com", "live", "1001");
    const failures = await Promise.all([
      failureOf(run.templates.read("1001", template)),
      failureOf(run.bindings.read("push.example.com/live", bound)),
    ]);
    for (const { message } of failures) expect(message).toMatch(reason);
  });
});
