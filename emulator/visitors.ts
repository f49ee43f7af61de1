// Which requests are allowed. The emulator listens on this machine only, but a web page in a browser here can reach it too:
// under its own name that resolves to 127.0.0.1 (DNS rebinding), or by cross-origin posts.
import type { IncomingMessage } from "node:http";
import { isLoopbackName } from "./loopback";

/** Why a request is refused; undefined if it is allowed. Only browsers send an Origin. */
export function refusalOf({ method = "GET", headers }: IncomingMessage): string | undefined {
  const { host = "", origin } = headers;
  if (!isLoopbackName(URL.parse(`http://${host}`)?.hostname ?? "")) {
    return `the Host header is "${host}", but the emulator accepts only names of this machine; use the address that it printed`;
  }
  const reads = method === "GET" || method === "HEAD";
  if (!reads && origin !== undefined && origin !== `http://${host}`) {
    return `a page of ${origin} may not change the emulator; its own page may`;
  }
  return undefined;
}
