// Fatal problems: on `up`, `refresh` and `destroy`, the error says what is wrong and what to do, and neither the state nor
// any account changes.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/index.ts";
import { some } from "../depth.ts";
import { type LoopbackServer, listen } from "../loopback.ts";
import { createStack, type Deployment, type Stack } from "./harness.ts";

/** Two templates and two bindings. The edited program changes one of each, and adds one of each. */
const program = (edited: boolean) => `
  const lvb = require("pulumi-tencentcloud-lvb");
  const url = "https://hooks.example.com/lvb";
  const events = new lvb.CallbackTemplate("events", {
    templateName: "events", streamBeginNotifyUrl: url, description: ${JSON.stringify(edited ? "changed" : "first")},
  });
  const archive = new lvb.CallbackTemplate("archive", { recordNotifyUrl: url, callbackKey: "KeyOfArchive" });
  new lvb.DomainTemplateBinding("live", {
    domainName: "push.example.com", appName: "live", templateId: ${edited ? "archive" : "events"}.templateId,
  });
  new lvb.DomainTemplateBinding("vod", { domainName: "push.example.com", appName: "vod", templateId: archive.templateId });
  if (${edited}) {
    const extra = new lvb.CallbackTemplate("extra", { streamEndNotifyUrl: url }, { dependsOn: archive });
    new lvb.DomainTemplateBinding("extra", { domainName: "push.example.com", appName: "x", templateId: extra.templateId });
  }
`;

const operations = ["up", "refresh", "destroy"] as const;

interface Case {
  name: string;
  env?: () => Record<string, string | undefined>;
  prepare?: () => void;
  /** The error that the user must read, in one line. */
  says: RegExp;
}

let emulator: Emulator;
let stranger: Emulator;
let elsewhere: LoopbackServer;
let arrivedElsewhere = 0;
let deadUrl: string;
let stack: Stack;
/** The state, which must never change. */
let deployed: unknown;

beforeAll(async () => {
  emulator = await startEmulator();
  stranger = await startEmulator({ accountId: "200000000002", domains: ["push.example.net"] });
  elsewhere = await listen((_request, response) => {
    arrivedElsewhere++;
    response.end("{}");
  });
  // A port that was just free, so nobody listens on it.
  const gone = await startEmulator();
  deadUrl = gone.url;
  await gone.stop();

  stack = await createStack({ program: program(false), emulator, env: { TENCENTCLOUD_LVB_REQUEST_TIMEOUT: "5" } });
  await stack.up();
  deployed = await ours();
  stack.setProgram(program(true));
});

afterEach(() => {
  emulator.clearFaults();
  stranger.clearRequests();
});

afterAll(async () => {
  stack?.dispose();
  await Promise.all([emulator?.stop(), stranger?.stop(), elsewhere?.stop()]);
});

const answers = (code: string, next: RegExp): Case => ({
  name: code,
  prepare: () => emulator.addFaults([{ action: "*", kind: "code", code, times: 10_000 }]),
  says: new RegExp(`${code}: A fault on order \\(RequestId [-0-9a-f]{36}\\)\\. Next: ${next.source}`),
});

// For an object in the state, or for a new one, if the stack is known to be in another account.
const strange =
  /(belongs to account 100000000001, but .* account 200000000002\. .* is kept in state|rest of the stack is in account 100000000001, but .* account 200000000002)\. Next: use credentials of account 100000000001/;
const theirs = () => ({ TENCENTCLOUD_LVB_ENDPOINT: stranger.url });

