import { expect, test } from "vitest";
import { isLoopback, readSettings } from "../../../../provider/live/settings.ts";

const settings = (config: Record<string, string>, env: NodeJS.ProcessEnv = {}) =>
  readSettings({ namespace: "tencentcloud", get: (name) => config[`tencentcloud:${name}`] }, env);
const endpoint = (text: string) => settings({ "tencentcloud:endpoint": text }).endpoint;
const invalid = (message: RegExp) =>
  expect.objectContaining({ kind: "invalid", message: expect.stringMatching(message) });

test("the defaults are the SDK's host, any account, ten minutes and fifteen seconds", () => {
  expect(settings({})).toEqual({
    endpoint: undefined,
    allowedAccountIds: [],
    propagationSeconds: 600,
    requestTimeoutMs: 15_000,
  });
});

test.each([
  ["https://live.tencentcloudapi.com", "https://live.tencentcloudapi.com"],
  ["https://live.intl.tencentcloudapi.com/", "https://live.intl.tencentcloudapi.com"],
  ["https://live.internal.tencentcloudapi.com:8443", "https://live.internal.tencentcloudapi.com:8443"],
  ["http://localhost:8080", "http://localhost:8080"],
  ["http://127.0.0.1:8080", "http://127.0.0.1:8080"],
  ["http://127.1.2.3", "http://127.1.2.3"],
  ["http://[::1]:8080", "http://[::1]:8080"],
  ["HTTPS://LIVE.TENCENTCLOUDAPI.COM", "https://live.tencentcloudapi.com"],
  // As in the samples of Tencent's SDKs.
  ["live.tencentcloudapi.com", "https://live.tencentcloudapi.com"],
  [" live.ap-guangzhou.tencentcloudapi.com/\n", "https://live.ap-guangzhou.tencentcloudapi.com"],
  ["gateway.example.com:8443", "https://gateway.example.com:8443"],
  ["https://cvm.tencentcloudapi.com.example.com", "https://cvm.tencentcloudapi.com.example.com"],
])("%s is a valid endpoint", (text, origin) => {
  expect(endpoint(text)?.origin).toBe(origin);
});

test.each([
  ["nonsense", "https://live.tencentcloudapi.com"],
  ["https://", "https://live.tencentcloudapi.com"],
  ["tencentcloudapi.com", "https://live.tencentcloudapi.com"],
  ["https://cvm.tencentcloudapi.com", "https://live.tencentcloudapi.com"],
  ["ap-guangzhou.live.tencentcloudapi.com", "https://live.tencentcloudapi.com"],
  ["http://live.tencentcloudapi.com", "https://live.tencentcloudapi.com"],
  ["http://127.0.0.1.example.com", "https://127.0.0.1.example.com"],
  ["http://localhost.example.com", "https://localhost.example.com"],
  ["http://10.0.0.1:8080", "https://10.0.0.1:8080"],
  ["http://[::2]", "https://[::2]"],
  ["https://live.tencentcloudapi.com/v1", "https://live.tencentcloudapi.com"],
  ["live.tencentcloudapi.com/?a=b", "https://live.tencentcloudapi.com"],
  ["https://live.tencentcloudapi.com/#a", "https://live.tencentcloudapi.com"],
  ["ftp://live.tencentcloudapi.com", "https://live.tencentcloudapi.com"],
  ["localhost:8080", "http://localhost:8080"],
  ["127.0.0.1:8080", "http://127.0.0.1:8080"],
])("%s is not a valid endpoint, and the error says to write %s", (text, instead) => {
  expect(() => endpoint(text)).toThrow(
    invalid(new RegExp(`^endpoint .* Next: write ${instead.replace(/[.[\]]/g, "\\$&")}(,|$)`)),
  );
  expect(endpoint(instead)).toBeInstanceOf(URL);
});

test("an endpoint with a user name or password is refused without repeating it", () => {
  const host = "live.tencentcloudapi.com";
  for (const text of [`https://user:hunter22@${host}`, `https://hunter22@${host}`, `user:hunter22@${host}`]) {
    expect(() => endpoint(text)).toThrow(invalid(/^(?!.*hunter22).*user name or password/));
  }
  expect(() => endpoint("https://user:hunter22@")).toThrow(invalid(/^(?!.*hunter22).*not a URL/));
});

test("the configuration comes before the environment", () => {
  const env = {
    TENCENTCLOUD_LVB_ENDPOINT: "https://environment.example.com",
    TENCENTCLOUD_LVB_PROPAGATION_SECONDS: "7",
  };
  expect(settings({}, env)).toMatchObject({ propagationSeconds: 7 });
  expect(settings({}, env).endpoint?.host).toBe("environment.example.com");
  const both = settings(
    { "tencentcloud:endpoint": "https://config.example.com", "tencentcloud:propagationSeconds": "5" },
    env,
  );
  expect(both).toMatchObject({ propagationSeconds: 5 });
  expect(both.endpoint?.host).toBe("config.example.com");
});

test.each([
  ["100000000001", ["100000000001"]],
  ["1, 2 ,3", ["1", "2", "3"]],
  ["1,", ["1"]],
  ['["1","2"]', ["1", "2"]],
  [" [100000000001, 2] ", ["100000000001", "2"]],
  ["[]", []],
])("allowedAccountIds %s means %j", (text, ids) => {
  expect(settings({ "tencentcloud:allowedAccountIds": text }).allowedAccountIds).toEqual(ids);
});

test.each(['["1",', ",", " "])("allowedAccountIds %j is refused, so it can't mean any account", (text) => {
  expect(() => settings({ "tencentcloud:allowedAccountIds": text })).toThrow(invalid(/allowedAccountIds/));
});

test.each(["0", "0.5", "86400"])("a window of %s s is allowed", (text) => {
  expect(settings({ "tencentcloud:propagationSeconds": text }).propagationSeconds).toBe(Number(text));
});

test.each(["-1", "86401", "ten", " ", "NaN", "Infinity"])("a window of %j s is refused", (text) => {
  expect(() => settings({ "tencentcloud:propagationSeconds": text })).toThrow(
    invalid(/propagationSeconds.*0 to 86400/),
  );
});

test.each(["0.05", "1.5", "15"])("a request timeout of %s s is allowed", (text) => {
  expect(settings({}, { TENCENTCLOUD_LVB_REQUEST_TIMEOUT: text }).requestTimeoutMs).toBe(1000 * Number(text));
});

test.each(["0", "0.04", "16", "soon"])("a request timeout of %s s is refused", (text) => {
  expect(() => settings({}, { TENCENTCLOUD_LVB_REQUEST_TIMEOUT: text })).toThrow(
    invalid(/TENCENTCLOUD_LVB_REQUEST_TIMEOUT.*0\.05 to 15/),
  );
});

test.each([
  ["localhost", true],
  ["127.0.0.1", true],
  ["127.255.255.254", true],
  ["[::1]", true],
  ["127.0.0.1.example.com", false],
  ["1127.0.0.1", false],
  ["localhost.example.com", false],
  ["0.0.0.0", false],
])("the host %s is loopback: %s", (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
