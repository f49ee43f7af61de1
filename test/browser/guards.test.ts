// The console with hostile texts, hostile pages, a bad network and thousands of deliveries.
import { expect, test } from "vitest";
import { call } from "../unit/emulator/signedClient.ts";
import { serve } from "../unit/provider/live/servers.ts";
import { account, blankPage, foreignHost, inChromium, open, running, withBrowser } from "./console.ts";

/** Markup that would run, every kind of quote, a change of text direction, and no place for a line break. */
const hostile = `<img src=x onerror="complain('ran')"><script>complain('ran')</script>'"\`\${1}&lt;javascript:complain(1)\u202Eesrever${"x".repeat(300)}`;

inChromium("the console is on guard", () => {
  withBrowser();

  test("hostile texts are shown as text everywhere", async () => {
    const emulator = await running({ propagation: 0 });
    const receiver = await serve((request, response) => {
      request.resume();
      response.writeHead(500, { "X-Hostile": "<b>header</b>" }).end(hostile);
    });
    const path = `${receiver.url}/?${hostile}`;
    const template = {
      ...{
        TemplateId: 7,
        TemplateName: hostile,
        Description: hostile,
        CallbackKey: hostile,
        StreamMixNotifyUrl: hostile,
      },
      ...{ StreamBeginNotifyUrl: path, StreamEndNotifyUrl: hostile, RecordExceptionLevels: [hostile] },
    };
    const state = { domains: [hostile], rules: [{ DomainName: hostile, AppName: hostile, TemplateId: 7 }] };
    emulator.setState({ ...state, templates: [template] });
    await emulator.push({ domain: hostile, app: hostile, stream: hostile });
    emulator.addFaults([
      { action: hostile, kind: "code", code: hostile },
      { action: "*", kind: "redirect", location: hostile },
    ]);
    await call(emulator, "DescribeLiveCallbackRules").catch(() => undefined);
    await call(emulator, hostile.replace(/[^ -~]/g, "")).catch(() => undefined);
    emulator.configure({ propagation: 600 });
    emulator.editState({ templates: [{ TemplateId: 7, TemplateName: `${hostile}2`, CallbackKey: "" }] });

    const { page, complaints } = await open(emulator, "account", { viewport: { width: 400, height: 800 } });
    for (const section of ["account", "deliveries", "deliveries/1", "deliveries/2", "push", "colleague", "calls"]) {
      await page.evaluate(`location.hash = "#${section}"`);
      if (section.includes("/")) await page.locator(".detail pre").first().waitFor();
      if (section === "push") await page.locator("form button.primary").click();
      if (section === "push") await page.locator(".outcomes li").nth(1).waitFor();
      await expect
        .poll(() => page.locator("main").textContent(), { message: section })
        .toContain("<img src=x onerror=");
      expect(await page.locator("img, script:not([src]), b, main [onerror]").count(), section).toBe(0);
      expect(await page.locator('a[href^="javascript:"]').count(), section).toBe(0);
      expect(await page.evaluate("document.documentElement.scrollWidth"), section).toBeLessThanOrEqual(400);
    }
    // A change of language renders everything again.
    await page.getByRole("button", { name: "中文" }).click();
    expect(complaints).toEqual([]);
  });

  test("a page of another origin changes nothing", async () => {
    const emulator = await running();
    emulator.setState(account("http://127.0.0.1:9"));
    const elsewhere = await serve((_, response) => void response.end("<!doctype html><title>elsewhere</title>"));
    const page = await blankPage();
    await page.goto(`${elsewhere.url}/`);
    const before = emulator.state();
    const attempt = (method: string, place: string, body: unknown) =>
      page.evaluate(
        `fetch(${JSON.stringify(emulator.url + place)}, { method: "${method}", mode: "${method === "POST" ? "no-cors" : "cors"}", body: ${JSON.stringify(JSON.stringify(body))} }).then(({ type }) => type, () => "refused")`,
      );
    expect(await attempt("POST", "/_emulator/push", { domain: "push.example.com", app: "live", stream: "s" })).toBe(
      "opaque",
    );
    expect(await attempt("POST", "/_emulator/faults", [{ action: "*", kind: "hang" }])).toBe("opaque");
    expect(await attempt("POST", "/", {})).toBe("opaque");
    expect(await attempt("PUT", "/_emulator/state", {})).toBe("refused");
    expect(emulator.state()).toEqual(before);
    expect(emulator.faults()).toEqual([]);
    expect(emulator.requests()).toEqual([]);
    // It can't read anything either.
    const read = `fetch("${emulator.url}/_emulator/state").then((answer) => answer.text(), () => "refused")`;
    expect(await page.evaluate(read)).toBe("refused");
  });

  test("under another host name, neither the page nor the API answers", async () => {
    const emulator = await running();
    const page = await blankPage();
    const answer = await page.goto(`http://${foreignHost}:${emulator.port}/`);
    expect(answer?.status()).toBe(403);
    const inside = 'fetch("/_emulator/state").then(({ status }) => status)';
    expect(await page.evaluate(inside)).toBe(403);
  });

  test("the page can't be framed", async () => {
    const emulator = await running();
    const page = await blankPage();
    await page.goto(`${emulator.url}/`);
    const answer = await page.request.get(`${emulator.url}/`);
    expect(answer.headers()["content-security-policy"]).toContain("frame-ancestors 'none'");
    expect(answer.headers()["content-security-policy"]).not.toContain("unsafe");
  });

  test("without a stream, the page polls once a second, without an error", async () => {
    const emulator = await running();
    emulator.setState(account("http://127.0.0.1:9"));
    const page = await blankPage();
    await page.route("**/_emulator/updates*", (route) =>
      route.request().headers().accept === "text/event-stream" ? route.abort() : route.continue(),
    );
    await page.goto(`${emulator.url}/`);
    await page.getByRole("heading", { name: "seven" }).waitFor();
    expect(await page.locator(".connection").getAttribute("data-state")).toBe("polling");
    emulator.editState({ templates: [{ TemplateId: 7, TemplateName: "eight" }] });
    await page.getByRole("heading", { name: "eight" }).waitFor({ timeout: 2000 });
  });

  test("the page says when the emulator ends, and continues with the next one", async () => {
    const emulator = await running();
    emulator.setState(account("http://127.0.0.1:9"));
    const { page } = await open(emulator);
    await page.getByRole("heading", { name: "seven" }).waitFor();
    await emulator.stop();
    await page.getByText("The emulator does not answer.").waitFor();
    await page.getByRole("heading", { name: "seven" }).waitFor();
    await running({ port: emulator.port });
    await page.getByText("No template yet.").waitFor();
    await expect.poll(() => page.locator(".connection").getAttribute("data-state")).toBe("live");
  });

  test("of 10 000 deliveries, the newest show immediately and the oldest can be found", async () => {
    const emulator = await running({ propagation: 0 });
    // The emulator never calls this host, so each attempt is quick.
    emulator.setState(account("http://callbacks.example.com"));
    const stream = { domain: "push.example.com", app: "live" };
    const push = (name: string, count: number) =>
      emulator.push({ ...stream, stream: name, events: Array.from({ length: count }, () => 1 as const) });
    const { page } = await open(emulator, "deliveries");
    await push("first", 1);
    for (let part = 0; part < 100; part++) await push(`part-${part}`, 100);
    const rows = page.locator(".row");
    await page.getByText("100 of 10000", { exact: true }).waitFor();
    expect(await rows.count()).toBe(100);
    expect(await rows.first().innerText()).toContain("live/part-99");
    await page.getByRole("button", { name: "Older" }).click();
    await expect.poll(() => rows.first().innerText()).toContain("live/part-98");
    await page.getByLabel("Domain, app, stream or URL").fill("part-0");
    await expect.poll(() => rows.first().innerText()).toContain("live/part-0");
    await page.getByLabel("Domain, app, stream or URL").fill("");
    await push("last", 1);
    await expect.poll(() => rows.first().innerText()).toContain("live/last");
    // The first one is no longer kept.
    await page.goto(`${emulator.url}/#deliveries/1`);
    await page.getByText("This delivery is not kept any more.").waitFor();
  });
});
