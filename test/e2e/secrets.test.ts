// The callback key, the secret key and the token are never in clear text: not in the state, its history and backups, the
// CLI's output or the emulator's log, whatever fails and whatever a server echoes.
import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, expect, inject, test } from "vitest";
import type { CallbackTemplate } from "../../emulator/index.ts";
import { type RunningProcess, start } from "../../tools/pulumi-cli/process.mts";
import { deepTest, some } from "../depth.ts";
import { type LoopbackServer, listen } from "../loopback.ts";
import { createStack, type RunResult, type Stack } from "./harness.ts";

const secrets = {
  programKey: "KeyOfTheProgram1x",
  literalKey: "KeyInTheProgram2x",
  foundKey: "KeyThatSomeoneSet3x",
  newKey: "KeyOfTheNextRun4x",
  badKey: "key-with-dashes-5x",
  secretKey: "SecretKeyOfTheAccount6x",
  token: "TokenOfTheSession7x",
  transformedKey: "KeyOfATransformation8x",
};

const base = `
  const pulumi = require("@pulumi/pulumi");
  const lvb = require("pulumi-tencentcloud-lvb");
  const url = "https://hooks.example.com/lvb";
  const callbackKey = new pulumi.Config().requireSecret("key");
  const keyed = new lvb.CallbackTemplate("keyed", { recordNotifyUrl: url, callbackKey });
  exports.keys = [keyed.callbackKey];
  exports.all = keyed;
`;
/** A program with a key in its text, and with a template whose key only someone else sets. */
const program = (description: string, more = "") => `${base}
  new lvb.CallbackTemplate("literal", { recordNotifyUrl: url, callbackKey: "${secrets.literalKey}" });
  new lvb.CallbackTemplate("plain", { recordNotifyUrl: url, description: "${description}" });
  ${more}
`;

let emulator: RunningProcess;
let emulatorUrl: string;
/** The output of the emulator and the CLI. */
let printed = "";
let stack: Stack;

beforeAll(async () => {
  const cli = join(inject("e2e").nodeModules, "pulumi-tencentcloud-lvb/dist/cli/index.js");
  const listening = new Promise<string>((resolve) => {
    const onOutput = (output: string) => {
      printed += output;
      const [, url] = /listening on (\S+)\n/.exec(printed) ?? [];
      if (url) resolve(url);
    };
    const args = [cli, "emulator", "--secret-key", secrets.secretKey];
    emulator = start(process.execPath, args, { timeoutMs: 900_000, onOutput });
  });
  emulatorUrl = await listening;
  stack = await createStack({
    program: base,
    config: {
      key: { secret: secrets.programKey },
      badKey: { secret: secrets.badKey },
      "tencentcloud:secretId": "emulator-id",
      "tencentcloud:secretKey": { secret: secrets.secretKey },
      "tencentcloud:securityToken": { secret: secrets.token },
    },
    env: { TENCENTCLOUD_LVB_ENDPOINT: emulatorUrl },
  });
});

afterEach(async () => {
  await admin("DELETE", "faults");
  const places = new Map([...stack.stateFiles(), ["printed", printed], ["requests", await admin("GET", "requests")]]);
  for (const [place, content] of places) {
    for (const [name, value] of Object.entries(secrets)) {
      const at = content.indexOf(value);
      expect(at, `${name} in ${place}: …${content.slice(Math.max(0, at - 500), at)}`).toBe(-1);
    }
  }
});

afterAll(async () => {
  stack?.dispose();
  emulator?.signal("SIGTERM");
  await emulator?.result;
});

test("up, preview and export show no secret", async () => {
  expect((await pulumi("up", "--yes", "--diff")).exitCode).toBe(0);
  expect(await keys()).toEqual([secrets.programKey]);
  await stack.setConfig("key", secrets.newKey, "--secret");
  expect((await pulumi("preview", "--diff")).stdout).toMatch(/ callbackKey +: \[secret\]/);
  expect((await pulumi("preview", "--json")).stdout).toContain('"callbackKey"');
  // Its event stream contains the SDK's log of each resource, in which the CLI masks only secret configuration. So this
  // runs before the program has a key in its text.
  expect((await pulumi("up", "--yes", "--skip-preview", "--json")).exitCode).toBe(0);
  stack.setProgram(program("first"));
  expect((await pulumi("up", "--yes", "--skip-preview", "--diff")).exitCode).toBe(0);
  expect((await keys()).sort()).toEqual(["", secrets.literalKey, secrets.newKey]);
  for (const command of [
    ["stack", "export"],
    ["stack", "output", "--json"],
    ["stack", "history"],
  ]) {
    expect((await pulumi(...command)).exitCode).toBe(0);
  }
});

