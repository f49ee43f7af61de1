// The unchanged receiver example: another stack deploys its server, and the server gets the events.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/index.ts";
import { start } from "../../tools/pulumi-cli/process.mts";
import { createStack, type RunningProcess, type Stack } from "./harness.ts";

let emulator: Emulator;
let service: Stack;
let stack: Stack;
let server: RunningProcess;
let output = "";

beforeAll(async () => {
  emulator = await startEmulator({ propagation: 0 });
  service = await createStack({ projectName: "service", program: 'exports.url = process.env["RECEIVER_URL"];' });
  const config = {
    "lvb-receiver:receiverStack": `organization/service/${service.name}`,
    "lvb-receiver:callbackKey": { secret: "receiverKey2" },
  };
  stack = await createStack({ example: "receiver", emulator, config, backend: service.backend, stackName: "receiver" });
  server = start(process.execPath, ["server.mts"], {
    cwd: stack.project,
    env: {
      ...process.env,
      // With a new line at the end, as in a secret file.
      LVB_CALLBACK_KEYS: "receiverKey1, receiverKey2\n",
      HOST: "127.0.0.1",
      PORT: "0",
      NO_COLOR: "1",
    },
    timeoutMs: 300_000,
    onOutput: (text) => (output += text),
  });
});

afterAll(async () => {
  server?.kill();
  await server?.result;
  stack?.dispose();
  service?.dispose();
  await emulator?.stop();
});

test("the receiver example gets its URL from a stack reference, and receives events", async () => {
  await expect.poll(() => output, { timeout: 20_000 }).toMatch(/port: \d+/);
  const url = `http://127.0.0.1:${/port: (\d+)/.exec(output)?.[1]}/lvb`;
  service.env.RECEIVER_URL = url;
  await service.up();
  await stack.up();
  expect(emulator.state().templates).toMatchObject([{ StreamBeginNotifyUrl: url, StreamEndNotifyUrl: url }]);
  expect(await stack.outputs()).toEqual({ effectiveAt: expect.any(String) });

  const deliveries = await emulator.push({ domain: "push.example.com", app: "live", stream: "s" });
  expect(deliveries).toMatchObject([{ status: 200 }, { status: 200 }]);
  await expect
    .poll(() => output)
    .toMatch(/push started: push.example.com\/live\/s\npush ended: push.example.com\/live/);

  emulator.clearRequests();
  await stack.preview("--expect-no-changes");
  expect(emulator.requests()).toEqual([]);
  await stack.destroy();
  expect(emulator.state()).toMatchObject({ templates: [], rules: [] });
});
