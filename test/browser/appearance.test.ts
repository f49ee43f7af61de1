// The page for everyone: wide and narrow, light and dark, with a keyboard or a screen reader, in English and Chinese.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Emulator } from "../../emulator/index.ts";
import { account, inChromium, open, receiving, running, withBrowser } from "./console.ts";

const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const sections = ["account", "deliveries", "deliveries/1", "push", "colleague", "calls"];

/** An account with changes in effect and pending, and with successful and failed deliveries. */
async function lively(): Promise<Emulator> {
  const emulator = await running({ propagation: 600 });
  const receiver = await receiving(500);
  emulator.setState(account(receiver.url));
  emulator.letWindowPass();
  await emulator.push({ domain: "push.example.com", app: "live", stream: "one" });
  emulator.editState({
    templates: [{ TemplateId: 7, CallbackKey: "otherKey2", StreamEndNotifyUrl: `${receiver.url}/ended` }],
    rules: [{ DomainName: "push.example.com", AppName: "new", TemplateId: 8 }],
  });
  emulator.addFaults([{ action: "*", kind: "hang" }]);
  return emulator;
}

/** Opens a section that shows all its parts. */
async function show(page: Page, section: string): Promise<void> {
  await page.evaluate(`location.hash = "#${section}"`);
  if (section === "deliveries/1") await page.locator(".detail pre").first().waitFor();
  if (section === "push") await page.locator("form button.primary").click();
  if (section === "push") await page.locator(".outcomes li").first().waitFor();
  if (section === "calls") await page.locator("details:not([open]) summary").click();
}

