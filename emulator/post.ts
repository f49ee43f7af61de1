import type { IncomingMessage } from "node:http";
import http from "node:http";
import https from "node:https";
import { text } from "node:stream/consumers";

/** Posts JSON on a new connection. Follows no redirects, and ignores the environment's proxy. */
export async function post(
  url: string,
  body: string,
  signal: AbortSignal,
): Promise<{ status: number; response: string; responseHeaders: Record<string, string> }> {
  const { request } = new URL(url).protocol === "https:" ? https : http;
  const headers = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) };
  const outgoing = request(url, { method: "POST", agent: false, headers, signal });
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once("response", resolve).on("error", reject).end(body);
  });
  const responseHeaders = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
  return {
    status: answer.statusCode ?? 0,
    response: await text(answer),
    responseHeaders: Object.fromEntries(responseHeaders),
  };
}
