/**
 * Sends one API call with the official SDK, which signs it. Adds a time limit that covers the body, connections that are
 * kept alive, proxies, a refusal of redirects, and a type for each of the SDK's untyped failures.
 */
import { subscribe } from "node:diagnostics_channel";
import { EventEmitter } from "node:events";
import http from "node:http";
import https from "node:https";
import type { CredentialSource } from "./credentials";
import { apiError, LiveError, messageOf, printable, redact } from "./errors";
import { isLoopback } from "./settings";

/** The members of an answer's `Response`. */
export type Answer = Readonly<Record<string, unknown>>;

/** Sends one call, once. */
export type Transport = (service: "live" | "sts", action: string, parameters: object) => Promise<Answer>;

/** The part of the SDK's client that we use; the types of its generated methods accept no signal. */
interface SdkClient {
  request(action: string, parameters: object, options: { signal: AbortSignal }): Promise<unknown>;
}

/** Hosts of the API if no endpoint is set. */
export const defaultHosts = { live: "live.tencentcloudapi.com", sts: "sts.tencentcloudapi.com" } as const;

export function createTransport(
  endpoint: URL | undefined,
  credentials: CredentialSource,
  timeoutMs: number,
  env: NodeJS.ProcessEnv,
): Transport {
  const targets = {
    live: endpoint ?? new URL(`https://${defaultHosts.live}`),
    sts: endpoint ? stsBeside(endpoint) : new URL(`https://${defaultHosts.sts}`),
  };
  const agents = { live: agentFor(targets.live, env), sts: agentFor(targets.sts, env) };

  return async (service, action, parameters) => {
    const target = targets[service];
    const { secretId, secretKey, securityToken, source } = await credentials();
    const config = {
      // AssumeRole requires a region, and accepts any (https://www.tencentcloud.com/document/product/1150/49456).
      ...(service === "sts" ? { region: "ap-guangzhou" } : {}),
      // The SDK sends an empty token as an empty header, so leave it out.
      credential: { secretId, secretKey, ...(securityToken ? { token: securityToken } : {}) },
      profile: {
        language: "en-US" as const,
        httpProfile: {
          endpoint: target.host,
          protocol: `${target.protocol}//`,
          // A small compressed answer could have any size when unpacked.
          headers: { "Accept-Encoding": "identity" },
          // The type says Agent, but node-fetch accepts a function and calls it for each hop.
          agent: agents[service] as unknown as http.Agent,
        },
      },
    };
    const client: SdkClient = service === "live" ? await liveClient(config) : await stsClient(config);
    try {
      const answer = await client.request(action, parameters, { signal: AbortSignal.timeout(timeoutMs) });
      if (isAnswer(answer)) return answer;
      ignoreEvents(answer);
      throw new TypeError("no Response");
    } catch (error) {
      // A server may echo the request, and a Modify may send a key that is only in the account.
      const { CallbackKey } = parameters as { CallbackKey?: string };
      const secrets = [CallbackKey, secretKey, securityToken].filter((secret): secret is string => Boolean(secret));
      throw asLiveError(error, action, target, { timeoutMs, secrets, source, env });
    }
  };
}

/** The STS host of the same site or region as a Live endpoint. Any other endpoint, such as an emulator, serves both. */
function stsBeside(endpoint: URL): URL {
  const site = /^live(\..*)?\.tencentcloudapi\.com$/.exec(endpoint.hostname);
  return site ? new URL(`https://sts${site[1] ?? ""}.tencentcloudapi.com`) : endpoint;
}

/**
 * The connections to one host. The SDK follows redirects, and would send the callback key and the token to any server
 * that a redirect names. It calls this function for each hop, which refuses any other host.
 */
function agentFor(
  target: URL,
  env: NodeJS.ProcessEnv,
): (hop: { protocol?: string | null; host?: string | null }) => http.Agent {
  const agent = agentTo(target, env);
  limited.add(agent);
  return (hop) => {
    if (hop.protocol === target.protocol && hop.host === target.host) return agent;
    throw new Error(`${redirected} ${printable(String(hop.host))}`);
  };
}

/** An agent for a host: it keeps connections alive, and uses the environment's proxy unless the host is this machine. */
export function agentTo(target: URL, env: NodeJS.ProcessEnv): http.Agent {
  const proxy = isLoopback(target.hostname) ? undefined : readProxy(env);
  const url = proxy && "url" in proxy ? proxy.url : undefined;
  const proxyEnv = { HTTPS_PROXY: url, NO_PROXY: env.no_proxy || env.NO_PROXY };
  const options = { keepAlive: true, ...(url && { proxyEnv }) };
  return target.protocol === "http:" ? new http.Agent(options) : new https.Agent(options);
}

/** The environment's proxy for HTTPS, the only protocol that leaves this machine; or the reason why it is ignored. */
export type ProxySetting = { variable: string; url: string } | { variable: string; ignored: string };

/**
 * Node silently ignores a proxy without `http://` or `https://`. Most other tools read a bare `host:port` as `http://`,
 * and so do we. SOCKS is not supported.
 */
