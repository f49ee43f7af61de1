// The `__provider` text in users' states must never change.
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CallbackTemplate, DomainTemplateBinding, PropagationWait } from "../../provider/index.ts";
import { longAgo, url } from "./fixtures.ts";
import { ProviderProcess, providerTexts, type ResourceName, type Values } from "./providerProcess.ts";

const registered = new Map<string, Values>();

beforeAll(async () => {
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, id, inputs }) => {
        registered.set(type, inputs);
        return { id: id ?? "1001", state: inputs };
      },
      call: () => ({}),
    },
    "lvb-protocol",
    "test",
  );
});

let provider: ProviderProcess | undefined;

afterAll(() => provider?.stop());

test("each resource stores its constant text under its type token, without a credential", async () => {
  process.env.TENCENTCLOUD_SECRET_KEY = "KeyOfTheEnvironment";
  const template = new CallbackTemplate("events", { streamBeginNotifyUrl: url });
  const binding = new DomainTemplateBinding("live", {
    domainName: "push.example.com",
    appName: "live",
    templateId: template.templateId,
  });
  const wait = new PropagationWait("wait", { changes: [longAgo] });
  await Promise.all([template, binding, wait].map(({ urn }) => new Promise((resolve) => urn.apply(resolve))));
  delete process.env.TENCENTCLOUD_SECRET_KEY;

  const texts = [...registered].map(([type, inputs]) => [type, inputs.__provider]);
  expect(Object.fromEntries(texts)).toEqual({
    "pulumi-nodejs:dynamic/tencentcloud-lvb:CallbackTemplate": providerTexts.CallbackTemplate,
    "pulumi-nodejs:dynamic/tencentcloud-lvb:DomainTemplateBinding": providerTexts.DomainTemplateBinding,
    "pulumi-nodejs:dynamic/tencentcloud-lvb:PropagationWait": providerTexts.PropagationWait,
  });
  expect(JSON.stringify([...registered])).not.toContain("KeyOfTheEnvironment");
});

test("each text works in the host's process, and is returned with the inputs", async () => {
  provider = await ProviderProcess.start();
  for (const name of Object.keys(providerTexts) as ResourceName[]) {
    const { inputs } = await provider.resource(name).check({}, {});
    expect(inputs.__provider).toBe(providerTexts[name]);
  }
});
