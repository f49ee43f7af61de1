// The exact size of a resource in the state, since a large state makes every step of the engine slower.
import { expect, test } from "vitest";
import { account, onStack, stack } from "./account.ts";

const domain = "push.live-eu1.example.com";
const url = "https://callbacks.example.com/".padEnd(60, "x");

const program = `
  const pulumi = require("@pulumi/pulumi");
  const lvb = require("pulumi-tencentcloud-lvb");
  const template = new lvb.CallbackTemplate("template", {
    templateName: "live-events-of-2026",
    streamBeginNotifyUrl: "${url}", streamEndNotifyUrl: "${url}", recordNotifyUrl: "${url}",
    callbackKey: new pulumi.Config().requireSecret("callbackKey"),
  });
  new lvb.DomainTemplateBinding("binding", {
    domainName: "${domain}", appName: "channels", templateId: template.templateId,
  });
`;

onStack(
  () => ({ program, config: { "lvb-e2e:callbackKey": { secret: "K".repeat(32) } } }),
  async () => {
    account.edit((state) => {
      Object.assign(state, { domains: [...state.domains, { ...state.domains[0], Name: domain }] });
    });
    await stack.up();
  },
);

/** Inputs and outputs as compact JSON. The engine adds more, such as URN and time. */
async function bytesOf(name: string): Promise<number> {
  const resource = stack.resources("CallbackTemplate", "DomainTemplateBinding").get(name);
  return Buffer.byteLength(JSON.stringify(resource?.inputs) + JSON.stringify(resource?.outputs));
}

test.each([
  { name: "binding", bytes: 564, goal: 600 },
  { name: "template", bytes: 1_366, goal: 1_400 },
])("a $name takes $bytes bytes, before and after a refresh", async ({ name, bytes, goal }) => {
  expect(bytes).toBeLessThanOrEqual(goal);
  expect(await bytesOf(name)).toBe(bytes);
  await stack.refresh("--expect-no-changes");
  expect(await bytesOf(name)).toBe(bytes);
});
