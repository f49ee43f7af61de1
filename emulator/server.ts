/**
 * The HTTP server. It separates API calls from admin requests, and passes each API call through log, faults, signature,
 * throttle and action. Every answer of the API has HTTP status 200, even an error.
 */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "./action";
import { actions } from "./actions";
import type { Admin } from "./admin";
import type { Dialects } from "./dialects";
import { ApiError } from "./errors";
import { alter, type Fault, type Faults } from "./faults";
import { sendPageFile } from "./page";
import type { Pusher } from "./push";
import type { RequestLog } from "./requestLog";
import type { Settings } from "./settings";
import type { Credentials } from "./signature";
import { verifySignature } from "./signature";
import type { Store } from "./store";
import type { Throttle } from "./throttle";
import type { Updates } from "./updates";
import { refusalOf } from "./visitors";

export interface Parts {
  clock: () => number;
  credentials: Credentials;
  accountId: string;
  store: Store;
  settings: Settings;
  dialects: Dialects;
  faults: Faults;
  throttle: Throttle;
  log: RequestLog;
  pusher: Pusher;
  updates: Updates;
  /** Connections that a fault keeps open. */
  hanging: Set<ServerResponse>;
}

interface Call {
  method: string;
  query: string;
  action: string;
  version: string | undefined;
  request: IncomingMessage;
  /** Undefined if it was too large. */
  body: Buffer | undefined;
  parameters: Readonly<Record<string, unknown>> | undefined;
}

const largestBody = 10 * 1024 * 1024;
const largestQuery = 32 * 1024;
/** Room for a query of that size in the request line. */
export const maxHeaderSize = 4 * largestQuery;

export function requestHandler(parts: Parts, admin: Admin) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    respond(parts, admin, request, response).catch((error: unknown) => {
      // The client is gone, or the emulator has a bug. Answer if the client is still waiting.
      if (!response.headersSent) {
        sendJson(response, 500, { error: error instanceof Error ? error.message : String(error) });
      } else {
        response.destroy();
      }
    });
  };
}

async function respond(parts: Parts, admin: Admin, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = "GET", headers } = request;
  const [path, query = ""] = splitOnce(request.url ?? "/", "?");
  const body = await readBody(request);
  const refusal = refusalOf(request);
  if (refusal !== undefined) {
    sendJson(response, 403, { error: refusal });
  } else if (path === "/_emulator/updates" && headers.accept === "text/event-stream") {
    const after = new URLSearchParams(query).get("after") ?? undefined;
    if (!parts.updates.follow(response, after)) sendJson(response, 503, { error: "too many pages follow already" });
  } else if (path.startsWith("/_emulator/")) {
    const text = body?.toString("utf8") ?? "";
    const answer = await admin({ method, path, query: new URLSearchParams(query), body: text });
    sendJson(response, answer.status, answer.body);
  } else if (path === "/" && (method !== "GET" || headers["x-tc-action"] !== undefined)) {
    await answerCall(parts, readCall(request, query, body), response);
  } else if (method !== "GET" || !(await sendPageFile(path, response))) {
    const places = "the page and the API are at /, the admin interface under /_emulator/";
    sendJson(response, 404, { error: `nothing at ${path}: ${places}` });
  }
}

function readCall(request: IncomingMessage, query: string, body: Buffer | undefined): Call {
  const { method = "GET", headers } = request;
  const action = headers["x-tc-action"];
  const version = headers["x-tc-version"];
  return {
    method,
    query,
    action: typeof action === "string" ? action : "",
    version: typeof version === "string" ? version : undefined,
    request,
    body,
    parameters: method === "GET" ? readQuery(query) : readJson(body),
  };
}

async function answerCall(parts: Parts, call: Call, response: ServerResponse): Promise<void> {
  const arrival = parts.clock();
  const fault = parts.faults.take(call.action);
  const log = (code: string | null) => parts.log.add(arrival, call.action, call.parameters ?? {}, code);
  if (parts.settings.latency > 0) {
    await sleep(parts.settings.latency);
  }
  if (fault === undefined) {
    const { answer, code } = carryOut(parts, call);
    log(code);
    sendJson(response, 200, answer);
    return;
  }
  log(fault.kind === "code" ? fault.code : `fault:${fault.kind}`);
  failOnOrder(fault, parts, call, response);
}

