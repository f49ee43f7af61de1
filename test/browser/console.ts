// The packaged console in a real Chromium: one browser for each file, and one page for each test.
import { text } from "node:stream/consumers";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect } from "vitest";
import type { Emulator, EmulatorOptions } from "../../emulator/index.ts";
import { findChromium, openChromium } from "../../tools/chromium.mts";
import { listen } from "../loopback.ts";

const chromium = findChromium();

/** Runs only with Chromium; `npm test` names the tests that were skipped without it. */
export const inChromium = describe.skipIf(chromium === undefined);

/** The build, whose page users get. */
const { startEmulator }: typeof import("../../emulator/index.ts") = require("../../dist/emulator/index.js");

/** Another host name of 127.0.0.1, as a hostile web page can have. */
export const foreignHost = "rebound.example.com";

let browser: Browser;
const cleanups: (() => Promise<unknown>)[] = [];

/** Call this in the `describe` that opens pages. */
export function withBrowser(): void {
  beforeAll(async () => {
    browser = await openChromium(chromium ?? "", [`--host-resolver-rules=MAP ${foreignHost} 127.0.0.1`]);
  });
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });
  afterAll(() => browser.close());
}

export async function running(options?: EmulatorOptions): Promise<Emulator> {
  const emulator = await startEmulator(options);
  cleanups.push(() => emulator.stop());
  return emulator;
}

export interface Opened {
  page: Page;
  /** The page's errors, including violations of its Content-Security-Policy. */
  complaints: string[];
}

/** A new page with this address. */
export async function blankPage(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB", ...options });
  cleanups.push(() => context.close());
  return context.newPage();
}

/** Opens a section of the console, and waits until it shows the state of the emulator. */
export async function open(
  { url }: Emulator,
  section = "account",
  options: BrowserContextOptions = {},
): Promise<Opened> {
  const page = await blankPage(options);
  const complaints: string[] = [];
  await page.exposeFunction("complain", (what: string) => complaints.push(what));
  await page.addInitScript(
    'addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => complain(violatedDirective + " " + blockedURI))',
  );
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await page.goto(`${url}/#${section}`);
  await expect.poll(() => page.locator(".connection").getAttribute("data-state")).toBe("live");
  return { page, complaints };
}

export interface Receiver {
  url: string;
  bodies: string[];
}

/** A receiver. Its first answers have these statuses, all others 200. */
export async function receiving(...statuses: number[]): Promise<Receiver> {
  const bodies: string[] = [];
  const { url, stop } = await listen(async (request, response) => {
    bodies.push(await text(request));
    response.writeHead(statuses.shift() ?? 200, { "X-Receiver": "ours" }).end('{"code":0}');
  });
  cleanups.push(stop);
  return { url, bodies };
}

/** An account with a template in effect on push.example.com/live. */
export function account(url: string) {
  return {
    domains: ["push.example.com", { Name: "play.example.com", Type: 1 }],
    templates: [
      {
        TemplateId: 7,
        TemplateName: "seven",
        StreamBeginNotifyUrl: `${url}/begin`,
        StreamEndNotifyUrl: `${url}/end`,
        CallbackKey: "hushKey1",
      },
    ],
    rules: [{ DomainName: "push.example.com", AppName: "live", TemplateId: 7 }],
  };
}
