// Each section of the console, used by clicking: it shows what the emulator does.
import { expect, test } from "vitest";
import { call } from "../unit/emulator/signedClient.ts";
import { account, inChromium, open, receiving, running, withBrowser } from "./console.ts";

inChromium("the console", () => {
  withBrowser();

  test("templates and domains appear after their call, without a reload", async () => {
    const emulator = await running({ propagation: 600 });
    const { page, complaints } = await open(emulator);
    await page.getByText("No template yet").waitFor();
    const { response } = await call(emulator, "CreateLiveCallbackTemplate", {
      TemplateName: "seven",
      StreamBeginNotifyUrl: "http://127.0.0.1:9/begin",
      CallbackKey: "hushKey1",
    });
    const rule = { DomainName: "push.example.com", AppName: "live", TemplateId: response.TemplateId };
    await call(emulator, "CreateLiveCallbackRule", rule);
    await page.getByRole("heading", { name: "seven" }).waitFor();
    const domain = page.getByRole("article").filter({ hasText: "push.example.com" });
    await domain.getByText(/in effect in (10:00|09:5\d)/).waitFor();
    await domain.getByText("streams get no callback").waitFor();
    expect(complaints).toEqual([]);
  });

  test("a callback key is shown only after a click", async () => {
    const emulator = await running({ propagation: 600 });
    emulator.setState(account("http://127.0.0.1:9"));
    const { page } = await open(emulator);
    expect(await page.locator("body").innerText()).not.toContain("hushKey1");
    await page.getByRole("button", { name: "Show Callback key" }).click();
    await page.getByText("hushKey1").waitFor();
    await page.getByRole("button", { name: "Hide Callback key" }).click();
    expect(await page.locator("body").innerText()).not.toContain("hushKey1");
  });

  test("an edited template shows the former URL until the window passes", async () => {
    const emulator = await running({ propagation: 600 });
    emulator.setState(account("http://127.0.0.1:9"));
    emulator.letWindowPass();
    const { page } = await open(emulator);
    const template = page.getByRole("article").filter({ hasText: "seven" }).last();
    await template.getByText("in effect", { exact: true }).waitFor();
    emulator.editState({ templates: [{ TemplateId: 7, StreamEndNotifyUrl: "http://127.0.0.1:9/ended" }] });
    await template.getByText("http://127.0.0.1:9/ended").waitFor();
    const meanwhile = template.locator(".meanwhile");
    expect(await meanwhile.innerText()).toMatch(
      /^For another (10:00|09:5\d), streams still get:\n+Push ended\nhttp:\/\/127.0.0.1:9\/end$/,
    );
    await page.getByRole("button", { name: "Let the window pass now" }).click();
    await template.getByText("in effect", { exact: true }).waitFor();
    expect(await meanwhile.count()).toBe(0);
    expect(emulator.propagating()).toEqual({ templates: [], rules: [] });
  });

  test("the progress bar of a change runs to its end", async () => {
    const emulator = await running({ propagation: 2 });
    emulator.setState(account("http://127.0.0.1:9"));
    const { page } = await open(emulator);
    await page.getByText("in effect", { exact: true }).first().waitFor({ timeout: 5000 });
    await expect.poll(() => page.getByRole("progressbar").count()).toBe(0);
  });

  test("the row of a deleted rule says that it still delivers", async () => {
    const emulator = await running({ propagation: 600 });
    emulator.setState(account("http://127.0.0.1:9"));
    emulator.letWindowPass();
    emulator.editState({ rules: [{ DomainName: "push.example.com", TemplateId: null }] });
    const { page } = await open(emulator);
    await page.getByText(/^removed, gone in (10:00|09:\d\d)$/).waitFor();
  });

  test("a delivery shows its parts, and each step of its signature check", async () => {
    const emulator = await running({ propagation: 0 });
    const receiver = await receiving(500);
    emulator.setState(account(receiver.url));
    const { page, complaints } = await open(emulator, "deliveries");
    await page.getByText("No delivery yet").waitFor();
    await emulator.push({ domain: "push.example.com", app: "live", stream: "one" });
    const rows = page.getByRole("listitem").filter({ has: page.locator(".row") });
    await expect.poll(() => rows.count()).toBe(2);
    const [ended, started] = [await rows.nth(0).innerText(), await rows.nth(1).innerText()];
    expect(ended).toContain("HTTP 200");
    expect(started).toContain("HTTP 500");
    expect(started).toContain("push.example.com/live/one");

    await rows.nth(1).getByRole("link").click();
    const detail = page.locator(".detail");
    await detail.getByRole("heading", { name: "Push started" }).waitFor();
    const text = await detail.innerText();
    const event = JSON.parse(receiver.bodies[0] ?? "");
    expect(text).toContain("HTTP 500 – the receiver answered HTTP 500; only 200 counts as delivered");
    expect(text).toMatch(/Next attempt\n.*, in 00:5\d|Next attempt\n.*, in 01:00/);
    expect(text).toContain(`••••••••${event.t}`);
    expect(text.split(event.sign)).toHaveLength(4);
    expect(text).toContain("The signature holds.");
    expect(text).toContain("x-receiver: ours");
    await detail.getByRole("button", { name: "Show Callback key" }).click();
    await detail.getByText(`hushKey1${event.t}`).waitFor();

    await detail.getByRole("button", { name: "Redeliver" }).click();
    await detail.getByText("attempt 2").waitFor();
    expect(receiver.bodies[2]).toBe(receiver.bodies[0]);
    await expect.poll(() => rows.count()).toBe(3);
    expect(complaints).toEqual([]);
  });

  test("the signature check of a delivery with a former key fails", async () => {
    const emulator = await running({ propagation: 0 });
    const receiver = await receiving();
    emulator.setState(account(receiver.url));
    await emulator.push({ domain: "push.example.com", app: "live", stream: "one" });
    emulator.editState({ templates: [{ TemplateId: 7, CallbackKey: "newKey2" }] });
    const { page } = await open(emulator, "deliveries/1");
    const detail = page.locator(".detail");
    await detail.getByText("With the key that is set now").waitFor();
    expect(await detail.locator(".tag").allInnerTexts()).toEqual([
      "equal",
      "in time when it arrived",
      "not equal",
      "in time when it arrived",
    ]);
  });

  test("the list can be filtered by place and by failure", async () => {
    const emulator = await running({ propagation: 0 });
    const receiver = await receiving(500);
    emulator.setState(account(receiver.url));
    for (const stream of ["one", "two"]) await emulator.push({ domain: "push.example.com", app: "live", stream });
    const { page } = await open(emulator, "deliveries");
    const rows = page.locator(".row");
    await expect.poll(() => rows.count()).toBe(4);
    await page.getByLabel("Domain, app, stream or URL").fill("live/two");
    await expect.poll(() => rows.count()).toBe(2);
    await emulator.push({ domain: "push.example.com", app: "live", stream: "two" });
    await expect.poll(() => rows.count()).toBe(4);
    await page.getByLabel("Domain, app, stream or URL").fill("");
    await page.getByLabel("Show").selectOption("failed");
    await expect.poll(() => rows.count()).toBe(1);
  });

  test("a pushed stream shows what was delivered, and why an event was not", async () => {
    const emulator = await running({ propagation: 600 });
    const receiver = await receiving();
    emulator.setState(account(receiver.url));
    emulator.letWindowPass();
    emulator.editState({ rules: [{ DomainName: "push.example.com", AppName: "new", TemplateId: 7 }] });
    const { page } = await open(emulator, "push");
    const result = page.locator(".outcomes");
    const push = page.getByRole("button", { name: "Push", exact: true });
    await page.getByLabel("Push error").check();
    await push.click();
    await result.getByText("delivered, HTTP 200").first().waitFor();
    expect(await result.getByRole("listitem").allInnerTexts()).toEqual([
      expect.stringMatching(/^Push started[\s\S]*delivered, HTTP 200 Delivery 1$/),
      expect.stringMatching(/^Push error\s+template 7 in effect has no PushExceptionNotifyUrl$/),
      expect.stringMatching(/^Push ended[\s\S]*delivered, HTTP 200 Delivery 2$/),
    ]);
    expect(receiver.bodies).toHaveLength(2);
    for (const [app, reason] of [
      ["new", "the rule for push.example.com/new is not in effect yet"],
      ["other", "no rule for push.example.com/other; the domain has rules for live, new"],
    ] as const) {
      await page.getByLabel("AppName").fill(app);
      await push.click();
      await result.getByText(reason).first().waitFor();
    }
    await page.getByLabel("AppName").fill("live");
    await push.click();
    await result.getByRole("link", { name: "Delivery 3" }).click();
    await page.locator(".detail").getByRole("heading", { name: "Push started" }).waitFor();
  });

  test("the controls of a colleague edit a template, bind another one, and delete a rule", async () => {
    const emulator = await running();
    emulator.setState(account("http://127.0.0.1:9"));
    const { page } = await open(emulator, "colleague");
    await page.getByText("pulumi refresh --preview-only --expect-no-changes").waitFor();
    const card = (name: string) =>
      page.locator(".card").filter({ has: page.getByRole("heading", { name, exact: true }) });
    const edit = card("Edit a template");
    await edit.getByLabel("Field").selectOption("Push ended");
    await edit.getByLabel("New value").fill("http://127.0.0.1:9/theirs");
    await edit.getByRole("button", { name: "Edit" }).click();
    await edit.getByText("Done.").waitFor();
    expect(emulator.state().templates).toMatchObject([
      { StreamBeginNotifyUrl: "http://127.0.0.1:9/begin", StreamEndNotifyUrl: "http://127.0.0.1:9/theirs" },
    ]);
    await card("Bind to another template").getByRole("button", { name: "Bind" }).click();
    await card("Bind to another template").getByText("Done.").waitFor();
    const { templates, rules } = emulator.state();
    expect(templates[1]).toMatchObject({ TemplateName: "theirs" });
    expect(rules).toMatchObject([{ AppName: "live", TemplateId: templates[1]?.TemplateId }]);
    await card("Delete a rule").getByRole("button", { name: "Delete" }).click();
    await card("Delete a rule").getByText("Done.").waitFor();
    expect(emulator.state().rules).toEqual([]);
  });

  test("calls appear as they are made, and faults and dialects can be set", async () => {
    const emulator = await running();
    const { page } = await open(emulator, "calls");
    await page.getByText("No call yet.").waitFor();
    const list = "DescribeLiveCallbackTemplates";
    await page.getByRole("combobox", { name: "Action", exact: true }).selectOption(list);
    await page.getByLabel("Kind").selectOption("code");
    await page.getByLabel("Code or location").fill("InternalError.Busy");
    await page.getByRole("button", { name: "Order" }).click();
    await page.getByText(`1 × ${list}: code InternalError.Busy`).waitFor();
    expect((await call(emulator, list)).code).toBe("InternalError.Busy");
    expect((await call(emulator, list)).code).toBeNull();
    const rows = page.locator("tbody tr");
    await expect
      .poll(() => rows.allInnerTexts())
      .toEqual([
        expect.stringMatching(/^\d\d:\d\d:\d\d\s+DescribeLiveCallbackTemplates\s+ok$/),
        expect.stringMatching(/^\d\d:\d\d:\d\d\s+DescribeLiveCallbackTemplates\s+InternalError.Busy$/),
      ]);
    await page.getByText("How the API behaves where its documentation is silent.").click();
    await page.getByLabel("duplicateRule").selectOption("overwrite");
    await expect.poll(() => emulator.dialects().duplicateRule).toBe("overwrite");
    emulator.setDialects({ duplicateRule: "error" });
    await page.getByRole("combobox", { name: "Action", exact: true }).focus();
    await expect.poll(() => page.getByLabel("duplicateRule").inputValue()).toBe("error");
    emulator.clearRequests();
    await page.getByText("No call yet.").waitFor();
  });

  test("each button shows its request as a shell command that does the same", async () => {
    const emulator = await running();
    emulator.setState(account("http://127.0.0.1:9"));
    const { page } = await open(emulator, "colleague", { permissions: ["clipboard-read", "clipboard-write"] });
    const edit = page.locator(".card").filter({ has: page.getByRole("heading", { name: "Edit a template" }) });
    await edit.getByLabel("New value").fill("http://127.0.0.1:9/it's");
    await edit.getByRole("button", { name: "Copy" }).click();
    await edit.getByRole("button", { name: "Copied" }).waitFor();
    const copied: string = await page.evaluate("navigator.clipboard.readText()");
    expect(copied).toBe(await edit.locator("code").innerText());
    const { execFile } = await import("node:child_process");
    const { promisify } = await import("node:util");
    await promisify(execFile)("sh", ["-c", copied]);
    expect(emulator.state().templates[0]?.StreamBeginNotifyUrl).toBe("http://127.0.0.1:9/it's");
  });
});