inChromium("the console looks right", () => {
  withBrowser();

  test.each([
    ["light", 1280, "en-GB"],
    ["dark", 1280, "en-GB"],
    ["light", 400, "zh-CN"],
    ["dark", 400, "en-GB"],
  ] as const)("passes axe: %s, %i pixels, %s", async (colorScheme, width, locale) => {
    const { page, complaints } = await open(await lively(), "account", {
      colorScheme,
      locale,
      viewport: { width, height: 800 },
    });
    await page.evaluate(axe);
    for (const section of sections) {
      await show(page, section);
      const found: { id: string; nodes: { html: string; failureSummary: string }[] }[] = await page.evaluate(
        "axe.run().then(({ violations }) => violations)",
      );
      expect(found.map(({ id, nodes }) => `${section}: ${id} ${nodes[0]?.html} ${nodes[0]?.failureSummary}`)).toEqual(
        [],
      );
      await page.evaluate('document.querySelectorAll("details").forEach((part) => { part.open = false; })');
    }
    expect(complaints).toEqual([]);
  });

  test.each([400, 1280])("fits a window of %i pixels", async (width) => {
    const { page } = await open(await lively(), "account", { viewport: { width, height: 800 } });
    for (const section of sections) {
      await show(page, section);
      expect(await page.evaluate("document.documentElement.scrollWidth"), section).toBeLessThanOrEqual(width);
      if (section === "calls") await page.locator("summary").click();
    }
  });

  test("in a narrow window, a delivery replaces the list, with a way back", async () => {
    const { page } = await open(await lively(), "deliveries", { viewport: { width: 400, height: 800 } });
    await page.locator(".row").last().click();
    await page.locator(".detail h2").waitFor();
    await expect.poll(() => page.evaluate("document.activeElement.textContent")).toContain("Push started");
    expect(await page.locator(".row").first().isVisible()).toBe(false);
    await page.getByRole("link", { name: "Back to the list" }).click();
    await page.locator(".row").first().waitFor();
  });

  test("the colours follow the system's dark or light mode", async () => {
    const { page } = await open(await lively());
    const background = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
    await page.emulateMedia({ colorScheme: "light" });
    expect(await background()).toBe("rgb(246, 247, 249)");
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await background()).toBe("rgb(20, 23, 28)");
  });

  test("a Chinese browser gets all texts of the page in Chinese", async () => {
    const { page } = await open(await lively(), "account", { locale: "zh-CN" });
    expect(await page.locator("html").getAttribute("lang")).toBe("zh-CN");
    for (const section of sections) {
      await show(page, section);
      // Except for other people's texts, commands, and lists of the API's names.
      const words: string = await page.evaluate(`(() => {
        const copy = document.body.cloneNode(true);
        for (const part of copy.querySelectorAll("code, pre, bdi, select, small, #language")) part.remove();
        return copy.innerText || copy.textContent;
      })()`);
      expect(words.match(/[A-Za-z]+ [a-z]+ [a-z]+/g) ?? [], section).toEqual([]);
    }
    await page.getByText("录制异常").first().waitFor({ state: "attached" });
  });

  test("every reason why an event is not delivered has a Chinese text", async () => {
    const emulator = await running({ propagation: 600 });
    const receiver = await receiving(404);
    const place = { DomainName: "push.example.com", TemplateId: 1 };
    const { templates, ...rest } = account(receiver.url);
    const everywhere = { RecordNotifyUrl: "http://example.com", SnapshotNotifyUrl: "http://example.com" };
    const pictures = { PornCensorshipNotifyUrl: "http://example.com", AudioAuditNotifyUrl: "http://example.com" };
    const reasons = new Set<string>();
    const stream = { domain: "push.example.com", app: "live", stream: "one" };
    const push = async (app = "live") => {
      for (const { reason } of await emulator.push({ ...stream, app, events: [1, 100, 200, 315, 317, 321] })) {
        if (reason) reasons.add(reason);
      }
    };
    emulator.setState({ ...rest, templates: templates.map((one) => ({ ...one, ...everywhere, ...pictures })) });
    await push();
    emulator.letWindowPass();
    await push();
    await push("other");
    emulator.setState({ ...emulator.state(), snapshotRules: [place] });
    emulator.letWindowPass();
    await push();
    emulator.setState({ ...emulator.state(), snapshotTemplates: [{ TemplateId: 1, PornFlag: 0 }] });
    emulator.letWindowPass();
    await push();
    emulator.setState({ ...emulator.state(), rules: [] });
    emulator.letWindowPass();
    await push();
    await emulator.push({ ...stream, domain: "none" }).catch((error: Error) => reasons.add(error.message));
    expect(reasons.size).toBe(11);
    vi.stubGlobal("localStorage", { getItem: () => "zh" });
    onTestFinished(() => void vi.unstubAllGlobals());
    const texts = pathToFileURL(join(__dirname, "../../emulator/console/texts.mjs")).href;
    const { reasonText }: { reasonText(reason: string): string } = await import(texts);
    const shown = [...reasons].map(reasonText);
    for (const text of shown) expect(text).toMatch(/[\u4e00-\u9fff]/);
  });

  test("a button switches the language, which stays", async () => {
    const { page } = await open(await lively(), "push");
    await page.getByRole("button", { name: "中文" }).click();
    await page.getByRole("link", { name: "模拟推流" }).waitFor();
    expect(await page.evaluate("document.activeElement.id")).toBe("language");
    await page.reload();
    await page.getByRole("link", { name: "模拟推流" }).waitFor();
    await page.getByRole("button", { name: "English" }).click();
    await page.getByRole("link", { name: "Push a stream" }).waitFor();
  });

  test("every control can be reached with the keyboard", async () => {
    const { page } = await open(await lively(), "deliveries");
    const focused = () => page.evaluate("document.activeElement.textContent");
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("Skip to the content");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("main");
    for (let presses = 0; presses < 3; presses++) await page.keyboard.press("Tab");
    expect(await focused()).toContain("Push ended");
    await page.keyboard.press("ArrowDown");
    expect(await focused()).toContain("Push started");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.locator(".detail").getByRole("heading", { name: "Push started" }).waitFor();
    expect(await page.locator(".row[aria-current]").count()).toBe(1);
  });

  test("updates don't move the focus", async () => {
    const emulator = await lively();
    const { page } = await open(emulator);
    const key = page.getByRole("button", { name: "Show Callback key" }).first();
    await key.focus();
    emulator.editState({ templates: [{ TemplateId: 7, Description: "edited" }] });
    await page.getByText("edited").waitFor();
    expect(await page.evaluate("document.activeElement.id")).toBe("key 7");
  });
});
