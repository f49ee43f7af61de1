// Endpoints that can't be reached.
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { selfSigned } from "../unit/provider/live/servers.ts";

/** An address that nobody listens on. A free port wouldn't do: another test could open it. */
export const nobodyListens = "http://127.0.0.1:1";

/** A server with an untrusted certificate, which would answer every call. */
export async function badCertificate(): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer(selfSigned("localhost"), (_request, response) =>
    response.end('{"Response":{"RequestId":"1"}}'),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  return { url: `https://127.0.0.1:${port}`, stop };
}
