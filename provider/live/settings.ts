/**
 * The user's settings, from the provider's configuration and the environment. A wrong value throws. So they are read
 * before the first API call, never in `configure`: after a failed `configure` the host keeps the provider and doesn't
 * report the failure again.
 */
import { defaultPropagationSeconds } from "../propagation";
import type { ProviderProperties } from "../properties";
import { LiveError } from "./errors";

/** Our settings in Pulumi's configuration. */
export interface Configuration {
  /** The namespace of our settings: `tencentcloud` for the classes, `tencentcloud-lvb` for the plugin. */
  readonly namespace: "tencentcloud" | "tencentcloud-lvb";
  /** The value of a setting, for example `endpoint`. */
  get(setting: SettingName): string | undefined;
}

/** Empty configuration, for a stack that doesn't exist. */
export const nothingConfigured: Configuration = { namespace: "tencentcloud", get: () => undefined };

/** Names of all settings. */
export const settingNames = [
  "secretId",
  "secretKey",
  "securityToken",
  "endpoint",
  "allowedAccountIds",
  "propagationSeconds",
] as const satisfies readonly (keyof ProviderProperties)[];

export type SettingName = (typeof settingNames)[number];

/** All settings except the credentials. */
export interface Settings {
  /** URL of the API; undefined for the SDK's default host. */
  endpoint: URL | undefined;
  /** Accounts that the provider may work on; empty for any. */
  allowedAccountIds: readonly string[];
  /** Length of the propagation window. */
  propagationSeconds: number;
  /** Time limit of one call, including its body. The limits for retries and for waiting after a write are multiples of it. */
  requestTimeoutMs: number;
}

/** Configuration first (an explicit `Provider` or the stack's), then the environment. */
export function readSettings(config: Configuration, env: NodeJS.ProcessEnv): Settings {
  const endpoint = config.get("endpoint") || env.TENCENTCLOUD_LVB_ENDPOINT;
  const window = config.get("propagationSeconds") || env.TENCENTCLOUD_LVB_PROPAGATION_SECONDS;
  const timeout = env.TENCENTCLOUD_LVB_REQUEST_TIMEOUT;
  return {
    endpoint: endpoint ? parseEndpoint(endpoint) : undefined,
    allowedAccountIds: parseList(config.get("allowedAccountIds")),
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

/** A bare host, as in the samples of Tencent's SDKs, means `https://`. */
function parseEndpoint(given: string): URL {
  const text = given.trim();
  const bare = !text.includes("://");
  const url = URL.parse(bare ? `https://${text}` : text);
  // The part before an @ may hold a password.
  const name = text.includes("@") ? "the endpoint" : `endpoint ${JSON.stringify(text)}`;
  if (!url || (bare && !url.hostname.includes(".") && !isLoopback(url.hostname))) {
    throw new LiveError(`${name} is not a URL. Next: write ${liveHosts}`);
  }
  if (url.username || url.password) {
    throw new LiveError(`the endpoint must not carry a user name or password. Next: write only the host: ${liveHosts}`);
  }
  if (bare && isLoopback(url.hostname)) {
    throw new LiveError(`${name} has no scheme. Next: write http://${url.host}, or https:// if it speaks TLS`);
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new LiveError(`${name} is not an https:// URL. Next: write https://${url.host}`);
  }
  if (/(^|\.)tencentcloudapi\.com$/.test(url.hostname) && !url.hostname.startsWith("live.")) {
    throw new LiveError(`${name} is not a host of Live. Next: write ${liveHosts}`);
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    throw new LiveError(
      `${name} would send keys unencrypted: http:// is for this machine only. Next: write https://${url.host}`,
    );
  }
  if (url.pathname !== "/" || url.search || url.hash) {
    throw new LiveError(`${name} must have no path or query. Next: write ${url.origin}`);
  }
  return url;
}

/** Hosts of a single region work too, but our actions don't depend on the region. */
const liveHosts =
  "https://live.tencentcloudapi.com, or https://live.intl.tencentcloudapi.com for the international site";

/** A list in Pulumi configuration: JSON, or separated by commas. */
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
  throw new LiveError(
    'allowedAccountIds is not a list of account ids. Next: write it as JSON, such as ["100000000001"], or separate the ids by commas',
  );
}

function seconds(text: string, name: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= least && value <= most) return value;
  throw new LiveError(`${name} is ${JSON.stringify(text)}: expected a number of seconds from ${least} to ${most}`);
}
