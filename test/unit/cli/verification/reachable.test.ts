// What a host shows without a request. Uses real sockets on loopback and a DNS resolver of the test's own.
import { type AddressInfo, createServer, type Server } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addressKind } from "../../../../cli/verification/addresses.ts";
import { type HostFinding, probeHost } from "../../../../cli/verification/hostProbe.ts";
import { hostKey, hostOf, judgeReachable } from "../../../../cli/verification/reachable.ts";
import { selfSigned } from "../../provider/live/servers.ts";

const emulator = { emulator: true, behindProxy: false, now: Date.parse("2026-01-01T00:00:00Z") };
const service = { ...emulator, emulator: false };
const servers: Server[] = [];
/** Bytes that were sent to the servers: a probe sends no request. */
let received = "";

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return (server.address() as AddressInfo).port;
}

let plain: number;
let silent: number;
let untrusted: number;
let closed: number;

beforeAll(async () => {
  plain = await listen(createServer((socket) => socket.on("data", (data) => (received += data.toString()))));
  silent = await listen(createServer());
  untrusted = await listen(
    createTlsServer(selfSigned("localhost"), (socket) => socket.on("data", (data) => (received += data.toString()))),
  );
  const gone = createServer();
  closed = await listen(gone);
  gone.close();
});

afterAll(() => {
  for (const server of servers) server.close();
});

function probe(
  url: string,
  loopbackReachable = true,
  resolve?: (name: string) => Promise<string[]>,
): Promise<HostFinding> {
  const host = hostOf(url);
  if (host === undefined) throw new Error(`${url} isn't a URL`);
  return probeHost(host, { loopbackReachable, timeoutMs: 1_000, ...(resolve && { resolve }) });
}

async function judge(url: string, surroundings = emulator, resolve?: (name: string) => Promise<string[]>) {
  const host = hostOf(url);
  const findings = new Map(host ? [[hostKey(host), await probe(url, surroundings.emulator, resolve)]] : []);
  return judgeReachable([{ field: "streamBeginNotifyUrl", url, secret: false }], findings, surroundings);
}

const failing = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));

test.each([
  ["127.0.0.1", "loopback"],
  ["::1", "loopback"],
  ["10.1.2.3", "private"],
  ["172.16.0.1", "private"],
  ["172.32.0.1", "public"],
  ["192.168.1.1", "private"],
  ["169.254.169.254", "private"],
  ["100.64.0.1", "private"],
  ["fd00::1", "private"],
  ["fe80::1", "private"],
  ["::ffff:10.0.0.1", "private"],
  ["::ffff:127.0.0.1", "loopback"],
  ["8.8.8.8", "public"],
  ["2001:4860:4860::8888", "public"],
])("%s is %s", (address, kind) => {
  expect(addressKind(address)).toBe(kind);
});

test("the emulator reaches a receiver on loopback, LVB doesn't", async () => {
  for (const name of ["127.0.0.1", "localhost"]) {
    const url = `http://${name}:${plain}/lvb`;
    expect(await judge(url)).toEqual({ verdict: "ok", what: expect.stringContaining("loopback") });
    expect(await judge(url, service)).toEqual({
      verdict: "problem",
      what: expect.stringMatching(/loopback address.*LVB cannot reach.*Next: use a public host/),
    });
  }
  expect(received).toBe("");
});

test("a private address is named, without a connection attempt", async () => {
  expect(await judge("https://10.0.0.5/lvb", service)).toEqual({
    verdict: "problem",
    what: expect.stringMatching(/private address 10\.0\.0\.5, which LVB cannot reach/),
  });
  const inside = async () => ["10.0.0.5"];
  expect(await judge("https://callbacks.example.com/lvb", service, inside)).toEqual({
    verdict: "unknown",
    what: expect.stringMatching(/callbacks\.example\.com has the private address 10\.0\.0\.5 here/),
  });
});

