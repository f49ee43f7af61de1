/** The connection to the endpoint: proxies, and how far this machine's clock is off. */
import http from "node:http";
import https from "node:https";
import { messageOf } from "../../provider/live/errors";
import type { ProxySetting } from "../../provider/live/transport";
import { ok, problem, type Verdict, warning } from "./finding";

const skewWarningMs = 30_000;

/** The service refuses a signature older than this (https://www.tencentcloud.com/document/product/267/30661). */
const skewLimitMs = 300_000;

/** `used` is the proxy to the endpoint; null if none is needed to reach it. */
export function proxies(env: NodeJS.ProcessEnv, used: ProxySetting | undefined | null): Verdict {
  const set = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"]
    .flatMap((name) => [name, name.toLowerCase()])
    .filter((name) => env[name]?.trim());
  if (set.length === 0) return ok("none");
  if (used === null) return ok(`${set.join(", ")}: not used for this machine`);
  if (used === undefined) {
    return warning(`only HTTPS_PROXY is used, not ${set.join(", ")}`, "set HTTPS_PROXY=http://host:port");
  }
  if ("ignored" in used) return warning(used.ignored, `set ${used.variable}=http://host:port`);
  const exceptions = env.no_proxy || env.NO_PROXY;
  // A proxy's address may hold a password.
  const shown = `${used.variable}=${new URL(used.url).origin}`;
  return ok(exceptions ? `${shown}, except for NO_PROXY=${exceptions}` : shown);
}

/** The time of the server's answer, by its own clock. Accepts any answer. */
export function serverDate(
  target: URL,
  agent: http.Agent,
  timeoutMs: number,
): Promise<{ server: number; now: number }> {
  const { request } = target.protocol === "http:" ? http : https;
  return new Promise((done, reject) => {
    const call = request(target, { method: "HEAD", agent, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      response.resume();
      agent.destroy();
      done({ server: Date.parse(response.headers.date ?? ""), now: Date.now() });
    });
    call.once("error", (error) => {
      reject(
        new Error(
          `${target.origin} cannot be reached (${messageOf(error)}). Next: check the network, the proxy and tencentcloud:endpoint`,
        ),
      );
    });
    call.end();
  });
}

export function clock({ server, now }: { server: number; now: number }): Verdict {
  if (Number.isNaN(server)) return warning("the server's answer has no date", null);
  // The server's time has whole seconds.
  const skew = Math.max(0, Math.abs(now - server) - 1000);
  const seconds = `${Math.round(skew / 1000)} s`;
  if (skew >= skewLimitMs) return problem(`${seconds} off: signatures are refused`, "set this machine's clock");
  if (skew >= skewWarningMs)
    return warning(`${seconds} off`, "set this machine's clock: from 300 s on, signatures are refused");
  return ok(skew === 0 ? "correct" : `${seconds} off`);
}
