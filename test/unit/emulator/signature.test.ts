import { live } from "tencentcloud-sdk-nodejs/tencentcloud/services/live/index.js";
import { sts } from "tencentcloud-sdk-nodejs/tencentcloud/services/sts/index.js";
import { describe, expect, test } from "vitest";
import { verifySignature } from "../../../emulator/signature.ts";
import { running } from "./running.ts";
import { call } from "./signedClient.ts";

function sdk(
  port: number,
  credential: { secretId: string; secretKey: string; token?: string },
  reqMethod: "GET" | "POST" = "POST",
) {
  const httpProfile = { endpoint: `127.0.0.1:${port}`, protocol: "http://", reqMethod };
  return { credential, profile: { httpProfile } };
}

const credentials = { secretId: "emulator-id", secretKey: "emulator-key" };

describe("the official SDK", () => {
  test.each(["GET", "POST"] as const)("can make calls with %s", async (method) => {
    const emulator = await running({ domains: ["a.example.com"] });
    const client = new live.v20180801.Client(sdk(emulator.port, { ...credentials, token: "a-session-token" }, method));
    const { TemplateId } = await client.CreateLiveCallbackTemplate({
      TemplateName: "模板",
      RecordNotifyUrl: "https://example.com/a b?c=d&e=%20",
      RecordExceptionLevels: ["error", "warning"],
      CallbackKey: "secret",
    });
    await client.CreateLiveCallbackRule({
      DomainName: "a.example.com",
      AppName: "live",
      TemplateId: Number(TemplateId),
    });
    const { Templates } = await client.DescribeLiveCallbackTemplates();
    expect(Templates).toMatchObject([
      { TemplateId, TemplateName: "模板", RecordExceptionLevels: ["error", "warning"], CallbackKey: "secret" },
    ]);
    expect(emulator.state().rules).toMatchObject([{ DomainName: "a.example.com", AppName: "live", TemplateId }]);
    expect(JSON.stringify(emulator.requests())).not.toMatch(/a-session-token|secret/);
  });

  test("gets the account from STS", async () => {
    const emulator = await running({ accountId: "100000000042" });
    const client = new sts.v20180813.Client(sdk(emulator.port, credentials));
    expect(await client.GetCallerIdentity()).toEqual({
      Arn: "qcs::cam::uin/100000000042:uin/100000000042",
      AccountId: "100000000042",
      UserId: "100000000042",
      PrincipalId: "100000000042",
      Type: "CAMUser",
      RequestId: expect.any(String),
    });
  });

  test("gets an error for a wrong key and for an unknown id", async () => {
    const emulator = await running();
    const list = (credential: typeof credentials) =>
      new live.v20180801.Client(sdk(emulator.port, credential)).DescribeLiveCallbackRules();
    await expect(list({ ...credentials, secretKey: "other" })).rejects.toMatchObject({
      code: "AuthFailure.SignatureFailure",
    });
    await expect(list({ ...credentials, secretId: "other" })).rejects.toMatchObject({
      code: "AuthFailure.SecretIdNotFound",
    });
  });
});

