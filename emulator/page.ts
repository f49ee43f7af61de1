/** The console: a page of static files, in the folder `console` beside this file. */
import { readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { join } from "node:path";

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  mjs: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** The page may only load its own files and call its own server. Text can never become markup or script. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const headers = {
  "Content-Security-Policy": policy,
  "X-Content-Type-Options": "nosniff",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "Cache-Control": "no-store",
};

/** Answers with a file of the page: `/` or `/console/<name>`. Returns false if the file doesn't exist. */
export async function sendPageFile(path: string, response: ServerResponse): Promise<boolean> {
  const [, name = "", extension = ""] = /^\/console\/(\w+\.(css|mjs|svg))$/.exec(path) ?? [];
  const file = path === "/" ? "index.html" : name;
  if (file === "") return false;
  const content = await readFile(join(__dirname, "console", file)).catch(() => undefined);
  if (content === undefined) return false;
  const type = types[path === "/" ? "html" : extension];
  response.writeHead(200, { ...headers, "Content-Type": type, "Content-Length": content.length }).end(content);
  return true;
}
