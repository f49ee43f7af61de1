/**
 * One call of the API: the official SDK for signing and sending, everything it leaves open decided here – a time limit
 * that covers the body, connections kept alive, proxies, redirects refused, and each of its untyped failures mapped.
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

/** What of the SDK's client is used; its generated methods do not accept a signal by type. */
interface SdkClient {
  request(action: string, parameters: object, options: { signal: AbortSignal }): Promise<unknown>;
}

/** Hosts of the API where no endpoint is set. */
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
      // AssumeRole requires one, whichever (https://www.tencentcloud.com/document/product/1150/49456).
      ...(service === "sts" ? { region: "ap-guangzhou" } : {}),
      // The SDK sends an empty token as an empty header, so none is left out.
      credential: { secretId, secretKey, ...(securityToken ? { token: securityToken } : {}) },
      profile: {
        language: "en-US" as const,
        httpProfile: {
          endpoint: target.host,
          protocol: `${target.protocol}//`,
          // What is small on the wire could be any size unpacked.
          headers: { "Accept-Encoding": "identity" },
          // Typed as an Agent, but handed to node-fetch, which calls a function for each hop.
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
      // A server may echo what it was sent, and a Modify sends a key that only the account knew.
      const { CallbackKey } = parameters as { CallbackKey?: string };
      const secrets = [CallbackKey, secretKey, securityToken].filter((secret): secret is string => Boolean(secret));
      throw asLiveError(error, action, target, { timeoutMs, secrets, source, env });
    }
  };
}

/** STS of the same site or region as an endpoint of Live; any other endpoint, such as an emulator, stands for both. */
function stsBeside(endpoint: URL): URL {
  const site = /^live(\..*)?\.tencentcloudapi\.com$/.exec(endpoint.hostname);
  return site ? new URL(`https://sts${site[1] ?? ""}.tencentcloudapi.com`) : endpoint;
}

/**
 * The connections to one host. The SDK follows redirects, and would hand the callback key and the token to any server
 * that a redirect names: each hop asks this function, and any other host is refused.
 */
function agentFor(
  target: URL,
  env: NodeJS.ProcessEnv,
): (hop: { protocol?: string | null; host?: string | null }) => http.Agent {
  const agent = agentTo(target, env);
  limitAnswers(agent);
  return (hop) => {
    if (hop.protocol === target.protocol && hop.host === target.host) return agent;
    throw new Error(`${redirected} ${printable(String(hop.host))}`);
  };
}

/** The way to a host: kept alive, and through the proxy of the environment unless the host is this machine. */
export function agentTo(target: URL, env: NodeJS.ProcessEnv): http.Agent {
  const proxy = isLoopback(target.hostname) ? undefined : readProxy(env);
  const url = proxy && "url" in proxy ? proxy.url : undefined;
  const proxyEnv = { HTTPS_PROXY: url, NO_PROXY: env.no_proxy || env.NO_PROXY };
  const options = { keepAlive: true, ...(url && { proxyEnv }) };
  return target.protocol === "http:" ? new http.Agent(options) : new https.Agent(options);
}

/** The proxy that the environment names for HTTPS, the only protocol that leaves this machine; or why it is not used. */
export type ProxySetting = { variable: string; url: string } | { variable: string; ignored: string };

/**
 * Node ignores a proxy without `http://` or `https://`, without a word. Most other tools take a bare `host:port` as
 * `http://`, so we do too; SOCKS is left.
 */
export function readProxy(env: NodeJS.ProcessEnv): ProxySetting | undefined {
  // In the order in which Node looks.
  const variable = ["https_proxy", "HTTPS_PROXY"].find((name) => env[name]?.trim());
  if (variable === undefined) return undefined;
  const text = env[variable]?.trim() ?? "";
  try {
    const url = new URL(text.includes("://") ? text : `http://${text}`);
    // Node decodes them, and would throw there.
    decodeURIComponent(url.username + url.password);
    if (/^https?:$/.test(url.protocol)) return { variable, url: url.href };
  } catch {
    // The same as any other address that cannot be used.
  }
  // It may hold a password, so it is not repeated.
  const ignored = `${variable} is ignored: it must be the address of an HTTP proxy, such as http://host:port; SOCKS is not supported`;
  return { variable, ignored };
}

