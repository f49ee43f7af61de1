import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import ts from "typescript";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { dialects } from "../../../emulator/index.ts";
import { call } from "./signedClient.ts";

const root = join(__dirname, "../../..");
let built: string;

// Runs the command as a process, to test exit codes and signals.
beforeAll(() => {
  mkdirSync(join(root, "node_modules/.cache"), { recursive: true });
  built = mkdtempSync(join(root, "node_modules/.cache/cli-"));
  writeFileSync(join(built, "package.json"), '{"type":"commonjs"}');
  for (const file of globSync("{cli,emulator,receiver,provider}/**/*.ts", { cwd: root })) {
    const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023, esModuleInterop: true };
    const { outputText } = ts.transpileModule(readFileSync(join(root, file), "utf8"), { compilerOptions });
    const output = join(built, file.replace(/\.ts$/, ".js"));
    mkdirSync(dirname(output), { recursive: true });
    writeFileSync(output, outputText);
  }
});

afterAll(() => rmSync(built, { recursive: true }));

function start(...args: string[]) {
  return startWith(process.env, ...args);
}

function startWith(env: NodeJS.ProcessEnv, ...args: string[]) {
  const child = spawn(process.execPath, [join(built, "cli/index.js"), "emulator", ...args], { env });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
    });
  }
  const lines = createInterface(child.stdout);
  return {
    child,
    output: () => output,
    firstLine: once(lines, "line").then(([line]) => String(line)),
    ended: once(child, "close").then(([code]) => code as number | null),
  };
}

test.each(["SIGTERM", "SIGINT"] as const)("it prints its address, serves, and ends on %s", async (signal) => {
  const options = ["--domain", "a.example.com", "--domain", "b.example.com", "--account-id", "100000000009"];
  const run = start(...options, "--secret-id", "me", "--secret-key", "hidden", "--dialect", "lastUrl=required");
  const [, port] = /^LVB emulator listening on http:\/\/127\.0\.0\.1:(\d+)$/.exec(await run.firstLine) ?? [];
  const client = { secretId: "me", secretKey: "hidden" };
  const { response } = await call({ port: Number(port) }, "DescribeLiveDomains", {}, client);
  expect(response.AllCount).toBe(2);
  const { response: caller } = await call({ port: Number(port) }, "GetCallerIdentity", {}, client);
  expect(caller.AccountId).toBe("100000000009");
  run.child.kill(signal);
  expect(await run.ended).toBe(0);
  expect(run.output()).toContain("TENCENTCLOUD_LVB_ENDPOINT");
  expect(run.output()).not.toContain("hidden");
});

test.each<[string[], Record<string, string>, string[]]>([
  [[], { TENCENTCLOUD_SECRET_ID: "emulator-id", TENCENTCLOUD_SECRET_KEY: "emulator-key" }, []],
  [
    ["--propagation", "40"],
    {
      TENCENTCLOUD_SECRET_ID: "emulator-id",
      TENCENTCLOUD_SECRET_KEY: "emulator-key",
      TENCENTCLOUD_LVB_PROPAGATION_SECONDS: "40",
    },
    [],
  ],
  [
    ["--propagation", "0", "--secret-id", "me", "--secret-key", "hidden", "--domain", "a.example.com"],
    { TENCENTCLOUD_SECRET_ID: "me", TENCENTCLOUD_LVB_PROPAGATION_SECONDS: "0" },
    ["Export TENCENTCLOUD_SECRET_KEY too, with the key you passed."],
  ],
])("started with %j, it prints what to export", async (options, variables, more) => {
  const run = start(...options);
  const url = (await run.firstLine).replace("LVB emulator listening on ", "");
  run.child.kill("SIGTERM");
  await run.ended;
  const exports = Object.entries({ TENCENTCLOUD_LVB_ENDPOINT: url, ...variables });
  expect(run.output().trimEnd().split("\n")).toEqual([
    `LVB emulator listening on ${url}`,
    "To use it:",
    `  export ${exports.map(([name, value]) => `${name}=${value}`).join(" ")}`,
    ...more,
    `Look inside: ${url}/ in a browser, or /_emulator/state and /_emulator/requests`,
  ]);
});

test("the help lists every dialect with its values", async () => {
  const run = start("--help");
  expect(await run.ended).toBe(0);
  for (const [name, { values = [] }] of Object.entries(dialects)) {
    expect(run.output()).toContain(name);
    for (const value of values) {
      expect(run.output()).toContain(value);
    }
  }
});

test.each([
  ["an unknown option", ["--nothing"], "--nothing"],
  ["an invalid port", ["--port", "x"], "0 to 65535"],
  ["a negative time", ["--latency=-1"], "at least 0"],
  ["a window that is too long", ["--propagation", "86401"], "at most 86400"],
  ["an unknown dialect", ["--dialect", "nothing=1"], "duplicateRule"],
  ["a wrong value", ["--dialect", "lastUrl=1"], "removable, required"],
  ["a dialect without a value", ["--dialect", "lastUrl"], "NAME=VALUE"],
  ["an invalid account id", ["--account-id", "me"], "account id"],
])("%s is a usage error in one line", async (_, args, message) => {
  const run = start(...args);
  expect(await run.ended).toBe(2);
  expect(run.output()).toContain(message);
  expect(run.output().trim().split("\n")).toHaveLength(1);
});

test("a port in use is an error", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const address = server.address();
  const run = start("--port", String(typeof address === "object" && address?.port));
  expect(await run.ended).toBe(1);
  expect(run.output()).toContain("is in use");
});

// On Linux, xdg-open opens the browser, and PATH can replace it. Other systems have no such program.
test.runIf(process.platform === "linux")("--open opens the page in the browser", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lvb-open-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const opened = join(folder, "opened");
  writeFileSync(
    join(folder, "xdg-open"),
    `#!/bin/sh\nprintf %s "$1" > "${opened}.part" && mv "${opened}.part" "${opened}"\n`,
    { mode: 0o755 },
  );
  const run = startWith({ ...process.env, PATH: [folder, process.env.PATH].join(delimiter) }, "--open");
  const [url] = /http:\S+/.exec(await run.firstLine) ?? [];
  await expect.poll(() => existsSync(opened) && readFileSync(opened, "utf8"), { timeout: 10_000 }).toBe(url);
});

test.runIf(process.platform === "linux")("--open without a browser prints the address of the page", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lvb-open-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const run = startWith({ ...process.env, PATH: folder }, "--open");
  const [url] = /http:\S+/.exec(await run.firstLine) ?? [];
  await expect
    .poll(() => run.output(), { timeout: 10_000 })
    .toContain(`No browser could be started.\nNext: open ${url}/`);
});