test("a failed create shows no secret", async () => {
  await admin("POST", "faults", [{ action: "CreateLiveCallbackTemplate", kind: "code", code: "InternalError" }]);
  stack.setProgram(program("first", `new lvb.CallbackTemplate("more", { recordNotifyUrl: url, callbackKey });`));
  const { exitCode, output } = await pulumi("up", "--yes", "--skip-preview", "--diff");
  expect(exitCode).toBe(1);
  expect(output).toContain("CreateLiveCallbackTemplate failed: InternalError");
});

const invalidKeys = [
  ["from the configuration", 'new pulumi.Config().requireSecret("badKey")'],
  ["as a secret", `pulumi.secret("${secrets.badKey}")`],
  ["as plain text", `"${secrets.badKey}"`],
  ["in a list", `["${secrets.badKey}"]`],
] as const;

test.each(some(invalidKeys, 1))("an invalid key doesn't show, %s", async (_how, value) => {
  stack.setProgram(
    program("first", `new lvb.CallbackTemplate("bad", { recordNotifyUrl: url, callbackKey: ${value} });`),
  );
  const { exitCode, output } = await pulumi("preview", "--diff");
  expect(exitCode).not.toBe(0);
  expect(output).toMatch(/callbackKey: (must be 1 to 32 letters and digits|expected a string)/);
});

/** The ways in which a server may echo a request. */
const echoes: [string, (request: IncomingMessage, body: string, response: ServerResponse) => void][] = [
  [
    "in the message of an error",
    ({ headers }, body, response) => {
      const Message = `refused: ${body} ${JSON.stringify(headers)}`;
      response.end(JSON.stringify({ Response: { Error: { Code: "InternalError", Message }, RequestId: "r" } }));
    },
  ],
  [
    "in the line of the HTTP status",
    ({ headers }, body, response) => response.writeHead(400, `${headers["x-tc-token"]} ${body}`).end(),
  ],
  ["in a page instead of an answer", ({ headers }, body, response) => response.end(`${headers["x-tc-token"]} ${body}`)],
  [
    "where a redirect leads to",
    ({ headers }, body, response) => {
      const { CallbackKey } = JSON.parse(body);
      response.writeHead(307, { location: `http://${CallbackKey}.example.com/${headers["x-tc-token"]}` }).end();
    },
  ],
];

test.each(some(echoes, 1))("a request that a server echoes %s shows no secret", async (_where, echo) => {
  const server = await echoServer(echo);
  // A create with a key from the program, and an update of the template whose key only the account has.
  await someoneSetsKey();
  stack.setProgram(program("second", `new lvb.CallbackTemplate("more", { recordNotifyUrl: url, callbackKey });`));
  stack.env.TENCENTCLOUD_LVB_ENDPOINT = server.url;
  stack.env.TENCENTCLOUD_LVB_REQUEST_TIMEOUT = "3";
  const { exitCode, output } = await pulumi("up", "--yes", "--skip-preview", "--continue-on-error");
  stack.env.TENCENTCLOUD_LVB_ENDPOINT = emulatorUrl;
  stack.env.TENCENTCLOUD_LVB_REQUEST_TIMEOUT = undefined;
  await server.stop();
  expect(exitCode).toBe(1);
  expect(output).toContain("CreateLiveCallbackTemplate failed");
  expect(output).toContain("ModifyLiveCallbackTemplate failed");
});

test("a key that a refresh finds, but the program never set, doesn't show", async () => {
  stack.setProgram(program("first"));
  await someoneSetsKey();
  const { exitCode, stdout } = await pulumi("refresh", "--preview-only", "--diff", "--expect-no-changes");
  expect([exitCode, stdout]).toEqual([7, expect.stringMatching(/\+ callbackKey +: \[secret\]/)]);
  await pulumi("refresh", "--preview-only", "--json");
  expect((await pulumi("refresh", "--yes", "--diff")).exitCode).toBe(0);
  expect((await pulumi("preview", "--diff", "--json")).exitCode).toBe(0);
  expect((await pulumi("stack", "export")).exitCode).toBe(0);
  expect(await keys()).toContain(secrets.foundKey);
});