test("a name that doesn't resolve is a problem, a DNS that doesn't answer is unknown", async () => {
  expect(await judge("https://callbacks.example.com", service, failing("ENOTFOUND"))).toEqual({
    verdict: "problem",
    what: "callbacks.example.com does not resolve. Next: check its DNS record",
  });
  expect(await judge("https://nowhere.invalid", service, failing("EAI_AGAIN"))).toMatchObject({ verdict: "problem" });
  expect(await judge("https://callbacks.example.com", service, failing("EAI_AGAIN"))).toMatchObject({
    verdict: "unknown",
  });
  const never = () => new Promise<string[]>(() => {});
  expect(await judge("https://callbacks.example.com", service, never)).toMatchObject({ verdict: "unknown" });
});

test("a closed port is a problem, behind a proxy it is unknown", async () => {
  const url = `http://127.0.0.1:${closed}/lvb`;
  expect(await judge(url)).toEqual({
    verdict: "problem",
    what: expect.stringMatching(/^127\.0\.0\.1: nothing listens on port \d+\. Next: start the receiver/),
  });
  expect(await judge(url, { ...emulator, behindProxy: true })).toMatchObject({ verdict: "unknown" });
});

test("an untrusted certificate and a port without TLS are problems, found in bounded time", async () => {
  expect(await judge(`https://localhost:${untrusted}/lvb`)).toEqual({
    verdict: "problem",
    what: expect.stringMatching(/self-signed\. Next: install a certificate/),
  });
  const finding = await probe(`https://localhost:${untrusted}/lvb`);
  expect(finding).toMatchObject({ kind: "badCertificate", code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  expect(await judge(`https://localhost:${silent}/lvb`)).toEqual({
    verdict: "problem",
    what: expect.stringMatching(/no TLS on port \d+ \(ETIMEDOUT\)/),
  });
  expect(received).toBe("");
});

test("the verdict says how long a certificate is valid, or why it isn't", () => {
  const url = { field: "streamBeginNotifyUrl", url: "https://callbacks.example.com/lvb", secret: false } as const;
  const saying = (finding: HostFinding) =>
    judgeReachable([url], new Map([["https://callbacks.example.com:443", finding]]), service);
  const reached = (validTo: string) => saying({ kind: "reached", addressKind: "public", validTo: Date.parse(validTo) });
  expect(reached("2026-03-02T00:00:00Z").what).toBe("callbacks.example.com: reached, certificate valid for 60 days");
  expect(reached("2026-01-05T00:00:00Z").what).toMatch(/valid for 4 days, renew it soon/);
  for (const [code, why] of [
    ["CERT_HAS_EXPIRED", "has expired"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "another host name"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "intermediate certificate is missing"],
  ] as const) {
    expect(saying({ kind: "badCertificate", code, validTo: 0 })).toEqual({
      verdict: "problem",
      what: expect.stringContaining(why),
    });
  }
});

test("a secret URL is shown only as its field", async () => {
  const url = `http://127.0.0.1:${closed}/hidden?token=hidden`;
  const host = hostOf(url);
  if (host === undefined) throw new Error("no URL");
  const urls = [{ field: "recordNotifyUrl", url, secret: true }] as const;
  for (const surroundings of [emulator, service]) {
    const finding = await probe(url, surroundings.emulator);
    const { verdict, what } = judgeReachable(urls, new Map([[hostKey(host), finding]]), surroundings);
    expect(verdict).toBe("problem");
    expect(what).toContain("the host of recordNotifyUrl");
    expect(what).not.toMatch(/127\.0|hidden/);
  }
});

test("a value that isn't an http or https URL is a problem", async () => {
  for (const url of ["callbacks", "ftp://callbacks.example.com/", "http://"]) {
    expect(await judge(url)).toMatchObject({
      verdict: "problem",
      what: expect.stringContaining("not an http or https URL"),
    });
  }
});