function failOnOrder(fault: Fault, parts: Parts, call: Call, response: ServerResponse): void {
  switch (fault.kind) {
    case "code":
      sendJson(response, 200, envelope(failure(new ApiError(fault.code, "A fault on order."))));
      return;
    case "refuse":
      response.destroy();
      return;
    case "resetBefore":
      reset(response);
      return;
    case "resetAfterCommit":
      carryOut(parts, call);
      reset(response);
      return;
    case "hang":
      hang(response, parts);
      return;
    case "hangAfterCommit":
      carryOut(parts, call);
      hang(response, parts);
      return;
    case "http5xx":
      response.writeHead(fault.code ?? 503, { "Content-Type": "text/plain" }).end("A fault on order.");
      return;
    case "truncate": {
      const text = Buffer.from(JSON.stringify(carryOut(parts, call).answer));
      response.writeHead(200, { "Content-Type": "application/json", "Content-Length": text.length });
      response.write(text.subarray(0, text.length / 2), () => response.destroy());
      return;
    }
    case "html":
      response.writeHead(200, { "Content-Type": "text/html" }).end("<html><body>A fault on order.</body></html>");
      return;
    case "empty":
      response.writeHead(200, { "Content-Length": 0 }).end();
      return;
    case "alter": {
      const { Response } = carryOut(parts, call).answer;
      sendJson(response, 200, { Response: alter({ ...(Response as object) }, fault.field, fault.value) });
      return;
    }
    case "redirect":
      response.writeHead(307, { Location: fault.location }).end();
      return;
    default:
      fault satisfies never;
  }
}

function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

function hang(response: ServerResponse, { hanging }: Parts): void {
  hanging.add(response);
  response.once("close", () => hanging.delete(response));
}

/** Checks and runs the call, without faults. */
function carryOut(parts: Parts, call: Call): { answer: Answer; code: string | null } {
  try {
    return { answer: envelope(runAction(parts, call)), code: null };
  } catch (error) {
    if (error instanceof ApiError) {
      return { answer: envelope(failure(error)), code: error.code };
    }
    throw error;
  }
}

function runAction(parts: Parts, call: Call): Answer {
  const { clock, credentials, throttle, settings, dialects, store, accountId, pusher } = parts;
  const { method, query, body, request, version, parameters } = call;
  if (method !== "GET" && method !== "POST") {
    throw new ApiError("UnsupportedProtocol", "Only GET and POST are supported.");
  }
  if (body === undefined || query.length > largestQuery) {
    throw new ApiError("RequestSizeLimitExceeded", "The request exceeds the size limit.");
  }
  if (call.action === "") {
    throw new ApiError("MissingParameter", "The request is missing a required parameter `Action`.");
  }
  if (version === undefined) {
    throw new ApiError("MissingParameter", "The request is missing a required parameter `Version`.");
  }
  verifySignature({ method, query, headers: request.headers, body }, credentials, clock());
  const action = actions.get(call.action);
  if (action === undefined) {
    throw new ApiError("InvalidAction", `The action ${call.action} does not exist.`);
  }
  if (version !== action.version) {
    throw new ApiError("NoSuchVersion", `${action.name} exists in version ${action.version} only.`);
  }
  if (!throttle.admits(settings.throttle, clock())) {
    throw new ApiError("RequestLimitExceeded", `More than ${settings.throttle} calls per second.`);
  }
  if (parameters === undefined) {
    throw new ApiError("InvalidParameter", "The body must be a JSON object.");
  }
  return action.run(
    parameters,
    {
      numericStrings: method === "GET" || dialects.numericStrings === "coerced",
      chinaOnly: dialects.chinaFields === "accepted",
    },
    {
      store,
      visible: store.asOf(clock() - dialects.readLag),
      dialects,
      settings,
      accountId,
      now: clock(),
      records: pusher.deliveries.records,
    },
  );
}

function envelope(answer: Answer): Answer {
  return { Response: { ...answer, RequestId: randomUUID() } };
}

function failure({ code, message }: ApiError): Answer {
  return { Error: { Code: code, Message: message } };
}

/** In a query, array members have dots in their names: `Levels.0=error`. */
function readQuery(query: string): Record<string, unknown> {
  const parameters = new Map<string, string | string[]>();
  for (const [name, value] of new URLSearchParams(query)) {
    const [base, index] = splitOnce(name, ".");
    const list = parameters.get(base) ?? [];
    parameters.set(base, index === undefined || !Array.isArray(list) ? value : [...list, value]);
  }
  return Object.fromEntries(parameters);
}

function readJson(body: Buffer | undefined): Readonly<Record<string, unknown>> | undefined {
  if (body === undefined || body.length === 0) {
    return {};
  }
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return typeof value === "object" && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= largestBody) {
      chunks.push(chunk);
    }
  }
  return size <= largestBody ? Buffer.concat(chunks) : undefined;
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response
    .writeHead(status, {
      "Content-Type": "application/json",
      "X-Content-Type-Options": "nosniff",
      "Content-Length": Buffer.byteLength(text),
    })
    .end(text);
}
