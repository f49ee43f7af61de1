/**
 * What the user has set, read from the provider's configuration and the environment. Nothing here throws before it is
 * used: the host keeps a provider whose `configure` failed and would never report the failure again.
 */
import { defaultPropagationSeconds } from "../propagation";
import { LiveError } from "./errors";

/** Reads a configuration value by its full key, for example `tencentcloud:endpoint`. */
export type ConfigReader = (key: string) => string | undefined;

/** Everything but the credentials. */
export interface Settings {
  /** Where the API is; undefined for the SDK's default host. */
  endpoint: URL | undefined;
  /** Accounts that may be touched; empty: any. */
  allowedAccountIds: readonly string[];
  /** Length of the propagation window. */
  propagationSeconds: number;
  /** How long one call may take, its body included; every other limit in time is a multiple of it. */
  requestTimeoutMs: number;
}

/** Configuration first (an explicit `Provider` or the stack's), then the environment. */
export function readSettings(config: ConfigReader, env: NodeJS.ProcessEnv): Settings {
  const endpoint = config("tencentcloud:endpoint") || env.TENCENTCLOUD_LVB_ENDPOINT;
  const window = config("tencentcloud:propagationSeconds") || env.TENCENTCLOUD_LVB_PROPAGATION_SECONDS;
  const timeout = env.TENCENTCLOUD_LVB_REQUEST_TIMEOUT;
  return {
    endpoint: endpoint ? parseEndpoint(endpoint) : undefined,
    allowedAccountIds: parseList(config("tencentcloud:allowedAccountIds")),
    propagationSeconds: window
      ? seconds(window, "propagationSeconds (TENCENTCLOUD_LVB_PROPAGATION_SECONDS)", 0, 86_400)
      : defaultPropagationSeconds,
    requestTimeoutMs: timeout ? 1000 * seconds(timeout, "TENCENTCLOUD_LVB_REQUEST_TIMEOUT", 0.05, 15) : 15_000,
  };
}

/** Whether a host name means this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function parseEndpoint(text: string): URL {
  const expected = "expected a URL such as https://live.tencentcloudapi.com";
  if (!URL.canParse(text)) throw invalid(`endpoint ${JSON.stringify(text)} is no URL: ${expected}`);
  const url = new URL(text);
  if (url.username || url.password) throw invalid(`endpoint must not carry a user name or password: ${expected}`);
  if (url.pathname !== "/" || url.search || url.hash) {
    throw invalid(`endpoint ${JSON.stringify(text)} must have no path or query: ${expected}`);
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    throw invalid(`endpoint ${JSON.stringify(text)}: http:// would send keys in clear, so it is for loopback only`);
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw invalid(`endpoint ${JSON.stringify(text)}: ${expected}`);
  }
  return url;
}

/** A list as Pulumi configuration holds it: JSON, or separated by commas. */
function parseList(text: string | undefined): readonly string[] {
  if (!text) return [];
  const items = text.split(",").map((item) => item.trim());
  if (!text.trim().startsWith("[") && items.some(Boolean)) return items.filter(Boolean);
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list)) return list.map(String);
  } catch {
    // falls through to the error below
  }
  throw invalid("allowedAccountIds is no list of account ids");
}

function seconds(text: string, name: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= least && value <= most) return value;
  throw invalid(`${name} is ${JSON.stringify(text)}: expected a number of seconds from ${least} to ${most}`);
}

function invalid(message: string): LiveError {
  return new LiveError(message, { kind: "invalid" });
}
