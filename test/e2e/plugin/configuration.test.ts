// The plugin's configuration: a preview names wrong properties before any call, secrets are never in clear text, and
// explicit providers work.
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Account, startAccount } from "../account.ts";
import { createStack, type RunResult, type Stack } from "../harness.ts";
import { reference, template, yamlProgram } from "./yamlPrograms.ts";

const url = "https://callbacks.example.com/lvb";
const secrets = {
  home: "SecretKeyOfTheHome1x",
  abroad: "SecretKeyOfAbroad2x",
  misspelt: "SecretKeyUnderAnotherName3x",
  token: "TokenWithoutAPair4x",
};

const atHome = yamlProgram({ resources: { home: template({ templateName: "home", streamBeginNotifyUrl: url }) } });

/** One provider gets its secret key from the stack's configuration, the other from the program. */
const inBothAccounts = () =>
  yamlProgram({
    secrets: ["abroadSecretKey"],
    providers: {
      ofAbroad: {
        secretId: "abroad-id",
        secretKey: reference("abroadSecretKey"),
        endpoint: abroad.url,
        allowedAccountIds: ["200000000002"],
        propagationSeconds: 60,
      },
      ofHome: { secretId: "emulator-id", secretKey: secrets.home, endpoint: home.url },
    },
    resources: {
      home: template({ templateName: "home", streamBeginNotifyUrl: url }, { provider: reference("ofHome") }),
      abroad: template({ templateName: "abroad", streamBeginNotifyUrl: url }, { provider: reference("ofAbroad") }),
    },
    outputs: {
      accounts: [reference("home.accountId"), reference("abroad.accountId")],
      windows: [reference("home.propagation"), reference("abroad.propagation")],
    },
  });

let home: Account;
let abroad: Account;
let stack: Stack;
let printed = "";

beforeAll(async () => {
  home = await startAccount({ secretKey: secrets.home });
  abroad = await startAccount({ secretId: "abroad-id", secretKey: secrets.abroad, accountId: "200000000002" });
  stack = await createStack({
    yaml: true,
    program: atHome,
    config: { abroadSecretKey: { secret: secrets.abroad } },
  });
});

afterEach(() => {
  for (const [place, text] of [...stack.stateFiles(), ["printed", printed] as const]) {
    for (const [name, value] of Object.entries(secrets))
      expect(text.includes(value), `${name} in ${place}`).toBe(false);
  }
});

afterAll(async () => {
  stack?.dispose();
  await Promise.all([home?.emulator.stop(), abroad?.emulator.stop()]);
});

const pair = { secretId: "emulator-id", secretKey: { secret: secrets.home } };

test.each<[string, Record<string, string | { secret: string }>, RegExp]>([
  ["half a pair", { secretId: "emulator-id" }, /secretKey is missing: secretId and secretKey go together/],
  [
    "a token alone",
    { securityToken: { secret: secrets.token } },
    /secretId and secretKey are missing: securityToken belongs to such a pair/,
  ],
  ["a bad endpoint", { ...pair, endpoint: "live" }, /endpoint "live" is not a URL\. Next: write https:\/\/live\./],
  ["a setting that doesn't exist", { ...pair, endpiont: "x" }, /endpiont.*a setting of tencentcloud-lvb.*endpoint/],
  ["a secret under a misspelt name", { secretkey: secrets.misspelt }, /secretkey.*a setting of tencentcloud-lvb/],
  ["a bad number", { ...pair, propagationSeconds: "soon" }, /propagationSeconds .*expected a number of seconds/],
  ["another account", { ...pair, allowedAccountIds: '["300000000003"]' }, /allowedAccountIds.*100000000001/],
])("the preview names %s, without an API call", async (_what, settings, problem) => {
  await configure({ endpoint: home.url, ...settings });
  const calls = await home.calls(async () => {
    const { exitCode, output } = await pulumi("preview");
    expect(exitCode, output).not.toBe(0);
    expect(output).toMatch(problem);
  });
  expect(calls.filter((action) => action !== "GetCallerIdentity")).toEqual([]);
  await stack.succeed("config", "rm-all", ...Object.keys(settings).map(named));
});

test("the configured account and explicit providers have their own accounts and windows", async () => {
  await configure({ endpoint: home.url, ...pair });
  await succeed("up", "--yes", "--skip-preview");
  expect(home.ours().templates).toMatchObject([{ TemplateName: "home" }]);

  stack.setProgram(inBothAccounts());
  // Another provider of the same account: neither a replacement nor a write.
  const writes = await home.writes(() => succeed("up", "--yes", "--skip-preview", "--diff"));
  expect(writes).toEqual([]);
  expect(abroad.ours().templates).toMatchObject([{ TemplateName: "abroad" }]);
  const { accounts, windows } = await stack.outputs();
  expect(accounts).toEqual(["100000000001", "200000000002"]);
  expect((windows as Window[]).map(lengthOf)).toEqual([600_000, 60_000]);
  await succeed("preview", "--diff", "--expect-no-changes");
  await succeed("stack", "export");
});

test("destroy reaches both accounts", async () => {
  await succeed("destroy", "--yes", "--skip-preview");
  for (const account of [home, abroad]) expect(account.ours()).toEqual({ templates: [], rules: {} });
});

interface Window {
  changedAt: string;
  effectiveAt: string;
}

function lengthOf({ changedAt, effectiveAt }: Window): number {
  return Date.parse(effectiveAt) - Date.parse(changedAt);
}

const named = (setting: string) => `tencentcloud-lvb:${setting}`;

async function configure(settings: Record<string, string | { secret: string }>): Promise<void> {
  const flags = Object.entries(settings).flatMap(([name, value]) =>
    typeof value === "string"
      ? ["--plaintext", `${named(name)}=${value}`]
      : ["--secret", `${named(name)}=${value.secret}`],
  );
  await stack.succeed("config", "set-all", ...flags);
}

async function pulumi(...args: string[]): Promise<RunResult> {
  const result = await stack.pulumi(...args);
  printed += result.output;
  return result;
}

async function succeed(...args: string[]): Promise<RunResult> {
  const result = await pulumi(...args);
  expect(result.exitCode, result.output).toBe(0);
  return result;
}