deepTest("a callback key or a provider's secret key from a transformation or a transform doesn't show", async () => {
  const where = (name: string) => `args.name === "${name}" && /:CallbackTemplate$/.test(args.type)`;
  const supply = (condition: string, property = "callbackKey", value = secrets.transformedKey) =>
    `(args) => ${condition} ? { props: { ...args.props, "${property}": "${value}" }, opts: args.opts } : undefined`;
  const template = (name: string, options: string) =>
    `new lvb.CallbackTemplate("${name}", { recordNotifyUrl: url }, ${options});`;
  const secretKey = supply(
    `args.type === "pulumi:providers:pulumi-nodejs"`,
    "tencentcloud:secretKey",
    secrets.secretKey,
  );
  // For a transform of the whole stack, see automationApi.deep.test.ts: the language host that the tests can build has none.
  const names = ["own", "parents", "stacks", "ownTransform", "parentsTransform"];
  stack.setProgram(`${base}
    pulumi.runtime.registerStackTransformation(${supply(where("stacks"))});
    const group = new pulumi.ComponentResource("test:index:Group", "group", {}, {
      transformations: [${supply(where("parents"))}], transforms: [async ${supply(where("parentsTransform"))}],
    });
    ${template("own", `{ transformations: [${supply("true")}] }`)}
    ${template("parents", "{ parent: group }")}
    ${template("stacks", "{}")}
    ${template("ownTransform", `{ transforms: [async ${supply("true")}] }`)}
    ${template("parentsTransform", "{ parent: group }")}
    const args = { secretId: "emulator-id", endpoint: "${emulatorUrl}" };
    pulumi.runtime.registerStackTransformation(${secretKey.replace("? {", `&& args.name === "stacks" ? {`)});
    for (const [name, transformations] of [["own", [${secretKey}]], ["stacks", []]]) {
      const provider = new lvb.Provider(name, args, { transformations });
      new lvb.CallbackTemplate("of-" + name, { recordNotifyUrl: url }, { provider });
    }
  `);
  const previewed = await pulumi("preview", "--diff");
  expect(previewed.exitCode, previewed.output).toBe(0);
  const made = await pulumi("up", "--yes", "--skip-preview", "--diff");
  expect(made.exitCode, made.output).toBe(0);
  expect((await keys()).filter((key) => key === secrets.transformedKey)).toHaveLength(names.length);
  const { deployment } = stack.readState();
  const inputs = (deployment.resources ?? []).map((resource) => resource.inputs ?? {});
  const marked = (property: string) => inputs.filter((values) => isMarked(values[property])).length;
  expect([marked("callbackKey"), marked("tencentcloud:secretKey")]).toEqual([names.length + 1, 3]);
  expect((await pulumi("preview", "--json", "--expect-no-changes")).exitCode).toBe(0);
});

test("destroy shows no secret", async () => {
  expect((await pulumi("destroy", "--yes", "--diff")).exitCode).toBe(0);
  expect(JSON.parse(await admin("GET", "state"))).toMatchObject({ templates: [] });
});

async function pulumi(...args: string[]): Promise<RunResult> {
  const result = await stack.pulumi(...args);
  printed += `\n$ pulumi ${args.join(" ")}\n${result.output}`;
  return result;
}

/** Whether a value in the state is marked as a secret. */
function isMarked(value: unknown): boolean {
  return typeof value === "object" && value !== null && "4dabf18193072939515e22adb298388d" in value;
}

async function admin(method: string, path: string, body?: unknown): Promise<string> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const response = await fetch(`${emulatorUrl}/_emulator/${path}`, init);
  expect(response.status).toBe(200);
  return response.text();
}

/** Gives a key to each template that has none. */
async function someoneSetsKey(): Promise<void> {
  const { templates, ...state } = JSON.parse(await admin("GET", "state"));
  const edited = templates.map((template: CallbackTemplate) => ({
    ...template,
    CallbackKey: template.CallbackKey || secrets.foundKey,
  }));
  await admin("PUT", "state", { ...state, templates: edited });
}

/** The keys in the account. */
async function keys(): Promise<string[]> {
  return JSON.parse(await admin("GET", "state")).templates.map(({ CallbackKey }: CallbackTemplate) => CallbackKey);
}

/** Answers writes of templates itself, and passes everything else on to the emulator. */
function echoServer(echo: (typeof echoes)[number][1]): Promise<LoopbackServer> {
  return listen((request, response) => {
    void text(request).then((body) => {
      const { method = "POST", headers } = request;
      if (/^(Create|Modify)/.test(String(headers["x-tc-action"]))) {
        return echo(request, body, response);
      }
      const forwarded = httpRequest(emulatorUrl, { method, headers }, (answer) => answer.pipe(response));
      forwarded.end(body);
    });
  });
}