export function readProxy(env: NodeJS.ProcessEnv): ProxySetting | undefined {
  // Node's order.
  const variable = ["https_proxy", "HTTPS_PROXY"].find((name) => env[name]?.trim());
  if (variable === undefined) return undefined;
  const text = env[variable]?.trim() ?? "";
  try {
    const url = new URL(text.includes("://") ? text : `http://${text}`);
    // Node decodes them later and would throw then.
    decodeURIComponent(url.username + url.password);
    if (/^https?:/.test(url.protocol)) return { variable, url: url.href };
  } catch {
    // Reported below, like any other address that can't be used.
  }
  // The address may hold a password, so it is not repeated.
  const ignored = `${variable} is ignored: it must be the address of an HTTP proxy, such as http://host:port; SOCKS is not supported`;
  return { variable, ignored };
}

/** The API answers with at most 50 MB (https://cloud.tencent.com/document/api/629/35338); the SDK has no limit. */
const largestAnswer = 50 * 1024 * 1024;

/** The message of the diagnostics channel; Node's types have neither it nor `agent`. */
interface Exchange {
  request: http.ClientRequest & { agent?: http.Agent };
  response: http.IncomingMessage;
}

const limited = new WeakSet<http.Agent>();

subscribe("http.client.response.finish", (message) => {
  const { request, response } = message as Exchange;
  if (!request.agent || !limited.has(request.agent)) return;
  if (![undefined, "", "identity"].includes(response.headers["content-encoding"])) {
    request.destroy(new Error("a compressed answer, which was not requested"));
  }
  let received = 0;
  response.on("data", (chunk: Buffer) => {
    received += chunk.length;
    if (received > largestAnswer) request.destroy(new Error("an answer of more than 50 MB"));
  });
});

const redirected = "redirected to another host:";

type ClientConfig = ConstructorParameters<
  typeof import("tencentcloud-sdk-nodejs/tencentcloud/services/live/v20180801/live_client.js").Client
>[0];

// Loads only the two clients, at the first call: loading the whole SDK takes seven times as long.
async function liveClient(config: ClientConfig): Promise<SdkClient> {
  const { Client } = await import("tencentcloud-sdk-nodejs/tencentcloud/services/live/v20180801/live_client.js");
  return new Client(config);
}

async function stsClient(config: ClientConfig): Promise<SdkClient> {
  const { Client } = await import("tencentcloud-sdk-nodejs/tencentcloud/services/sts/v20180813/sts_client.js");
  return new Client(config);
}

/** Every answer of the API has a RequestId. Without this check, any JSON answer would count as a successful write. */
function isAnswer(answer: unknown): answer is Answer {
  return typeof Object(answer).RequestId === "string";
}

/** The SDK turns a `text/event-stream` into streams. An unhandled error of one would end the process. */
function ignoreEvents(answer: unknown): void {
  for (const part of Object.values(answer ?? {})) {
    if (part instanceof EventEmitter) part.on("error", () => {});
  }
}

/** An error of the SDK. Only answers with an error code have fields; other failures differ only in their text. */
interface SdkFailure {
  code?: string;
  httpCode?: number;
  requestId?: string;
}

function asLiveError(
  error: unknown,
  action: string,
  target: URL,
  call: { timeoutMs: number; secrets: readonly string[]; source: string; env: NodeJS.ProcessEnv },
): LiveError {
  const { timeoutMs, secrets, source, env } = call;
  const message = printable(redact(messageOf(error), secrets));
  const { code, httpCode, requestId } = (error ?? {}) as SdkFailure;
  const fail = (kind: LiveError["kind"], text: string) =>
    new LiveError(`${action} failed: ${text}`, { kind, cause: error });
  const proxy = isLoopback(target.hostname) ? undefined : readProxy(env);
  const ignored = proxy && "ignored" in proxy ? `; ${proxy.ignored}` : "";

  if (typeof code === "string" && typeof requestId === "string") {
    return apiError(action, code, message, requestId, source);
  }
  if (typeof httpCode === "number") {
    const status = `${target.origin} answered with HTTP ${httpCode} ${message}`;
    if (httpCode === 429) return fail("throttled", status);
    if (httpCode >= 500) return fail("ambiguous", status);
    return fail("unknown", `${status}. Next: check the endpoint and proxies${ignored}`);
  }
  if (message.includes(redirected)) {
    return fail("unknown", `${target.origin} ${message}; refused. Next: check the endpoint`);
  }
  // If a host has several addresses and none can be reached, the text ends after "reason:".
  const neverSent =
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|Failed to establish tunnel|failed, reason: *$/;
  if (neverSent.test(message)) {
    const reason = message.replace(/.*reason: /, "");
    return fail(
      "transient",
      `cannot reach ${target.origin}${reason ? ` (${reason})` : ""}. Next: check the endpoint, the network and proxies${ignored}`,
    );
  }
  if (/certificate|CERT_|ERR_TLS|SSL routines|wrong version number/i.test(message)) {
    return fail(
      "unknown",
      `no secure connection to ${target.origin} (${message}). Next: check the endpoint and proxies${ignored}`,
    );
  }
  if (/abort/i.test(message)) {
    return fail("ambiguous", `${target.origin} did not answer within ${timeoutMs / 1000} s${ignored}`);
  }
  if (/hang up|ECONNRESET|EPIPE|Premature close|premature/i.test(message)) {
    return fail("ambiguous", `${target.origin} closed the connection before it had answered`);
  }
  // The parser's message quotes the answer, which may hold a key.
  const noResponse = error instanceof TypeError ? "no Response" : message;
  const reason = /JSON/.test(message) ? "no JSON" : noResponse;
  return fail("ambiguous", `${target.origin} did not answer as the API does (${reason})`);
}
