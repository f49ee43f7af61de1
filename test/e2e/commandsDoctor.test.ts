// `doctor` finds problems and never throws. Every command reports a problem in one line.
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startEmulator } from "../../emulator/index.ts";
import { quickDescribe, some } from "../depth.ts";
import { caller, roleArn, startRoleAccount } from "../roleAccount.ts";
import { account, onStack, program, stack } from "./account.ts";
import { type CommandOptions, command, expectError, expectPlain } from "./commandLine.ts";
import { createStack, type RunResult, type Stack } from "./harness.ts";

interface Finding {
  check: string;
  result: string;
  detail: string;
  remedy: string | null;
}

const secretKey = "SecretKeyOfTheAccount6x";
const declared = program(`
  const template = new lvb.CallbackTemplate("events", { streamBeginNotifyUrl: url, callbackKey: "KeyOfTheProgram1x" });
  new lvb.DomainTemplateBinding("live", {
    domainName: "push.example.com", appName: "live", templateId: template.templateId,
  });
`);

/** Nothing listens here. */
let deadUrl: string;

onStack(
  () => ({ program: declared, emulator: { url: account.url, secretKey } }),
  async () => {
    await stack.up();
    const gone = await startEmulator();
    deadUrl = gone.url;
    await gone.stop();
  },
  { secretKey },
);

afterEach(() => account.emulator.clearFaults());