/** The API answers with at most 50 MB (https://cloud.tencent.com/document/api/629/35338); the SDK would keep any amount. */
const largestAnswer = 50 * 1024 * 1024;

/** What the channel tells; Node's types leave both it and `agent` out. */
interface Exchange {
  request: http.ClientRequest & { agent?: http.Agent };
  response: http.IncomingMessage;
}

const limited = new WeakSet<http.Agent>();

function limitAnswers(agent: http.Agent): void {
  if (!listening) subscribe("http.client.response.finish", limitAnswer);
  listening = true;
  limited.add(agent);
}

let listening = false;

function limitAnswer(message: unknown): void {
  const { request, response } = message as Exchange;
  if (!request.agent || !limited.has(request.agent)) return;
  if (![undefined, "", "identity"].includes(response.headers["content-encoding"])) {
    request.destroy(new Error("a packed answer, though none was asked for"));
  }
  let received = 0;
  response.on("data", (chunk: Buffer) => {
    received += chunk.length;
    if (received > largestAnswer) request.destroy(new Error("an answer of more than 50 MB"));
  });
}

const redirected = "redirected to another host:";

type ClientConfig = ConstructorParameters<
  typeof import("tencentcloud-sdk-nodejs/tencentcloud/services/live/v20180801/live_client.js").Client
>[0];

// Only the two clients are loaded, at the first call: the whole SDK takes seven times as long.
async function liveClient(config: ClientConfig): Promise<SdkClient> {
  const { Client } = await import("tencentcloud-sdk-nodejs/tencentcloud/services/live/v20180801/live_client.js");
  return new Client(config);
}

async function stsClient(config: ClientConfig): Promise<SdkClient> {
  const { Client } = await import("tencentcloud-sdk-nodejs/tencentcloud/services/sts/v20180813/sts_client.js");
  return new Client(config);
}

/** Every answer of the API has a RequestId; without it, anything that speaks JSON would have accepted a write. */
function isAnswer(answer: unknown): answer is Answer {
  return typeof answer === "object" && answer !== null && "RequestId" in answer && typeof answer.RequestId === "string";
}

/** The SDK makes streams of a `text/event-stream`, and an error of one that nobody hears would end the process. */
function ignoreEvents(answer: unknown): void {
  for (const part of Object.values(answer ?? {})) {
    if (part instanceof EventEmitter) part.on("error", () => {});
  }
}

/** What the SDK throws: only answers with a code are typed; the rest is distinguished by its text. */
interface SdkFailure {
  code?: string;
  httpCode?: number;
  requestId?: string;
}

// Of a host with several addresses, none of which can be reached, the text ends after "reason:".
const neverSent =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|Failed to establish tunnel|failed, reason: *$/;
const badCertificate = /certificate|CERT_|ERR_TLS|SSL routines|wrong version number/i;

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
    return fail(
      "unknown",
      `${target.origin} ${message.slice(message.indexOf(redirected))}; refused. Next: check the endpoint`,
    );
  }
  if (neverSent.test(message)) {
    const reason = message.replace(/^.*reason: /, "").trim();
    return fail(
      "transient",
      `cannot reach ${target.origin}${reason ? ` (${reason})` : ""}. Next: check the endpoint, the network and proxies${ignored}`,
    );
  }
  if (badCertificate.test(message)) {
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
  // What a parser says holds a piece of the answer, which may be a piece of a key.
  const noResponse = error instanceof TypeError ? "no Response" : message;
  const reason = /JSON/.test(message) ? "no JSON" : noResponse;
  return fail("ambiguous", `${target.origin} did not answer as the API does (${reason})`);
}
