import tls from "node:tls";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createTransport } from "../../../../provider/live/transport.ts";
import { failure, running } from "../process.ts";
import { proxyTo, resolveEveryHostTo, selfSigned, serve } from "./servers.ts";

const name = "live.example.test";
const identity = selfSigned(name);
const credentials = async () => ({ secretId: "id", secretKey: "key", securityToken: undefined, source: "test" });
const proxyVariables = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"];

beforeEach(() => {
  for (const variable of proxyVariables) vi.stubEnv(variable, undefined);
  tls.setDefaultCACertificates([...tls.getCACertificates("bundled"), identity.cert]);
});
afterEach(() => {
  vi.unstubAllEnvs();
  tls.setDefaultCACertificates(tls.getCACertificates("bundled"));
});

/** The API under a name that only a proxy, or the test's DNS, resolves. */
const api = () =>
  serve((_, response) => void response.end(JSON.stringify({ Response: { Done: true, RequestId: "r" } })), identity);

const call = (endpoint: string, env: NodeJS.ProcessEnv) =>
  createTransport(new URL(endpoint), credentials, 2000, env)("live", "DescribeLiveCallbackRules", {});

test.each(["HTTPS_PROXY", "https_proxy"])("calls go through the proxy of %s", async (variable) => {
  const proxy = await proxyTo((await api()).port);
  expect(await call(`https://${name}`, { [variable]: proxy.url })).toMatchObject({ Done: true });
  expect(proxy.asked).toEqual([`CONNECT ${name}:443`]);
});

test.each([
  ["without a scheme", (url: string) => url.replace("http://", "")],
  ["with a user, without a scheme", (url: string) => url.replace("http://", "user:p@ss@")],
  ["in upper case", (url: string) => url.replace("http", "HTTP")],
  ["with white space around it", (url: string) => ` ${url.replace("http://", "")}\n`],
])("a proxy can be written %s", async (_form, write) => {
  const proxy = await proxyTo((await api()).port);
  // A blank variable doesn't count.
  const env = { https_proxy: " ", HTTPS_PROXY: write(proxy.url) };
  expect(await call(`https://${name}`, env)).toMatchObject({ Done: true });
  expect(proxy.asked).toEqual([`CONNECT ${name}:443`]);
});

test.each([
  "socks5://user:proxy-password@127.0.0.1:1080",
  "http://",
  "http://user:%zz@127.0.0.1:1080",
  "xhttp://127.0.0.1:1080",
  "httpx://127.0.0.1:1080",
])("a connection error says that an invalid proxy (%s) is ignored, without its address", async (HTTPS_PROXY) => {
  const cannotReach = await failure(call("https://live.invalid", { HTTPS_PROXY }));
  expect(cannotReach.message).toMatch(/cannot reach .*HTTPS_PROXY is ignored: .*http:\/\/host:port/);
  resolveEveryHostTo("127.0.0.1");
  const silent = await serve(() => {}, identity);
  const transport = createTransport(new URL(`https://${name}:${silent.port}`), credentials, 300, { HTTPS_PROXY });
  const late = await failure(transport("live", "DescribeLiveCallbackRules", {}));
  expect(late.message).toMatch(/did not answer within 0\.3 s; HTTPS_PROXY is ignored/);
  for (const { message } of [cannotReach, late]) expect(message).not.toMatch(/proxy-password|%zz|1080/);
});

test.each([
  ["https://live.intl.tencentcloudapi.com", "sts.intl.tencentcloudapi.com"],
  ["https://live.ap-singapore.tencentcloudapi.com", "sts.ap-singapore.tencentcloudapi.com"],
  ["https://live.tencentcloudapi.com", "sts.tencentcloudapi.com"],
  ["https://gateway.example.com", "gateway.example.com"],
  ["https://our-live.tencentcloudapi.com", "our-live.tencentcloudapi.com"],
  ["https://live.tencentcloudapi.com.example.com", "live.tencentcloudapi.com.example.com"],
])("with the endpoint %s, the host of STS is %s", async (endpoint, host) => {
  const proxy = await proxyTo({ refuse: "403 Forbidden" });
  const transport = createTransport(new URL(endpoint), credentials, 2000, { HTTPS_PROXY: proxy.url });
  await failure(transport("sts", "GetCallerIdentity", {}));
  expect(proxy.asked).toEqual([`CONNECT ${host}:443`]);
});

