// HTTP servers on loopback.
import http, { type RequestListener } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";

export interface LoopbackServer {
  url: string;
  port: number;
  /** The number of connections so far. */
  connections(): number;
  /** Ends open connections too. */
  stop(): Promise<void>;
}

/** Starts a server on a free port; with `identity`, over TLS. */
export async function listen(
  listener: RequestListener,
  identity?: { key: string; cert: string },
): Promise<LoopbackServer> {
  const server = identity ? https.createServer(identity, listener) : http.createServer(listener);
  let count = 0;
  server.on("connection", () => count++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${identity ? "https" : "http"}://127.0.0.1:${port}`,
    port,
    connections: () => count,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
