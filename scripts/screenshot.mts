// `node scripts/screenshot.mts`: takes the pictures of the console in the READMEs from the real page. With a folder as
// argument, takes each section, wide and narrow, light and dark, in both languages. Chinese needs a font (fonts-noto-cjk).
import { once } from "node:events";
import { mkdirSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { join, resolve } from "node:path";
import type { Page } from "playwright-core";
import { type Emulator, startEmulator } from "pulumi-tencentcloud-lvb/emulator";
import { findChromium, openChromium } from "../tools/chromium.mts";

const pictures = resolve(import.meta.dirname, "../docs/images");
const largestBytes = 150_000;

async function main(folder: string | undefined): Promise<void> {
  const chromium = findChromium();
  if (chromium === undefined) throw new Error("There is no Chromium. Next: apt-get install chromium, or set CHROMIUM.");
  const receiver = await startReceiver();
  const emulator = await startEmulator({ domains: ["push.example.com", "push-asia.example.com"], clock });
  const browser = await openChromium(chromium);
  try {
    await fill(emulator, receiver.url);
    const page = await browser.newPage();
    if (folder === undefined) {
      mkdirSync(pictures, { recursive: true });
      await page.setViewportSize({ width: 1280, height: 720 });
      await show(page, `${emulator.url}/#account`);
      await take(page, "console.png");
      await page.getByRole("button", { name: "中文" }).click();
      await take(page, "console.zh-CN.png");
    } else {
      mkdirSync(folder, { recursive: true });
      await showAll(page, emulator.url, folder);
    }
  } finally {
    await browser.close();
    await emulator.stop();
    receiver.close();
  }
}

async function take(page: Page, name: string): Promise<void> {
  const path = join(pictures, name);
  await page.mouse.move(0, 0);
  await page.screenshot({ path });
  const { size } = statSync(path);
  if (size > largestBytes) throw new Error(`${name} has ${size} bytes, more than ${largestBytes}.`);
}

/** Replaces the time of day, which would differ in each picture. */
let time = Date.parse("2026-01-02T03:00:00Z");
function clock(): number {
  return time;
}

/** A server that accepts every event except the end of a push to one domain. */
async function startReceiver() {
  const server = createServer(async (request, response) => {
    request.resume();
    await once(request, "end");
    const refused = request.url === "/asia/end";
    response.writeHead(refused ? 500 : 200, { "Content-Type": "application/json" }).end(refused ? "" : '{"code":0}');
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

/** An account with a few pending changes. */
async function fill(emulator: Emulator, receiver: string): Promise<void> {
  const places = [
    ["push.example.com", "live", 1001],
    ["push.example.com", "games", 1001],
    ["push-asia.example.com", "live", 1002],
  ] as const;
  emulator.setState({
    ...emulator.state(),
    templates: [
      {
        TemplateId: 1001,
        TemplateName: "live-events-77de4",
        StreamBeginNotifyUrl: `${receiver}/lvb`,
        StreamEndNotifyUrl: `${receiver}/lvb`,
        PushExceptionNotifyUrl: `${receiver}/lvb/errors`,
        CallbackKey: "quickstartKey1",
      },
      {
        TemplateId: 1002,
        TemplateName: "asia-events-0b1c2",
        StreamBeginNotifyUrl: `${receiver}/asia/begin`,
        StreamEndNotifyUrl: `${receiver}/asia/end`,
        CallbackKey: "asiaKey1",
      },
    ],
    rules: places.map(([DomainName, AppName, TemplateId]) => ({ DomainName, AppName, TemplateId })),
  });
  time += 900_000;
  await emulator.push({ domain: "push.example.com", app: "live", stream: "show" });
  time += 40_000;
  await emulator.push({ domain: "push-asia.example.com", app: "live", stream: "news" });
  emulator.editState({ rules: [{ DomainName: "push.example.com", AppName: "games", TemplateId: 1002 }] });
  time += 130_000;
  emulator.editState({ templates: [{ TemplateId: 1001, StreamEndNotifyUrl: `${receiver}/lvb/ended` }] });
  time += 95_000;
  emulator.editState({ rules: [{ DomainName: "push-asia.example.com", AppName: "sports", TemplateId: 1001 }] });
  time += 20_000;
  await emulator.push({ domain: "push.example.com", app: "live", stream: "show", events: [1, 321, 0] });
}

async function show(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.locator(".connection[data-state=live]").waitFor();
}

async function showAll(page: Page, url: string, folder: string): Promise<void> {
  for (const width of [1280, 400]) {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      for (const section of ["account", "deliveries", "deliveries/7", "push", "colleague", "calls"]) {
        await show(page, `${url}/#${section}`);
        if (section === "push") await page.getByRole("button", { name: "Push" }).click();
        if (section === "push") await page.locator(".outcomes li").first().waitFor();
        if (section === "deliveries/7") await page.locator("pre").first().waitFor();
        const name = `${section.replace("/", "-")}-${width}-${colorScheme}.png`;
        await page.screenshot({ path: join(folder, name), fullPage: true });
      }
    }
  }
  await page.getByRole("button", { name: "中文" }).click();
  await page.setViewportSize({ width: 1280, height: 800 });
  for (const section of ["account", "calls"]) {
    await page.goto(`${url}/#${section}`);
    await page.screenshot({ path: join(folder, `${section}-zh.png`), fullPage: true });
  }
}

main(process.argv[2]).then(
  () => {},
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