test("later calls reuse the tunnel", async () => {
  const proxy = await proxyTo((await api()).port);
  const transport = createTransport(new URL(`https://${name}`), credentials, 2000, { HTTPS_PROXY: proxy.url });
  for (let calls = 0; calls < 3; calls++) await transport("live", "DescribeLiveCallbackRules", {});
  expect(proxy.asked).toHaveLength(1);
});

test.each([{ NO_PROXY: name }, { no_proxy: ".example.test" }, { NO_PROXY: "other.example.com,*" }])(
  "calls don't go through the proxy with %j",
  async (exception) => {
    resolveEveryHostTo("127.0.0.1");
    const { port } = await api();
    const proxy = await proxyTo(port);
    const env = { HTTPS_PROXY: proxy.url, ...exception };
    expect(await call(`https://${name}:${port}`, env)).toMatchObject({ Done: true });
    expect(proxy.asked).toEqual([]);
  },
);

test("https doesn't use a proxy that is only for http, although the SDK would", async () => {
  const { port } = await api();
  const proxy = await proxyTo(port);
  vi.stubEnv("http_proxy", proxy.url);
  resolveEveryHostTo("127.0.0.1");
  expect(await call(`https://${name}:${port}`, { http_proxy: proxy.url })).toMatchObject({ Done: true });
  expect(proxy.asked).toEqual([]);
});

test("loopback is never proxied", async () => {
  const emulator = await running();
  const proxy = await proxyTo(emulator.port);
  const env = Object.fromEntries(proxyVariables.slice(0, 4).map((variable) => [variable, proxy.url]));
  for (const [variable, value] of Object.entries(env)) vi.stubEnv(variable, value);
  for (const host of ["127.0.0.1", "localhost"]) {
    const emulated = async () => ({
      secretId: "emulator-id",
      secretKey: "emulator-key",
      securityToken: undefined,
      source: "test",
    });
    const transport = createTransport(new URL(`http://${host}:${emulator.port}`), emulated, 2000, env);
    expect(await transport("live", "DescribeLiveCallbackRules", {})).toMatchObject({ Rules: [] });
    expect(await transport("sts", "GetCallerIdentity", {})).toMatchObject({ AccountId: "100000000001" });
  }
  expect(proxy.asked).toEqual([]);
});

test.each(["407 Proxy Authentication Required", "502 Bad Gateway"])(
  "a proxy that answers %s is a transient failure, without its password",
  async (refuse) => {
    const proxy = await proxyTo({ refuse });
    const url = proxy.url.replace("://", "://user:proxy-password@");
    const error = await failure(call(`https://${name}`, { HTTPS_PROXY: url }));
    expect(error).toMatchObject({ kind: "transient" });
    expect(error.message).toContain(`cannot reach https://${name}`);
    expect(error.message).toContain(refuse.slice(0, 3));
    expect(error.message).toContain("prox");
    expect(error.message).not.toContain("proxy-password");
    expect(error.message).not.toContain(Buffer.from("user:proxy-password").toString("base64"));
  },
);

test("a proxy that can't be reached is a transient failure", async () => {
  const error = await failure(call(`https://${name}`, { HTTPS_PROXY: "http://127.0.0.1:1" }));
  expect(error).toMatchObject({ kind: "transient" });
});

test("the time limit covers a proxy that never answers", async () => {
  const proxy = await proxyTo("silence");
  const transport = createTransport(new URL(`https://${name}`), credentials, 500, { HTTPS_PROXY: proxy.url });
  const error = await failure(transport("live", "DescribeLiveCallbackRules", {}));
  expect(error.message).toContain(`https://${name} did not answer within 0.5 s`);
  expect(proxy.asked).toHaveLength(1);
});
