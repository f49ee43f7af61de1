// Receives LVB's callbacks: verifies each, drops what comes again, prints a line for every event.
import { createServer, type IncomingMessage } from "node:http";
import { type CallbackEvent, idempotencyKey, verifyCallback } from "pulumi-tencentcloud-lvb/receiver";

const { LVB_CALLBACK_KEYS = "", HOST = "127.0.0.1", PORT = "8080" } = process.env;
const keys = LVB_CALLBACK_KEYS.split(",").filter((key) => key !== "");
if (keys.length === 0) throw new Error("LVB_CALLBACK_KEYS holds no key.");
const mostBytes = 256 * 1024;
const mostHandled = 100_000;
const handled = new Set<string>();

/** The HTTP status to answer with: LVB sends an event again, up to 12 times, until that is 200. */
async function receive(request: IncomingMessage): Promise<number> {
  const body = await read(request);
  if (body === undefined) return 413;
  // A late retry has a signature that has expired since.
  const verified = verifyCallback(body, keys, { toleranceSeconds: 600 });
  if (!verified.ok) {
    console.log(`refused: ${verified.reason}`);
    return verified.reason === "malformed" ? 400 : 403;
  }
  const key = idempotencyKey(verified.event);
  if (handled.has(key)) return 200;
  // The place for your own code. The signature does not cover the text, so that may hold anything.
  console.log(describe(verified.event).replace(/\p{Cc}/gu, "?"));
  // Not before: should handling it fail, the next delivery is another chance.
  handled.add(key);
  const [oldest = key] = handled;
  if (handled.size > mostHandled) handled.delete(oldest);
  return 200;
}

/** Undefined if it is too large; nothing beyond the limit is kept. */
async function read(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= mostBytes) chunks.push(chunk);
  }
  return bytes <= mostBytes ? Buffer.concat(chunks) : undefined;
}

function describe(event: CallbackEvent): string {
  switch (event.event_type) {
    case 1:
      return `push started: ${event.app}/${event.appname}/${event.stream_id}`;
    case 0:
      return `push ended: ${event.app}/${event.appname}/${event.stream_id}, after ${event.push_duration} ms`;
    default:
      return `event ${event.event_type}`;
  }
}

// LVB itself gives up after 20 s.
const server = createServer({ requestTimeout: 20_000 }, async (request, response) => {
  const status = await receive(request).catch((error: unknown) => {
    console.log(`failed: ${error}`);
    return 500;
  });
  response.writeHead(status, { "content-type": "application/json" }).end(`{"code":${status === 200 ? 0 : status}}`);
});
server.listen(Number(PORT), HOST, () => console.log("listening on", server.address()));
