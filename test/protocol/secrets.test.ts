// The callback key is marked as secret wherever it is returned. No output shows it or the credentials.
import type { IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LoopbackServer, listen } from "../loopback.ts";
import { secret } from "../secretValues.ts";
import { account, templateState, url } from "./fixtures.ts";
import { failureOf, ProviderProcess, type Resource, unknown, type Values } from "./providerProcess.ts";
import { onAccount, provider, templates } from "./run.ts";

describe("the callback key", () => {
  onAccount({
    templates: [
      { TemplateId: 1, TemplateName: "keyed", RecordNotifyUrl: url, CallbackKey: "KeyOfTheTemplate" },
      { TemplateId: 2, TemplateName: "plain", RecordNotifyUrl: url },
      { TemplateId: 3, TemplateName: "left-1234567", RecordNotifyUrl: url, CallbackKey: "KeyOfTheTemplate" },
    ],
  });

  // A transform can remove the program's mark: see test/e2e/automationApi.deep.test.ts.
  test.each(["KeyOfTheProgram", unknown])("is a secret in the result of a check: %s", async (callbackKey) => {
    const { inputs } = await templates.check({}, { templateName: "new", recordNotifyUrl: url, callbackKey });
    expect(inputs.callbackKey).toEqual(secret(callbackKey));
  });

  test("is a secret in the result of a create", async () => {
    const { outs } = await templates.make({
      templateName: "new",
      recordNotifyUrl: url,
      callbackKey: "KeyOfTheProgram",
    });
    expect(outs.callbackKey).toEqual(secret("KeyOfTheProgram"));
  });

  test("is a secret in the outputs and inputs of a refresh", async () => {
    const fields = { templateName: "keyed", recordNotifyUrl: url, callbackKey: "KeyOfTheTemplate" };
    const { props, inputs } = await templates.read("1", templateState("1", fields));
    expect(props.callbackKey).toEqual(secret("KeyOfTheTemplate"));
    expect(inputs?.callbackKey).toEqual(secret("KeyOfTheTemplate"));
  });

  test("is a secret in a refresh that finds a key which the program never set", async () => {
    const { props, inputs } = await templates.read(
      "1",
      templateState("1", { templateName: "keyed", recordNotifyUrl: url }),
    );
    expect(props.callbackKey).toEqual(secret("KeyOfTheTemplate"));
    expect(inputs?.callbackKey).toEqual(secret("KeyOfTheTemplate"));
  });

  test("is a secret in the result of `get`", async () => {
    expect((await templates.read("1")).props.callbackKey).toEqual(secret("KeyOfTheTemplate"));
  });

  test("is missing if the template has none", async () => {
    const fields = { templateName: "plain", recordNotifyUrl: url };
    const { props, inputs } = await templates.read("2", templateState("2", fields));
    expect(props).not.toHaveProperty("callbackKey");
    expect(inputs).not.toHaveProperty("callbackKey");
    const { outs } = await templates.update("2", templateState("2", fields), { ...fields, description: "x" });
    expect(outs).not.toHaveProperty("callbackKey");
  });

  test("is named but not shown where it differs", async () => {
    const fields = { templateName: "keyed", recordNotifyUrl: url, callbackKey: "KeyOfTheProgram" };
    const imported = await failureOf(templates.create({ ...fields, __import: "1" }));
    expect(imported.message).toMatch(/callbackKey \(set in the account\)/);
    const leftover = { ...fields, templateName: "left-1234567", __autoName: "left-1234567" };
    expect((await failureOf(templates.create(leftover))).message).toMatch(/differs in callbackKey/);
    await templates.update("1", templateState("1", fields), { ...fields, description: "y" });
    expect(provider.lines("warning")).toEqual([
      expect.stringMatching(/: callbackKey was changed outside of this stack/),
    ]);
  });

  // Last, to cover all tests above.
  test("is in no output", () => {
    expect(provider.told()).not.toMatch(/KeyOfTheTemplate|KeyOfTheProgram|emulator-key/);
  });
});

describe("a server that echoes the request in its errors", () => {
  let server: LoopbackServer;
  let provider: ProviderProcess;
  let templates: Resource;
  let credentials: Record<string, string>;
  let garbled = false;
  const live = { TemplateId: 1, TemplateName: "events", RecordNotifyUrl: url, CallbackKey: "KeyOfAColleague" };

  beforeAll(async () => {
    server = await listen(async (request, response) => {
      const Response = answer(request.headers, await text(request));
      const answered = JSON.stringify({ Response });
      response.end(garbled ? answered.replace('"}', '"oops}') : answered);
    });
    credentials = {
      TENCENTCLOUD_LVB_ENDPOINT: server.url,
      TENCENTCLOUD_SECRET_ID: "an-id",
      TENCENTCLOUD_SECRET_KEY: "KeyOfTheAccount",
      TENCENTCLOUD_TOKEN: "TokenOfTheSession",
      TENCENTCLOUD_LVB_REQUEST_TIMEOUT: "1",
    };
    provider = await ProviderProcess.start({ env: credentials });
    templates = provider.resource("CallbackTemplate");
  });

  afterAll(async () => {
    await provider.stop();
    await server.stop();
  });

  function answer(headers: IncomingHttpHeaders, body: string): Values {
    if (headers["x-tc-action"] === "DescribeLiveCallbackTemplates") return { Templates: [live], RequestId: "r" };
    if (headers["x-tc-action"] === "GetCallerIdentity") return { AccountId: account, RequestId: "r" };
    const Message = `${headers["x-tc-token"]} sent ${body}`;
    return { Error: { Code: "InvalidParameter", Message }, RequestId: "r" };
  }

  const fields = { templateName: "events", recordNotifyUrl: url };
  const own = { ...fields, callbackKey: "KeyOfTheProgram" };

  test.each<[string, () => Promise<unknown>]>([
    ["a key that a create sets", () => templates.create({ ...own, templateName: "new" })],
    ["a short key", () => templates.create({ ...own, templateName: "newer", callbackKey: "k3y" })],
    ["a key that an update sets", () => templates.update("1", templateState("1", fields), own)],
    [
      "a key that only the account knows",
      () => templates.update("1", templateState("1", fields), { ...fields, description: "x" }),
    ],
    ["a token", () => provider.resource("DomainTemplateBinding").read("push.example.com/live")],
  ])("doesn't make us show %s", async (_, call) => {
    const { message } = await failureOf(call());
    expect(message).toContain("[secret] sent");
    expect(provider.told()).not.toMatch(/KeyOf|TokenOf|k3y/);
  });

  test("doesn't make us show a part of a garbled answer", async () => {
    const other = await ProviderProcess.start({ env: credentials });
    garbled = true;
    const { message } = await failureOf(other.resource("CallbackTemplate").read("1"));
    garbled = false;
    expect(message).toMatch(/did not answer as the API does/);
    expect(other.told()).not.toMatch(/Key|Colleague/);
    await other.stop();
  });
});
