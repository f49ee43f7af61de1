// Who may come in. The emulator listens on this machine only, but a web page that is open here can reach it too: under a
// name of its own that it makes resolve to 127.0.0.1 (DNS rebinding), or by posting across origins.
import type { IncomingMessage } from "node:http";
import { isLoopbackName } from "./loopback";

/** Why a request is refused; undefined if it is welcome. A client that is no browser sends no Origin. */
export function refusalOf({ method = "GET", headers }: IncomingMessage): string | undefined {
  const { host = "", origin } = headers;
  if (!isLoopbackName(URL.parse(`http://${host}`)?.hostname ?? "")) {
    return `the Host header is "${host}", but the emulator answers to names of this machine only; use its address as it was printed`;
  }
  const reads = method === "GET" || method === "HEAD";
  if (!reads && origin !== undefined && origin !== `http://${host}`) {
    return `a page of ${origin} may not change the emulator; its own page may`;
  }
  return undefined;
}
