// A client of the API with its own signing code, for calls that the official SDK can't send.
import { createHash, createHmac } from "node:crypto";
import type { Emulator } from "../../../emulator/index.ts";

export interface CallOptions {
  method?: "GET" | "POST";
  /** Default: the parameters as JSON. */
  body?: string;
  secretId?: string;
  secretKey?: string;
  version?: string;
  /** In seconds. */
  timestamp?: number;
  headers?: Record<string, string>;
  /** More headers to sign; content-type and host always are. */
  alsoSign?: string[];
  unsignedPayload?: boolean;
  signal?: AbortSignal;
}

export interface Reply {
  code: string | null;
  response: Record<string, unknown>;
}

export async function send(
  { port }: Pick<Emulator, "port">,
  action: string,
  parameters: Record<string, unknown> = {},
  options: CallOptions = {},
): Promise<Response> {
  const { method = "POST", secretId = "emulator-id", secretKey = "emulator-key", alsoSign = [] } = options;
  const timestamp = options.timestamp ?? Math.floor(Date.now() / 1000);
  const query = method === "GET" ? new URLSearchParams(flatten(parameters)).toString() : "";
  const body = options.body ?? (method === "GET" ? "" : JSON.stringify(parameters));
  const headers: Record<string, string> = {
    "content-type": method === "GET" ? "application/x-www-form-urlencoded" : "application/json",
    host: `127.0.0.1:${port}`,
    "x-tc-action": action,
    "x-tc-version": options.version ?? (action === "GetCallerIdentity" ? "2018-08-13" : "2018-08-01"),
    "x-tc-timestamp": String(timestamp),
    ...(options.unsignedPayload && { "x-tc-content-sha256": "UNSIGNED-PAYLOAD" }),
    ...options.headers,
  };
  const names = ["content-type", "host", ...alsoSign].sort();
  const canonical = [
    method,
    "/",
    query,
    names.map((name) => `${name}:${(headers[name] ?? "").trim().toLowerCase()}\n`).join(""),
    names.join(";"),
    sha256(options.unsignedPayload ? "UNSIGNED-PAYLOAD" : body),
  ].join("\n");
  const date = new Date(timestamp * 1000).toISOString().slice(0, 10);
  const scope = `${date}/live/tc3_request`;
  const key = hmac(hmac(hmac(`TC3${secretKey}`, date), "live"), "tc3_request");
  const signature = hmac(key, `TC3-HMAC-SHA256\n${timestamp}\n${scope}\n${sha256(canonical)}`).toString("hex");
  const authorization = `TC3-HMAC-SHA256 Credential=${secretId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return fetch(`http://127.0.0.1:${port}/${query && `?${query}`}`, {
    method,
    headers: { authorization, ...headers },
    ...(method === "POST" && { body }),
    redirect: "manual",
    ...(options.signal && { signal: options.signal }),
  });
}

/** The answer of the API, always with the HTTP status 200. */
export async function call(
  emulator: Pick<Emulator, "port">,
  action: string,
  parameters?: Record<string, unknown>,
  options?: CallOptions,
): Promise<Reply> {
  const answer = await send(emulator, action, parameters, options);
  const { Response } = (await answer.json()) as { Response: Record<string, unknown> & { Error?: { Code: string } } };
  if (answer.status !== 200 || typeof Response.RequestId !== "string") {
    throw new Error(`not an answer of the API: ${answer.status} ${JSON.stringify(Response)}`);
  }
  return { code: Response.Error?.Code ?? null, response: Response };
}

function flatten(parameters: Record<string, unknown>): [string, string][] {
  return Object.entries(parameters).flatMap(([name, value]): [string, string][] =>
    Array.isArray(value) ? value.map((item, index) => [`${name}.${index}`, String(item)]) : [[name, String(value)]],
  );
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac("sha256", key).update(data).digest();
}

function sha256(data: string): string {
  return createHash("sha256").update(data).digest("hex");
}