// Signatures from elsewhere: the first is the example of Tencent Cloud's documentation (EN/37447), the
// others were computed with Python's hmac and hashlib.
describe("a signature is accepted", () => {
  const documented = {
    authorization:
      "TC3-HMAC-SHA256 Credential=AKIDEXAMPLE/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host, Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168",
    "content-type": "application/json; charset=utf-8",
    host: "cvm.tencentcloudapi.com",
    "x-tc-timestamp": "1551113065",
  };
  const documentedBody = '{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}';
  const documentedKey = { secretId: "AKIDEXAMPLE", secretKey: "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE" };
  const worked = { secretId: "worked-id", secretKey: "worked-key" };
  const now = 1_767_312_000_000;
  const authorization = (service: string, names: string, signature: string) =>
    `TC3-HMAC-SHA256 Credential=worked-id/2026-01-02/${service}/tc3_request, SignedHeaders=${names}, Signature=${signature}`;

  function verify(method: string, query: string, headers: Record<string, string>, body: string, by = worked, at = now) {
    return () => verifySignature({ method, query, headers, body: Buffer.from(body) }, by, at);
  }

  test("from the documentation", () => {
    expect(verify("POST", "", documented, documentedBody, documentedKey, 1_551_113_065_000)).not.toThrow();
    expect(verify("POST", "", documented, `${documentedBody} `, documentedKey, 1_551_113_065_000)).toThrow(
      "does not match",
    );
  });

  test("for a GET with the port signed", () => {
    const signature = "a61bf858be289972ea5f83bc479c1f8c8d885ea0fa9b23da237634f69a536c74";
    const headers = {
      authorization: authorization("live", "content-type;host", signature),
      "content-type": "application/x-www-form-urlencoded",
      host: "127.0.0.1:8080",
      "x-tc-timestamp": "1767312000",
    };
    expect(verify("GET", "PageNum=1&PageSize=20", headers, "")).not.toThrow();
    expect(verify("GET", "PageSize=20&PageNum=1", headers, "")).not.toThrow();
    expect(verify("GET", "PageNum=2&PageSize=20", headers, "")).toThrow("does not match");
  });

  test("for a POST without the port, and with the service that the Node SDK takes from the host", () => {
    const signature = "c1028c661df082fbd5dfacb9f2a52490b1d4e514d5936aeba618ec6d8383ca74";
    const headers = {
      authorization: authorization("127", "content-type;host", signature),
      "content-type": "application/json",
      host: "127.0.0.1:8080",
      "x-tc-timestamp": "1767312000",
    };
    expect(verify("POST", "", headers, '{"TemplateId":1001}')).not.toThrow();
    expect(verify("POST", "", headers, '{"TemplateId":1002}')).toThrow("does not match");
  });

  test("for an unsigned payload with more signed headers, whose values keep their case", () => {
    const signature = "d88d3507635fa3ae90141440fea82445b55f8f3f3de4bf627c988f3fa100a5ca";
    const headers = {
      authorization: authorization("live", "content-type;host;x-tc-action;x-tc-language", signature),
      "content-type": "application/json",
      host: "live.tencentcloudapi.com",
      "x-tc-action": "DescribeLiveCallbackRules",
      "x-tc-content-sha256": "UNSIGNED-PAYLOAD",
      "x-tc-language": "en-US",
      "x-tc-timestamp": "1767312000",
    };
    expect(verify("POST", "", headers, "{}")).not.toThrow();
    expect(verify("POST", "", headers, '{"any":"thing"}')).not.toThrow();
    expect(verify("POST", "", { ...headers, "x-tc-action": "DeleteLiveCallbackRule" }, "{}")).toThrow("does not match");
    expect(verify("POST", "", { ...headers, "x-tc-content-sha256": "" }, "{}")).toThrow("does not match");
  });
});

describe("a call over HTTP", () => {
  const list = "DescribeLiveCallbackRules";

  test("may have extra signed headers, an unsigned payload, or be a GET", async () => {
    const emulator = await running();
    const extra = { alsoSign: ["x-tc-action", "x-tc-version", "x-tc-timestamp"] };
    expect(await call(emulator, list, {}, extra)).toMatchObject({ code: null, response: { Rules: [] } });
    expect(await call(emulator, list, {}, { unsignedPayload: true })).toMatchObject({ code: null });
    expect(await call(emulator, "DescribeLiveDomains", { PageSize: 10 }, { method: "GET" })).toMatchObject({
      response: { AllCount: 1 },
    });
  });

  test.each([
    ["an old timestamp", { timestamp: Math.floor(Date.now() / 1000) - 310 }, "AuthFailure.SignatureExpire"],
    ["a timestamp ahead", { timestamp: Math.floor(Date.now() / 1000) + 310 }, "AuthFailure.SignatureExpire"],
    ["an unknown id", { secretId: "other" }, "AuthFailure.SecretIdNotFound"],
    ["an empty id", { secretId: "" }, "AuthFailure.SecretIdNotFound"],
    ["a wrong key", { secretKey: "other" }, "AuthFailure.SignatureFailure"],
    ["no signature", { headers: { authorization: "SKIP" } }, "AuthFailure.InvalidAuthorization"],
    ["a signed header that is missing", { alsoSign: ["x-tc-language"] }, "AuthFailure.InvalidAuthorization"],
    ["another version", { version: "2017-03-12" }, "NoSuchVersion"],
  ])("with %s is refused", async (_, options, code) => {
    const emulator = await running();
    expect(await call(emulator, list, {}, options)).toMatchObject({ code });
  });

  test("may be five minutes old by the emulator's clock", async () => {
    const emulator = await running({ clock: () => 1_767_312_299_000 });
    expect(await call(emulator, list, {}, { timestamp: 1_767_312_000 })).toMatchObject({ code: null });
    expect(await call(emulator, list, {}, { timestamp: 1_767_311_990 })).toMatchObject({
      code: "AuthFailure.SignatureExpire",
    });
  });

  test("without common parameters, or with an unknown action, is refused", async () => {
    const emulator = await running();
    expect(await call(emulator, "")).toMatchObject({ code: "MissingParameter" });
    expect(await call(emulator, "DescribeLiveNothing")).toMatchObject({ code: "InvalidAction" });
    expect(await call(emulator, "toString")).toMatchObject({ code: "InvalidAction" });
    const bare = await fetch(emulator.url, {
      method: "POST",
      headers: { "x-tc-action": list, "x-tc-version": "2018-08-01" },
    });
    expect(await bare.json()).toMatchObject({ Response: { Error: { Code: "AuthFailure.InvalidAuthorization" } } });
    const put = await fetch(emulator.url, { method: "PUT", body: "{}" });
    expect(await put.json()).toMatchObject({ Response: { Error: { Code: "UnsupportedProtocol" } } });
  });
});
