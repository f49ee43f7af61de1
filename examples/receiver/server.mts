// Receives LVB's callbacks: verifies each one, skips repeated deliveries, prints a line for every event.
import { createServer, type IncomingMessage } from "node:http";
import { type CallbackEvent, idempotencyKey, verifyCallback } from "pulumi-tencentcloud-lvb/receiver";

const { LVB_CALLBACK_KEYS = "", HOST = "127.0.0.1", PORT = "8080" } = process.env;
const keys = readKeys(LVB_CALLBACK_KEYS);
/** LVB may send image moderation and push errors unsigned, even if the template has a key. */
const mayBeUnsigned: readonly number[] = [317, 321];
const maxBytes = 256 * 1024;
const maxHandled = 100_000;
/** Idempotency keys of the latest events. Kept apart, so that an event from a stranger never hides a signed one. */
const handled = { signed: new Set<string>(), unsigned: new Set<string>() };

/** Returns the HTTP status to answer with: LVB sends an event again, up to 12 times, until it is 200. */
async function receive(request: IncomingMessage): Promise<number> {
  const body = await read(request);
  if (body === undefined) return 413;
  // A late retry arrives after its signature has expired.
  const verified = verifyCallback(body, keys, { toleranceSeconds: 600 });
  if (verified.ok) {
    handleOnce(verified.event, "signed");
    return 200;
  }
  if (verified.reason === "unsigned" && mayBeUnsigned.includes(verified.event.event_type)) {
    handleOnce(verified.event, "unsigned");
    return 200;
  }
  print(`refused: ${verified.reason}`);
  return verified.reason === "malformed" ? 400 : 403;
}

/** Undefined if it is too large; nothing beyond the limit is kept. */
async function read(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
  }
  return bytes <= maxBytes ? Buffer.concat(chunks) : undefined;
}

function handleOnce(event: CallbackEvent, origin: "signed" | "unsigned"): void {
  const keysHandled = handled[origin];
  const key = idempotencyKey(event);
  if (keysHandled.has(key)) return;
  handle(event, origin);
  // Only now: if handling fails, the next delivery is another chance.
  keysHandled.add(key);
  const [oldest = key] = keysHandled;
  if (keysHandled.size > maxHandled) keysHandled.delete(oldest);
}

/**
 * The place for your own code. Anyone can send an unsigned event, so check what it says before you act on it. Never log a
 * whole event: its `stream_param` contains the push secret.
 */
function handle(event: CallbackEvent, origin: "signed" | "unsigned"): void {
  print(origin === "signed" ? describe(event) : `unsigned: ${describe(event)}`);
}

function describe(event: CallbackEvent): string {
  switch (event.event_type) {
    case 1:
      return `push started: ${event.app}/${event.appname}/${event.stream_id}`;
    case 0:
      return `push ended: ${event.app}/${event.appname}/${event.stream_id}, after ${event.push_duration} ms`;
    case 317:
      return `suspicious picture: ${event.streamId}`;
    case 321:
      return `push errors: ${event.domain}/${event.path}/${event.stream_id}`;
    default:
      return `event ${event.event_type}`;
  }
}

/** The signature doesn't cover the body, so even a signed event may contain anything: remove control characters. */
function print(line: string): void {
  console.log(line.replace(/\p{Cc}/gu, "?"));
}

/** Refuses to start with a wrong key: it would refuse every event, and LVB gives up after its retries. */
function readKeys(list: string): string[] {
  const keys = list
    .split(",")
    .map((key) => key.trim())
    .filter((key) => key !== "");
  const wrong = keys.findIndex((key) => !/^[A-Za-z0-9]{1,32}$/.test(key));
  if (keys.length === 0) stop("it contains no key.");
  if (wrong >= 0) stop(`key ${wrong + 1} of ${keys.length} is not 1 to 32 letters and digits.`);
  return keys;
}

function stop(problem: string): never {
  console.error(
    `LVB_CALLBACK_KEYS: ${problem} Next: set it to the callbackKey of the template, or to several, separated by commas.`,
  );
  process.exit(1);
}

// LVB itself gives up after 20 s.
const server = createServer({ requestTimeout: 20_000 }, async (request, response) => {
  const status = await receive(request).catch((error: unknown) => {
    print(`failed: ${error}`);
    return 500;
  });
  response.writeHead(status, { "content-type": "application/json" }).end(`{"code":${status === 200 ? 0 : status}}`);
});
server.listen(Number(PORT), HOST, () => console.log("listening on", server.address()));
