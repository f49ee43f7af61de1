// Endpoints that can't be reached.
import { type LoopbackServer, listen } from "../loopback.ts";
import { selfSigned } from "../unit/provider/live/servers.ts";

/** An address that nobody listens on. A free port wouldn't do: another test could open it. */
export const nobodyListens = "http://127.0.0.1:1";

/** A server with an untrusted certificate, which would answer every call. */
export const badCertificate = (): Promise<LoopbackServer> =>
  listen((_request, response) => void response.end('{"Response":{"RequestId":"1"}}'), selfSigned("localhost"));
