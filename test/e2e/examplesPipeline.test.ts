// The scripts of the pipeline example, run as on both platforms.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/index.ts";
import { run } from "../../tools/pulumi-cli/process.mts";
import { type LoopbackServer, listen } from "../loopback.ts";
import { createStack, type RunResult, type Stack } from "./harness.ts";

const key = "pipelineKey1";
const credentials = { TENCENTCLOUD_SECRET_ID: undefined, TENCENTCLOUD_SECRET_KEY: undefined };
const notifications: string[] = [];
let chat: LoopbackServer;
let emulator: Emulator;
let stack: Stack;

beforeAll(async () => {
  chat = await listen(async (request, response) => {
    notifications.push(JSON.parse(await text(request)).text);
    response.end();
  });
  emulator = await startEmulator();
  const config = { callbackUrl: "https://callbacks.example.com/lvb", callbackKey: { secret: key } };
  stack = await createStack({ example: "pipeline", emulator, config });
  Object.assign(stack.env, {
    PULUMI_STACK: stack.name,
    TENCENTCLOUD_LVB_PROPAGATION_SECONDS: "2",
    NOTIFY_URL: `${chat.url}/`,
    JOB_URL: "https://ci.example.com/jobs/1",
  });
});

afterAll(async () => {
  stack?.dispose();
  await emulator?.stop();
  await chat?.stop();
});

/** Runs a script, which must end with this exit code. */
async function step(name: string, exitCode = 0, env: NodeJS.ProcessEnv = {}): Promise<RunResult> {
  const script = join(stack.project, "steps", name);
  const result = await run(script, [], { cwd: stack.project, env: { ...stack.env, ...env }, timeoutMs: 120_000 });
  expect(result.exitCode, result.output).toBe(exitCode);
  expect(result.output).not.toContain(key);
  return result;
}

test("both platforms call exactly the scripts", () => {
  const example = resolve(__dirname, "../../examples/pipeline");
  const scripts = readdirSync(join(example, "steps"));
  const calledBy = (file: string) =>
    new Set(
      [...readFileSync(join(example, file), "utf8").matchAll(/^[ -]*(?:run|script): (.*)$/gm)].map(([, call]) => call),
    );
  expect(calledBy(".gitlab-ci.yml")).toEqual(new Set(["steps/preview.sh", "steps/deploy.sh", "steps/drift.sh"]));
  expect(calledBy(".github/workflows/callbacks.yml")).toEqual(new Set(["npm ci", ...calledBy(".gitlab-ci.yml")]));
  expect(scripts.sort()).toEqual(["deploy.sh", "drift.sh", "notify.sh", "preview.sh"]);
});

test("the scripts handle a pull request, a deployment, a night without drift and one with drift", async () => {
  const preview = await step("preview.sh", 0, credentials);
  expect(preview.stdout).toContain("3 to create");
  expect(emulator.requests()).toEqual([]);

  const deployment = await step("deploy.sh");
  expect(deployment.stderr).toContain(`stack ${stack.name} is effective`);
  expect(emulator.state().templates).toMatchObject([{ CallbackKey: key }]);

  await step("drift.sh");
  expect(notifications).toEqual([]);

  const before = emulator.state();
  const [template] = before.templates;
  emulator.setState({ ...before, templates: [{ ...template, StreamEndNotifyUrl: "https://elsewhere.example.com/" }] });
  const drift = await step("drift.sh", 7);
  expect(drift.stdout).toContain("streamEndNotifyUrl");
  expect(notifications).toEqual([
    `The LVB callbacks of stack ${stack.name} were changed outside of Pulumi: https://ci.example.com/jobs/1`,
  ]);

  // A failed job knows nothing, and sends no message to the chat.
  const failed = await step("drift.sh", 1, { TENCENTCLOUD_SECRET_KEY: "wrong" });
  expect(failed.output).toContain("AuthFailure");
  expect(notifications).toHaveLength(1);
});

test("a deployment fails if it takes too long to be in effect", async () => {
  await stack.setConfig("callbackUrl", "https://callbacks.example.com/v2");
  const env = { WAIT_TIMEOUT: "1s", TENCENTCLOUD_LVB_PROPAGATION_SECONDS: "600" };
  const { stderr } = await step("deploy.sh", 3, env);
  expect(stderr).toContain("timed out");
});
