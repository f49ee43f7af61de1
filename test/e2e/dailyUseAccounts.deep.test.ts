// Several accounts, with credentials from the configuration, explicit providers and the environment.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Account, expectNothingToDo, program, startAccount, url } from "./account.ts";
import { createStack, type Stack } from "./harness.ts";

let home: Account;
let abroad: Account;
let stack: Stack;

const abroadCredentials = { secretId: "abroad-id", secretKey: "abroadSecretKey1" };

/** The same two objects in both accounts; those in the first one with these options. */
function inBothAccounts(homeOptions: string): string {
  return program(`
    const config = new pulumi.Config();
    const abroad = new lvb.Provider("abroad", {
      secretId: "abroad-id",
      secretKey: config.requireSecret("abroadSecretKey"),
      endpoint: "${abroad.url}",
      allowedAccountIds: ["200000000002"],
      propagationSeconds: 60,
    });
    const home = new lvb.Provider("home", {
      secretId: "emulator-id",
      secretKey: new pulumi.Config("tencentcloud").requireSecret("secretKey"),
      endpoint: "${home.url}",
    });
    const make = (place, options) => {
      const template = new lvb.CallbackTemplate(place, { templateName: place, streamBeginNotifyUrl: url }, options);
      const binding = new lvb.DomainTemplateBinding(place, {
        domainName: "push.example.com", appName: place, templateId: template.templateId,
      }, options);
      return { accounts: [template.accountId, binding.accountId], propagation: binding.propagation };
    };
    module.exports = { home: make("home", ${homeOptions}), abroad: make("abroad", { provider: abroad }) };
  `);
}

const atHome = {
  templates: [{ TemplateName: "home", StreamBeginNotifyUrl: url }],
  rules: { "push.example.com/home": "home" },
};
const inAbroad = {
  templates: [{ TemplateName: "abroad", StreamBeginNotifyUrl: url }],
  rules: { "push.example.com/abroad": "abroad" },
};
const nothing = { templates: [], rules: {} };

beforeAll(async () => {
  home = await startAccount();
  abroad = await startAccount({ ...abroadCredentials, accountId: "200000000002" });
  stack = await createStack({
    program: inBothAccounts("{}"),
    config: {
      "tencentcloud:secretId": "emulator-id",
      "tencentcloud:secretKey": { secret: "emulator-key" },
      "tencentcloud:endpoint": home.url,
      "lvb-e2e:abroadSecretKey": { secret: abroadCredentials.secretKey },
    },
  });
});

afterAll(async () => {
  stack?.dispose();
  await Promise.all([home?.emulator.stop(), abroad?.emulator.stop()]);
});

test("the configured account and a provider's account each get their own objects", async () => {
  await stack.up();
  expect(home.ours()).toEqual(atHome);
  expect(abroad.ours()).toEqual(inAbroad);
  expect(await stack.outputs()).toMatchObject({
    home: { accounts: ["100000000001", "100000000001"] },
    abroad: { accounts: ["200000000002", "200000000002"] },
  });
  await expectNothingToDo(stack, home, abroad);
});

test("a provider's window applies to its resources", async () => {
  const { home: ofHome, abroad: ofAbroad } = await stack.outputs();
  expect([windowOf(ofHome), windowOf(ofAbroad)]).toEqual([600_000, 60_000]);
});

test("moving resources to an explicit provider of the same account changes nothing", async () => {
  stack.setProgram(inBothAccounts("{ provider: home }"));
  const preview = await stack.preview();
  expect(preview.stdout).not.toMatch(/replace|delete/);
  expect(await home.writes(() => stack.up())).toEqual([]);
  expect(home.ours()).toEqual(atHome);
  await expectNothingToDo(stack, home, abroad);
});

test("drift in one account is repaired there, and the other account is only read", async () => {
  abroad.edit(({ templates }) => {
    for (const template of templates) if (template.TemplateName === "abroad") template.Description = "Edited";
  });
  abroad.emulator.clearRequests();
  const run = () => stack.up("--refresh");
  expect((await home.calls(run)).toSorted()).toEqual(["DescribeLiveCallbackRules", "DescribeLiveCallbackTemplates"]);
  expect(abroad.emulator.requests().filter(({ action }) => action.startsWith("Modify"))).toHaveLength(1);
  expect(home.ours()).toEqual(atHome);
  expect(abroad.ours()).toEqual(inAbroad);
  await stack.refresh("--expect-no-changes");
});

test("a provider option under a wrong key causes a warning, and disabled default providers are never used", async () => {
  const wrongKey = `
    const group = new pulumi.ComponentResource("test:index:Group", "group", {}, { providers: { lvb: abroad } });
    new lvb.CallbackTemplate("grouped", { templateName: "grouped", streamBeginNotifyUrl: url }, { parent: group });
  `;
  stack.setProgram(inBothAccounts("{ provider: home }") + wrongKey);
  expect((await stack.preview()).output).toContain("key lvb doesn't match provider pulumi-nodejs");
  stack.setProgram(inBothAccounts("{}"));
  await stack.setConfig("pulumi:disable-default-providers[0]", "pulumi-nodejs", "--path");
  const { exitCode, output } = await stack.pulumi("preview");
  expect(exitCode, output).not.toBe(0);
  expect(output).toContain("Default provider for 'pulumi-nodejs' disabled");
  await stack.succeed("config", "rm", "pulumi:disable-default-providers");
  stack.setProgram(inBothAccounts("{ provider: home }"));
});

test("destroy reaches both accounts, and no key was ever written in clear text", async () => {
  await stack.destroy();
  expect(home.ours()).toEqual(nothing);
  expect(abroad.ours()).toEqual(nothing);
  for (const [file, text] of stack.stateFiles()) {
    expect(text, file).not.toMatch(/emulator-key|abroadSecretKey1/);
  }
});

test("up, refresh and destroy work with credentials from the environment, which never get into the state", async () => {
  using fromEnvironment = await createStack({
    program: program(`
      const template = new lvb.CallbackTemplate("abroad", { templateName: "abroad", streamBeginNotifyUrl: url });
      new lvb.DomainTemplateBinding("abroad", {
        domainName: "push.example.com", appName: "abroad", templateId: template.templateId,
      });
    `),
    emulator: { url: abroad.url, ...abroadCredentials },
  });
  await fromEnvironment.up();
  expect(abroad.ours()).toEqual(inAbroad);
  await fromEnvironment.refresh("--expect-no-changes");
  for (const [file, text] of fromEnvironment.stateFiles()) {
    expect(text, file).not.toMatch(/abroad-id|abroadSecretKey1|tencentcloud:/);
  }
  await fromEnvironment.destroy();
  expect(abroad.ours()).toEqual(nothing);
  expect(home.ours()).toEqual(nothing);
});

function windowOf(place: unknown): number {
  const { changedAt, effectiveAt } = (place as { propagation: { changedAt: string; effectiveAt: string } }).propagation;
  return Date.parse(effectiveAt) - Date.parse(changedAt);
}
