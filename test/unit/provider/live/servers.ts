// Small servers for broken HTTP, TLS and proxies, which the emulator doesn't have.
import { createSign, generateKeyPairSync } from "node:crypto";
import dns from "node:dns";
import type { RequestListener } from "node:http";
import http from "node:http";
import type { AddressInfo, Socket } from "node:net";
import net from "node:net";
import { onTestFinished, vi } from "vitest";
import { type LoopbackServer, listen } from "../../../loopback.ts";

/** An HTTP server on 127.0.0.1 until the end of the test. */
export async function serve(listener: RequestListener, identity?: Certificate): Promise<LoopbackServer> {
  const server = await listen(listener, identity);
  onTestFinished(server.stop);
  return server;
}

/** A port that nothing listens on. */
export async function closedPort(): Promise<number> {
  const server = net.createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

type LookupDone = (error: null, addresses: { address: string; family: number }[]) => void;

/** DNS resolves every host to these addresses until the end of the test. */
export function resolveEveryHostTo(...addresses: string[]): void {
  const lookup = (_host: string, _options: object, done: LookupDone) => {
    done(
      null,
      addresses.map((address) => ({ address, family: 4 })),
    );
  };
  const spy = vi.spyOn(dns, "lookup").mockImplementation(lookup as unknown as typeof dns.lookup);
  onTestFinished(() => spy.mockRestore());
}

export interface RunningProxy {
  url: string;
  /** Its requests: `CONNECT host:port`, or method and URL. */
  asked: string[];
}

/** A proxy that connects every tunnel to one port on loopback, refuses with a status, or never answers. */
export async function proxyTo(target: number | { refuse: string } | "silence"): Promise<RunningProxy> {
  const asked: string[] = [];
  const open = new Set<Socket>();
  const server = http.createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(502).end();
  });
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => open.delete(socket));
  });
  server.on("connect", (request, socket: Socket) => {
    asked.push(`CONNECT ${request.url}`);
    if (typeof target === "object") {
      socket.end(`HTTP/1.1 ${target.refuse}\r\n\r\n`);
      return;
    }
    if (target === "silence") return;
    const onward = net.connect(target, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      socket.pipe(onward).pipe(socket);
    });
    onward.on("error", () => socket.destroy());
    socket.on("close", () => onward.destroy());
  });
  const port = await listening(server);
  onTestFinished(async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${port}`, asked };
}

async function listening(server: net.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

export interface Certificate {
  key: string;
  cert: string;
}

/** A new self-signed certificate (X.509 v3, RFC 5280). */
export function selfSigned(hostname: string): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const ecdsaWithSha256 = sequence(oid("2a8648ce3d040302"));
  const name = sequence(der(0x31, sequence(oid("550403"), der(0x0c, Buffer.from(hostname)))));
  const day = 86_400_000;
  const time = (ms: number) => der(0x18, Buffer.from(`${new Date(ms).toISOString().replace(/[-:T]|\..*/g, "")}Z`));
  const alternativeNames = sequence(oid("551d11"), der(0x04, sequence(der(0x82, Buffer.from(hostname)))));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    name,
    sequence(time(Date.now() - day), time(Date.now() + day)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(alternativeNames)),
  );
  const signature = createSign("sha256").update(body).sign(privateKey);
  const certificate = sequence(body, ecdsaWithSha256, der(0x03, Buffer.from([0]), signature));
  const lines = certificate.toString("base64").replace(/.{64}(?=.)/g, "$&\n");
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const length = content.length;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, "hex"));
}