quickDescribe("doctor", () => {
  test("finds no problem in a working setup, and only reads", async () => {
    const state = account.emulator.state();
    const writes = await account.writes(async () => {
      const result = await command(stack, ["doctor"]);
      expect(result.exitCode, result.output).toBe(0);
      expect(result.stderr).toBe("");
      expect(result.stdout).not.toMatch(/^(warning|problem)/m);
      expectNoSecret(result);
    });
    expect(writes).toEqual([]);
    expect(account.emulator.state()).toEqual(state);
    const findings = await findingsOf({}, 0);
    expect(findings.map(({ check }) => check)).toEqual([
      "Node.js",
      "Pulumi CLI",
      "project",
      "Pulumi SDK",
      "package",
      "TypeScript",
      "stack",
      "state",
      "configuration",
      "settings",
      "proxy",
      "endpoint",
      "clock",
      "credentials",
      "account",
      "DescribeLiveCallbackTemplates",
      "DescribeLiveCallbackRules",
      "DescribeLiveDomains",
    ]);
  });

  const none = { TENCENTCLOUD_SECRET_ID: undefined, TENCENTCLOUD_SECRET_KEY: undefined };
  const refused = { TENCENTCLOUD_LVB_REQUEST_TIMEOUT: "1" };

  test("finds that there are no credentials", async () => {
    const findings = await findingsOf({ env: none }, 1);
    expect(of(findings, "credentials")).toMatchObject({
      result: "problem",
      detail: expect.stringContaining("no credentials found"),
      remedy: expect.stringContaining("set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY"),
    });
  });

  test("finds a wrong key", async () => {
    const findings = await findingsOf({ env: { TENCENTCLOUD_SECRET_KEY: "WrongKeyOfSomeone7x" } }, 1);
    expect(of(findings, "credentials")).toMatchObject({ result: "ok" });
    expect(of(findings, "DescribeLiveCallbackTemplates")).toMatchObject({
      result: "problem",
      detail: expect.stringContaining("AuthFailure.SignatureFailure"),
      remedy: expect.stringContaining("check the credentials"),
    });
  });

  test("finds an unreachable endpoint", async () => {
    const findings = await findingsOf({ env: { ...refused, TENCENTCLOUD_LVB_ENDPOINT: deadUrl } }, 1);
    expect(of(findings, "endpoint")).toMatchObject({
      result: "problem",
      detail: expect.stringMatching(/cannot be reached \(.*ECONNREFUSED/),
      remedy: expect.stringContaining("check the network, the proxy"),
    });
  });

  test("finds a suspended account", async () => {
    account.emulator.addFaults([{ action: "*", kind: "code", code: "ResourceNotFound.FreezeService", times: 1000 }]);
    const findings = await findingsOf({}, 1);
    for (const check of ["DescribeLiveCallbackTemplates", "DescribeLiveCallbackRules", "DescribeLiveDomains"]) {
      expect(of(findings, check)).toMatchObject({
        result: "problem",
        detail: expect.stringContaining("ResourceNotFound.FreezeService"),
        remedy: "the Live service of the account is suspended; contact Tencent Cloud",
      });
    }
  });

  /** An unreachable endpoint; `.invalid` never resolves. */
  const nowhere = { ...refused, TENCENTCLOUD_LVB_ENDPOINT: "live.invalid" };

  test("accepts a proxy as other tools do, and doesn't show its password", async () => {
    const addresses = [
      "http://user:SecretOfProxy8x@127.0.0.1:1",
      "http://user:a@SecretOfProxy8x@127.0.0.1:1",
      "user:SecretOfProxy8x@127.0.0.1:1",
    ];
    for (const HTTPS_PROXY of addresses) {
      const findings = await findingsOf({ env: { ...nowhere, HTTPS_PROXY, no_proxy: "example.com" } }, 1);
      expect(of(findings, "proxy")).toMatchObject({
        result: "ok",
        detail: "HTTPS_PROXY=http://127.0.0.1:1, except for NO_PROXY=example.com",
      });
      // The proxy is asked, not the DNS.
      expect(of(findings, "endpoint")).toMatchObject({
        result: "problem",
        detail: expect.stringMatching(/^https:\/\/live\.invalid cannot be reached \(.*ECONNREFUSED 127\.0\.0\.1:1/),
      });
    }
  });

  test.each<[Record<string, string>, RegExp]>([
    [
      { HTTPS_PROXY: "socks5://user:SecretOfProxy8x@127.0.0.1:1" },
      /^HTTPS_PROXY is ignored: .*SOCKS is not supported$/,
    ],
    [{ https_proxy: "http://" }, /^https_proxy is ignored: .*http:\/\/host:port/],
    [
      { HTTP_PROXY: "http://127.0.0.1:1", ALL_PROXY: "http://127.0.0.1:1" },
      /^only HTTPS_PROXY is used, not HTTP_PROXY, ALL_PROXY$/,
    ],
  ])("warns of a proxy that is not used: %j", async (env, detail) => {
    const findings = await findingsOf({ env: { ...nowhere, ...env } }, 1);
    expect(of(findings, "proxy")).toMatchObject({
      result: "warning",
      detail: expect.stringMatching(detail),
      remedy: expect.stringMatching(/^set HTTPS_PROXY=http:\/\/host:port$/i),
    });
    expect(of(findings, "endpoint").detail).toMatch(/ENOTFOUND|EAI_AGAIN/);
  });

  test("says what to write instead of a wrong endpoint", async () => {
    const remedies = {
      "http://live.invalid": "write https://live.invalid",
      "https://live.invalid/v1": "write https://live.invalid",
      "127.0.0.1:1": "write http://127.0.0.1:1, or https:// if it speaks TLS",
      "cvm.tencentcloudapi.com": expect.stringContaining("write https://live.tencentcloudapi.com"),
    };
    for (const [endpoint, remedy] of Object.entries(remedies)) {
      const findings = await findingsOf({ env: { TENCENTCLOUD_LVB_ENDPOINT: endpoint } }, 1);
      expect(of(findings, "settings")).toMatchObject({ result: "problem", remedy });
    }
  });

  test("warns that TENCENTCLOUD_DOMAIN, which the Terraform provider reads, is ignored", async () => {
    const env = { ...refused, TENCENTCLOUD_DOMAIN: "intl.tencentcloudapi.com", HTTPS_PROXY: "127.0.0.1:1" };
    const findings = await findingsOf({ env: { ...env, TENCENTCLOUD_LVB_ENDPOINT: undefined } }, 1);
    expect(of(findings, "settings")).toMatchObject({
      result: "warning",
      detail: expect.stringContaining("TENCENTCLOUD_DOMAIN is ignored"),
      remedy: "set TENCENTCLOUD_LVB_ENDPOINT=https://live.intl.tencentcloudapi.com",
    });
    expect(of(findings, "endpoint").detail).toContain("https://live.tencentcloudapi.com");
  });

  test("finds a tccli profile, or says that it doesn't exist", async () => {
    const folder = mkdtempSync(join(dirname(stack.project), "tccli-"));
    const file = join(folder, "prod.credential");
    writeFileSync(file, JSON.stringify({ secretId: "emulator-id", secretKey, token: "" }));
    const env = { ...none, TENCENTCLOUD_SHARED_CREDENTIALS_DIR: folder };
    const findings = await findingsOf({ env: { ...env, TENCENTCLOUD_PROFILE: "prod" } }, 0);
    expect(of(findings, "credentials")).toMatchObject({ result: "ok", detail: `tccli profile prod (${file})` });
    expect(of(findings, "DescribeLiveDomains")).toMatchObject({ result: "ok" });

    const absent = await findingsOf({ env: { ...env, TCCLI_PROFILE: "staging" } }, 1);
    expect(of(absent, "credentials")).toMatchObject({
      result: "problem",
      detail: expect.stringMatching(/tccli profile staging \(.*staging\.credential\): not found; `tccli configure/),
    });
  });

  test("assumes a role, or says why it can't", async () => {
    const emulator = await startEmulator();
    const role = await startRoleAccount(emulator);
    onTestFinished(async () => {
      await role.stop();
      await emulator.stop();
    });
    const env = {
      TENCENTCLOUD_LVB_ENDPOINT: role.url,
      TENCENTCLOUD_SECRET_ID: caller.secretId,
      TENCENTCLOUD_SECRET_KEY: caller.secretKey,
      TENCENTCLOUD_ASSUME_ROLE_ARN: roleArn,
    };
    const findings = await findingsOf({ env }, 0);
    expect(of(findings, "credentials")).toMatchObject({
      result: "ok",
      detail: `role ${roleArn} (TENCENTCLOUD_ASSUME_ROLE_ARN), assumed with the environment (TENCENTCLOUD_SECRET_ID)`,
    });
    expect(of(findings, "account")).toMatchObject({ result: "ok" });

    role.refusals.push("UnauthorizedOperation");
    expect(of(await findingsOf({ env }, 1), "credentials")).toMatchObject({
      result: "problem",
      detail: expect.stringContaining(`cannot assume role ${roleArn}`),
      remedy: "in CAM, allow sts:AssumeRole",
    });
    emulator.clearRequests();
    const saml = await findingsOf({ env: { ...env, TENCENTCLOUD_ASSUME_ROLE_SAML_ASSERTION: "assertion" } }, 1);
    expect(of(saml, "credentials")).toMatchObject({
      result: "problem",
      detail: expect.stringContaining(
        "TENCENTCLOUD_ASSUME_ROLE_SAML_ASSERTION: this way to assume a role is not supported",
      ),
      remedy: expect.stringContaining("get temporary credentials of the role with another tool"),
    });
    // Except for the request that checks the clock, which isn't an API call.
    expect(emulator.requests().filter(({ action }) => action !== "")).toEqual([]);
  });

  test("finds a missing project, and TypeScript 7 in a program that needs an older one", async () => {
    const folder = mkdtempSync(join(dirname(stack.project), "other-"));
    const empty = await findingsOf({ cwd: folder }, 1);
    expect(of(empty, "project")).toMatchObject({
      result: "problem",
      detail: expect.stringContaining("no Pulumi project"),
    });
    expect(of(empty, "package")).toMatchObject({ result: "problem" });
    // Checks that need no project still run.
    expect(of(empty, "DescribeLiveDomains")).toMatchObject({ result: "ok" });

    mkdirSync(join(folder, "node_modules/typescript"), { recursive: true });
    writeFileSync(join(folder, "node_modules/typescript/package.json"), '{"name":"typescript","version":"7.0.0"}');
    writeFileSync(join(folder, "Pulumi.yaml"), "name: other\nruntime: nodejs\n");
    writeFileSync(join(folder, "index.js"), "");
    expect(of(await findingsOf({ cwd: folder }, 1), "TypeScript")).toMatchObject({ result: "ok" });
    writeFileSync(join(folder, "index.ts"), "");
    expect(of(await findingsOf({ cwd: folder }, 1), "TypeScript")).toMatchObject({
      result: "problem",
      remedy: expect.stringContaining('"typescript@<7"'),
    });
  });

  test("warns of a large stack in a backend that gets the whole state at each step", async () => {
    const former = stack.readState();
    const [like] = former.deployment.resources ?? [];
    if (!like) throw new Error("The stack holds something.");
    const more = Array.from({ length: 300 }, (_, i) => ({
      ...like,
      urn: `${like.urn}-${i}`,
      type: "test:index:Other",
    }));
    stack.writeState({
      ...former,
      deployment: { ...former.deployment, resources: [...(former.deployment.resources ?? []), ...more] },
    });
    expect(of(await findingsOf({}, 0), "state")).toMatchObject({
      result: "warning",
      detail: expect.stringMatching(/^2 templates and bindings; the engine writes all 30\d resources .* at each step$/),
      remedy: expect.stringContaining("PULUMI_DIY_BACKEND_ZSTD=true"),
    });
    expect(of(await findingsOf({ env: { PULUMI_DIY_BACKEND_ZSTD: "true" } }, 0), "state").result).toBe("ok");
    stack.writeState(former);
  });

  test("warns of configuration that the state doesn't have", async () => {
    await stack.setConfig("tencentcloud:propagationSeconds", "30");
    const findings = await findingsOf({}, 0);
    expect(of(findings, "configuration")).toMatchObject({
      result: "warning",
      detail: "tencentcloud:propagationSeconds; the state has a different propagationSeconds",
      remedy: expect.stringContaining("`pulumi up`"),
    });
    await stack.succeed("config", "rm", "tencentcloud:propagationSeconds");
  });
});

describe("with a problem, each command says so in one line:", () => {
  const commands: Record<string, string[]> = {
    status: ["status"],
    wait: ["wait"],
    list: ["list"],
    import: ["import", "--yes"],
    unbind: ["unbind", "push.example.com", "foreign", "--yes"],
    verify: ["verify"],
    doctor: ["doctor"],
  };
  /** Created in `beforeAll`. */
  const places = { noProject: "", noStack: "", corrupt: "", empty: "" };
  let corrupt: Stack;

  beforeAll(async () => {
    const home = dirname(stack.project);
    for (const name of ["noProject", "noStack", "empty"] as const) {
      places[name] = mkdtempSync(join(home, `${name}-`));
    }
    writeFileSync(join(places.noStack, "Pulumi.yaml"), "name: without-stack\nruntime: nodejs\n");
    corrupt = await createStack({ program: declared, emulator: { url: account.url, secretKey } });
    for (const entry of readdirSync(corrupt.backend, { recursive: true, withFileTypes: true })) {
      if (entry.isFile() && entry.name === "test.json")
        writeFileSync(join(entry.parentPath, entry.name), '{"version": 3,');
    }
  });

  afterAll(() => corrupt?.dispose());

  interface Trouble {
    name: string;
    options: () => CommandOptions;
    says: RegExp;
    /** The commands that work anyway. */
    unharmed?: string[];
    stack?: () => Stack;
  }

  const troubles: Trouble[] = [
    {
      name: "no credentials",
      options: () => ({ env: { TENCENTCLOUD_SECRET_ID: undefined, TENCENTCLOUD_SECRET_KEY: undefined } }),
      says: /no credentials found\. .*Next: set TENCENTCLOUD_SECRET_ID/,
      unharmed: ["status", "wait"],
    },
    {
      name: "no network",
      options: () => ({ env: { TENCENTCLOUD_LVB_ENDPOINT: deadUrl, TENCENTCLOUD_LVB_REQUEST_TIMEOUT: "0.5" } }),
      says: /cannot (be reached|reach) .*ECONNREFUSED/,
      unharmed: ["status", "wait"],
    },
    {
      name: "no stack",
      options: () => ({ cwd: places.noStack }),
      says: /no stack selected.*Next: `pulumi stack select`, or pass --stack NAME/,
    },
    {
      name: "no project",
      options: () => ({ cwd: places.noProject }),
      says: /no Pulumi project in .*Next: run this in a project's folder, or pass --cwd DIR/,
    },
    {
      name: "no Pulumi CLI",
      options: () => ({ env: { PATH: places.empty } }),
      says: /no usable Pulumi CLI on PATH .*Next: install it/,
    },
    {
      name: "a corrupt state",
      options: () => ({}),
      says: /unexpected end of JSON|could not (load|deserialize)|test\.json/,
      stack: () => corrupt,
    },
  ];

  const tried = troubles.map((trouble, index) => ({
    ...trouble,
    commands: some(Object.entries(commands), (_command, which) => (index + which) % 3 === 0),
  }));

  describe.each(tried)("$name", ({ commands, options, says, unharmed = [], stack: its = () => stack }) => {
    test.each(commands)("%s", async (name, args) => {
      const before = account.emulator.state();
      const timeout = name === "wait" ? ["--timeout", "0.1s"] : [];
      const result = await command(its(), [...args, ...timeout], options());
      expectNoSecret(result);
      if (unharmed.includes(name)) {
        // `wait` ends with its timeout.
        expect(result.exitCode, result.output).toBe(name === "wait" ? 3 : 0);
      } else if (name === "doctor") {
        expect([result.exitCode, result.stderr]).toEqual([1, ""]);
        expect(result.stdout).toMatch(/^problem /m);
        expectPlain(result);
      } else {
        expectError(result, 1, says);
        expect(result.stderr.trimEnd().split("\n")).toHaveLength(1);
        expect(result.stdout).toBe("");
      }
      expect(account.emulator.state()).toEqual(before);
    });
  });

  const mistakes: [string, string[]][] = [
    ["no such command", ["lst"]],
    ["no such option", ["status", "--jsn"]],
    ["an argument too few", ["unbind"]],
    ["an argument too many", ["status", "prod"]],
    ["an option without its value", ["wait", "--timeout"]],
  ];

  test.each(some(mistakes, 2))("a wrong command line has exit code 2: %s", async (_what, args) => {
    const result = await command(stack, args);
    expectError(result, 2, /unknown|missing|too many/);
  });
});

async function findingsOf(options: CommandOptions, exitCode: number): Promise<Finding[]> {
  const result = await command(stack, ["doctor", "--json"], options);
  expect(result.exitCode, result.output).toBe(exitCode);
  expect(result.stderr).toBe("");
  expectNoSecret(result);
  const { ok, checks }: { ok: boolean; checks: Finding[] } = JSON.parse(result.stdout);
  expect(ok).toBe(exitCode === 0);
  return checks;
}

function of(findings: readonly Finding[], check: string): Finding {
  const found = findings.find((finding) => finding.check === check);
  if (!found) throw new Error(`doctor says nothing of ${check}: ${JSON.stringify(findings, null, 2)}`);
  return found;
}

function expectNoSecret({ output }: RunResult): void {
  expect(output).not.toMatch(
    /SecretKeyOfTheAccount|SecretKeyOfTheCaller|TokenOfTheRole|WrongKeyOfSomeone|KeyOfTheProgram|foreignKey|SecretOfProxy|throw-away/,
  );
}