const cases: Case[] = [
  {
    name: "a wrong key",
    env: () => ({ TENCENTCLOUD_SECRET_KEY: "wrong-key" }),
    says: /AuthFailure\.SignatureFailure: .* Next: check the credentials; they come from the environment/,
  },
  {
    name: "an unknown id",
    env: () => ({ TENCENTCLOUD_SECRET_ID: "nobody" }),
    says: /AuthFailure\.SecretIdNotFound: .* Next: check the credentials; they come from the environment/,
  },
  {
    name: "no credentials",
    env: () => ({ TENCENTCLOUD_SECRET_ID: undefined, TENCENTCLOUD_SECRET_KEY: undefined }),
    says: /no credentials found\. Looked at .*environment.*profile file.* Next: set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY/,
  },
  {
    name: "half of the credentials",
    env: () => ({ TENCENTCLOUD_SECRET_KEY: undefined }),
    says: /TENCENTCLOUD_SECRET_ID is set but TENCENTCLOUD_SECRET_KEY is not; set both/,
  },
  answers("ResourceNotFound.ForbidService", /the account is blocked; contact Tencent Cloud/),
  answers("ResourceNotFound.FreezeService", /the Live service of the account is suspended; contact Tencent Cloud/),
  answers("ResourceNotFound.StopService", /the account is in arrears; top it up/),
  answers("ResourceNotFound.UserDisableService", /the Live service was turned off; turn it on in the console/),
  {
    ...answers("RequestLimitExceeded", /the account sends more calls than the API allows; try again later/),
    env: () => ({ TENCENTCLOUD_LVB_REQUEST_TIMEOUT: "1" }),
  },
  {
    name: "the credentials of another account without our objects",
    env: theirs,
    prepare: () =>
      stranger.setState({ templates: [{ TemplateName: "theirs", RecordNotifyUrl: "https://x.example.net" }] }),
    says: strange,
  },
  {
    name: "the credentials of another account with a template that happens to have our id",
    env: theirs,
    prepare: () => {
      const templates = emulator
        .state()
        .templates.map(({ TemplateId }) => ({ TemplateId, TemplateName: `theirs-${TemplateId}` }));
      stranger.setState({ templates });
    },
    says: strange,
  },
  {
    name: "a dead endpoint",
    env: () => ({ TENCENTCLOUD_LVB_ENDPOINT: deadUrl, TENCENTCLOUD_LVB_REQUEST_TIMEOUT: "0.5" }),
    says: /cannot reach http:\/\/127\.0\.0\.1:\d+ \(.*ECONNREFUSED.*\)\. Next: check the endpoint, the network and proxies/,
  },
  {
    name: "an endpoint that never answers",
    env: () => ({ TENCENTCLOUD_LVB_REQUEST_TIMEOUT: "0.5" }),
    prepare: () => emulator.addFaults([{ action: "*", kind: "hang", times: 10_000 }]),
    says: /was not (changed|created|read|deleted|bound to template \d+): .* did not answer within 0\.5 s\. Next: run the same command again/,
  },
  {
    name: "a redirect to another host",
    prepare: () =>
      emulator.addFaults([{ action: "*", kind: "redirect", location: `${elsewhere.url}/`, times: 10_000 }]),
    says: /redirected to another host: 127\.0\.0\.1:\d+; refused\. Next: check the endpoint/,
  },
];

const tried = cases
  .map((item, index) => ({
    ...item,
    operations: some(operations, (_operation, which) => index % 2 === 0 && which === (index / 2) % 3),
  }))
  .filter((item) => item.operations.length > 0);

describe.each(tried)("$name", ({ env, prepare, says, operations }) => {
  test.each(operations)("%s", async (operation) => {
    prepare?.();
    const accounts = [emulator.state(), stranger.state()];
    const former = { ...stack.env };
    Object.assign(stack.env, env?.());
    const { exitCode, output } = await stack.pulumi(operation, "--yes", "--skip-preview");
    for (const name of Object.keys(stack.env)) delete stack.env[name];
    Object.assign(stack.env, former);

    expect(exitCode, output).toBe(1);
    // The error is in the diagnostics, under its resource.
    const line = String.raw`\((?:events|archive|live|vod|extra)\):\n +error: .*`;
    expect(output).toMatch(new RegExp(line + says.source));
    expect(output, "no stack").not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
    expect(await ours()).toEqual(deployed);
    expect([emulator.state(), stranger.state()]).toEqual(accounts);
    expect(arrivedElsewhere).toBe(0);
  });
});

/** Our resources in the state, with secrets in clear text (each run encrypts them again), without the engine's own fields. */
async function ours() {
  const { deployment }: Deployment = JSON.parse((await stack.succeed("stack", "export", "--show-secrets")).stdout);
  expect(deployment.pending_operations ?? []).toEqual([]);
  return (deployment.resources ?? [])
    .filter(({ type }) => type.includes("tencentcloud-lvb"))
    .map(({ urn, id, inputs, outputs, dependencies }) => ({ urn, id, inputs, outputs, dependencies }))
    .sort((left, right) => left.urn.localeCompare(right.urn));
}
