/** Stage 4: whether the hosts of a template's URLs can be reached. */
import { isIP } from "node:net";
import type { UrlField } from "./canFire";
import type { Host, HostFinding } from "./hostProbe";
import { ok, problem, together, unknown, type Verdict } from "./verdict";

/** A URL that a template sets. */
export interface CallbackUrl {
  field: UrlField;
  url: string;
  /** The program made it secret, so nothing of it is shown. */
  secret: boolean;
}

export interface Surroundings {
  /** An endpoint on this machine is an emulator, which delivers to this machine only. */
  emulator: boolean;
  /** This machine uses a proxy to reach other networks, so a direct connection proves little. */
  behindProxy: boolean;
  now: number;
}

const dayMs = 86_400_000;
const soonDays = 14;

/** The host of a URL; undefined if the text isn't an http or https URL. */
export function hostOf(url: string): Host | undefined {
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) return undefined;
  const tls = parsed.protocol === "https:";
  const hostname = parsed.hostname.replace(/^\[(.*)\]$/, "$1");
  return { hostname, port: Number(parsed.port) || (tls ? 443 : 80), tls };
}

/** Identity of a host: each is probed once. */
export function hostKey({ hostname, port, tls }: Host): string {
  return `${tls ? "https" : "http"}://${hostname}:${port}`;
}

/** `findings`: the probe results, by `hostKey`. */
export function judgeReachable(
  urls: readonly CallbackUrl[],
  findings: ReadonlyMap<string, HostFinding>,
  surroundings: Surroundings,
): Verdict {
  const verdicts = new Map<string, Verdict>();
  // Public URLs first: they may name a host that a secret URL shares.
  for (const { field, url, secret } of [...urls].sort((a, b) => Number(a.secret) - Number(b.secret))) {
    const host = hostOf(url);
    if (host === undefined) {
      verdicts.set(field, problem(`${field} is not an http or https URL. Next: correct it in the program`));
      continue;
    }
    const finding = findings.get(hostKey(host));
    if (finding === undefined || verdicts.has(hostKey(host))) continue;
    const name = secret ? `the host of ${field}` : host.hostname;
    verdicts.set(hostKey(host), judgeHost(name, host, secret, finding, surroundings));
  }
  return together([...verdicts.values()]);
}

function judgeHost(
  name: string,
  { hostname, port }: Host,
  secret: boolean,
  finding: HostFinding,
  { emulator, behindProxy, now }: Surroundings,
): Verdict {
  switch (finding.kind) {
    case "unresolved":
      return problem(`${name} does not resolve. Next: check its DNS record`);
    case "noNameService":
      return unknown(`${name}: this machine's name service does not answer (${finding.code})`);
    case "notPublic": {
      const what = `the ${finding.addressKind} address${secret ? "" : ` ${finding.address}`}`;
      const reach = `${emulator ? "the emulator" : "LVB"} cannot reach`;
      if (isIP(hostname) || hostname === "localhost" || emulator) {
        return problem(`${secret ? `${name} is` : "the URL names"} ${what}, which ${reach}. Next: use a public host`);
      }
      // The name may have another address in public DNS.
      return unknown(`${name} has ${what} here, which ${reach}; its public DNS record may differ`);
    }
    case "noConnection": {
      const text = `${name}: ${connectionFailure(finding.code)} port ${port}`;
      if (behindProxy) return unknown(`${text} from here, behind a proxy`);
      return problem(`${text}. Next: start the receiver, or open its firewall for the internet`);
    }
    case "noTls":
      return problem(
        `${name}: no TLS on port ${port} (${finding.code}). Next: serve https there, or use http in the URL`,
      );
    case "badCertificate":
      return problem(
        `${name}: ${certificateFailure(finding.code)}. Next: install a certificate that public clients trust`,
      );
    case "reached": {
      const here = finding.addressKind === "loopback" ? "on this machine (loopback), for the emulator only" : "reached";
      if (finding.validTo === undefined) return ok(`${name}: ${here}`);
      const days = Math.floor((finding.validTo - now) / dayMs);
      const warning = days < soonDays ? ", renew it soon" : "";
      return ok(`${name}: ${here}, certificate valid for ${days} days${warning}`);
    }
    default:
      return finding satisfies never;
  }
}

function connectionFailure(code: string): string {
  switch (code) {
    case "ECONNREFUSED":
      return "nothing listens on";
    case "ETIMEDOUT":
      return "no answer from";
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return `no route (${code}) to`;
    default:
      return `no connection (${code}) to`;
  }
}

/** By the codes of OpenSSL and Node. */
function certificateFailure(code: string): string {
  switch (code) {
    case "CERT_HAS_EXPIRED":
      return "the certificate has expired";
    case "CERT_NOT_YET_VALID":
      return "the certificate is not valid yet";
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "SELF_SIGNED_CERT_IN_CHAIN":
      return "the certificate is self-signed";
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return "the certificate is for another host name";
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
      return "the certificate's issuer is unknown, or an intermediate certificate is missing";
    default:
      return `the certificate is not valid (${code.replace(/[^A-Z_0-9]/g, "").slice(0, 40)})`;
  }
}
