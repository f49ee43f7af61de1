/** Checks one host without sending a request: resolves it, connects, and reads its certificate. */
import { lookup } from "node:dns/promises";
import { isIP, connect as tcpConnect } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { type AddressKind, addressKind } from "./addresses";

/** The host of a URL, with port and protocol. */
export interface Host {
  /** Without the brackets of an IPv6 address. */
  hostname: string;
  port: number;
  tls: boolean;
}

/** The result. `code`: Node's error code. */
export type HostFinding =
  | { kind: "unresolved" }
  /** The name service did not answer. */
  | { kind: "noNameService"; code: string }
  /** Tencent Cloud's network can't reach any of the addresses; no connection was tried. */
  | { kind: "notPublic"; address: string; addressKind: AddressKind }
  | { kind: "noConnection"; code: string }
  /** It accepts connections, but doesn't speak TLS. */
  | { kind: "noTls"; code: string }
  | { kind: "badCertificate"; code: string; validTo: number }
  | { kind: "reached"; addressKind: AddressKind; validTo: number | undefined };

export interface ProbeOptions {
  /** An emulator delivers to this machine, so a loopback address can be reached there. */
  loopbackReachable: boolean;
  /** Time limit for resolving, and for all connections together. */
  timeoutMs: number;
  resolve?: (hostname: string) => Promise<string[]>;
}

export async function probeHost(host: Host, options: ProbeOptions): Promise<HostFinding> {
  const { timeoutMs, loopbackReachable, resolve = resolveAll } = options;
  let addresses: string[];
  try {
    addresses = isIP(host.hostname) ? [host.hostname] : await within(timeoutMs, resolve(host.hostname));
  } catch (error) {
    const code = codeOf(error);
    // Names under .invalid never resolve, so no name service is needed (RFC 6761).
    const absent = code === "ENOTFOUND" || code === "ENODATA" || /\.invalid\.?$/i.test(host.hostname);
    return absent ? { kind: "unresolved" } : { kind: "noNameService", code };
  }
  const usable = addresses.filter((address) => {
    const kind = addressKind(address);
    return kind === "public" || (kind === "loopback" && loopbackReachable);
  });
  const [first] = addresses;
  if (first === undefined) return { kind: "unresolved" };
  if (usable.length === 0) return { kind: "notPublic", address: first, addressKind: addressKind(first) };
  return connectToAny(usable, host, timeoutMs);
}

/** Uses the first address that answers, like clients, which try them in turn. Each gets its share of the time left. */
async function connectToAny(addresses: readonly string[], host: Host, timeoutMs: number): Promise<HostFinding> {
  let finding: HostFinding = { kind: "noConnection", code: "ETIMEDOUT" };
  const end = performance.now() + timeoutMs;
  for (const [index, address] of addresses.entries()) {
    const left = end - performance.now();
    if (left <= 0) return finding;
    finding = await connectTo(address, host, left / (addresses.length - index));
    if (finding.kind !== "noConnection") return finding;
  }
  return finding;
}

async function connectTo(address: string, { hostname, port, tls }: Host, timeoutMs: number): Promise<HostFinding> {
  const kind = addressKind(address);
  return new Promise((done) => {
    // The certificate is checked below: a failed connection would not show its expiry date.
    const names = { servername: isIP(hostname) ? undefined : hostname, rejectUnauthorized: false };
    const socket = tcpConnect({ host: address, port });
    const finish = (finding: HostFinding) => {
      clearTimeout(timer);
      socket.destroy();
      done(finding);
    };
    let connected = false;
    const failed = (code: string) => finish({ kind: connected ? "noTls" : "noConnection", code });
    const timer = setTimeout(() => failed("ETIMEDOUT"), timeoutMs);
    socket.on("error", (error) => failed(codeOf(error)));
    socket.once("connect", () => {
      connected = true;
      if (!tls) return finish({ kind: "reached", addressKind: kind, validTo: undefined });
      const { servername } = names;
      const secure = tlsConnect({
        socket,
        rejectUnauthorized: false,
        ...(servername ? { servername } : { host: hostname }),
      });
      secure.on("error", (error) => failed(codeOf(error)));
      secure.once("secureConnect", () => {
        const validTo = Date.parse(secure.getPeerCertificate().valid_to);
        const refusal = secure.authorized ? undefined : String(secure.authorizationError);
        finish(
          refusal === undefined
            ? { kind: "reached", addressKind: kind, validTo }
            : { kind: "badCertificate", code: refusal, validTo },
        );
      });
    });
  });
}

async function resolveAll(hostname: string): Promise<string[]> {
  const found = await lookup(hostname, { all: true });
  return found.map(({ address }) => address);
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" })), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown";
}
