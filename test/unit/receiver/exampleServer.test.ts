// Runs the server of examples/receiver as a process, and sends it events and rubbish.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { run, start } from "../../../tools/pulumi-cli/process.mts";

const root = join(__dirname, "../../..");
let folder: string;

// Outside the repository, with a package that contains only the receiver.
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lvb-receiver-"));
  copyFileSync(join(root, "examples/receiver/server.mts"), join(folder, "server.mts"));
  const installed = join(folder, "node_modules/pulumi-tencentcloud-lvb");
  mkdirSync(join(installed, "dist/receiver"), { recursive: true });
  copyFileSync(join(root, "package.json"), join(installed, "package.json"));
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 };
  for (const file of readdirSync(join(root, "receiver"))) {
    const { outputText } = ts.transpileModule(readFileSync(join(root, "receiver", file), "utf8"), { compilerOptions });
    writeFileSync(join(installed, "dist/receiver", file.replace(/\.ts$/, ".js")), outputText);
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function startServer(keys = "oldKey,newKey") {
  let output = "";
  const server = start(process.execPath, ["server.mts"], {
    cwd: folder,
    env: { ...process.env, LVB_CALLBACK_KEYS: keys, HOST: "127.0.0.1", PORT: "0", NO_COLOR: "1" },
    timeoutMs: 60_000,
    onOutput: (text) => (output += text),
  });
  onTestFinished(async () => {
    server.kill();
    await server.result;
  });
  await expect.poll(() => output, { timeout: 20_000 }).toMatch(/listening.*port: \d+/);
  const [listening = "", port] = /^.*port: (\d+).*\n/.exec(output) ?? [];
  const url = `http://127.0.0.1:${port}/lvb`;
  return {
    port: Number(port),
    url,
    /** Its output since it started to listen. */
    lines: () => output.slice(listening.length).split("\n").slice(0, -1),
    async send(body: string | object) {
      const text = typeof body === "string" ? body : JSON.stringify(body);
      const response = await fetch(url, { method: "POST", body: text });
      return [response.status, await response.text()];
    },
  };
}

function signed(key: string, t: number, fields: object) {
  return { t, sign: createHash("md5").update(`${key}${t}`).digest("hex"), ...fields };
}

const inTenMinutes = () => Math.floor(Date.now() / 1000) + 600;
const push = { app: "push.example.com", appname: "live", stream_id: "s", sequence: "7" };
const pushErrors = { event_type: 321, domain: "push.example.com", path: "live", stream_id: "s", sequence: "000000" };
const accepted = [200, '{"code":0}'];
const refused = [403, '{"code":403}'];

test("accepts events signed with either key, and prints a line for each", async () => {
  const { send, lines } = await startServer();
  const t = inTenMinutes();
  expect(await send(signed("oldKey", t, { event_type: 1, ...push }))).toEqual(accepted);
  expect(await send(signed("newKey", t, { event_type: 0, ...push, push_duration: "5" }))).toEqual(accepted);
  expect(await send(signed("newKey", t, { event_type: 200, pic_url: "/p" }))).toEqual(accepted);
  expect(await send(signed("newKey", t, { event_type: 999 }))).toEqual(accepted);
  await expect
    .poll(lines)
    .toEqual([
      "push started: push.example.com/live/s",
      "push ended: push.example.com/live/s, after 5 ms",
      "event 200",
      "event 999",
    ]);
});

test("accepts events as older and other senders write them", async () => {
  const { send, lines } = await startServer();
  const event = signed("newKey", inTenMinutes(), { event_type: 1, ...push });
  expect(await send({ ...event, sequence: "1", t: String(event.t) })).toEqual(accepted);
  expect(await send({ ...event, sequence: "2", sign: event.sign.toUpperCase() })).toEqual(accepted);
  expect(await send(`\uFEFF${JSON.stringify({ ...event, sequence: "3" })}`)).toEqual(accepted);
  await expect.poll(lines).toEqual(Array(3).fill("push started: push.example.com/live/s"));
});

test("accepts an event that comes again, and doesn't print it again", async () => {
  const { send, lines } = await startServer();
  const event = signed("newKey", inTenMinutes(), { event_type: 1, ...push });
  expect(await Promise.all([send(event), send(event), send(event)])).toEqual([accepted, accepted, accepted]);
  expect(await send(signed("newKey", event.t + 60, { event_type: 1, ...push }))).toEqual(accepted);
  expect(await send({ ...event, sequence: "8" })).toEqual(accepted);
  await expect.poll(lines).toHaveLength(2);
});

test("prints every push error, though all carry the same sequence", async () => {
  const { send, lines } = await startServer();
  const t = inTenMinutes();
  for (const data_time of [1, 2, 2, 3]) {
    expect(await send(signed("newKey", t, { ...pushErrors, data_time }))).toEqual(accepted);
  }
  await expect.poll(lines).toEqual(Array(3).fill("push errors: push.example.com/live/s"));
});

test("accepts unsigned image moderation and push errors, marks them, and never takes them for signed ones", async () => {
  const { send, lines } = await startServer();
  expect(await send(pushErrors)).toEqual(accepted);
  expect(await send(pushErrors)).toEqual(accepted);
  expect(await send({ event_type: 317, streamId: "s" })).toEqual(accepted);
  expect(await send({ event_type: 1, ...push })).toEqual(refused);
  expect(await send(signed("newKey", inTenMinutes(), pushErrors))).toEqual(accepted);
  await expect
    .poll(lines)
    .toEqual([
      "unsigned: push errors: push.example.com/live/s",
      "unsigned: suspicious picture: s",
      "refused: unsigned",
      "push errors: push.example.com/live/s",
    ]);
});

test("refuses a wrong signature, and one that expired longer ago than any retry", async () => {
  const { send, lines } = await startServer();
  const t = inTenMinutes();
  expect(await send(signed("otherKey", t, { event_type: 1, ...push }))).toEqual(refused);
  expect(await send(signed("otherKey", t, pushErrors))).toEqual(refused);
  expect(await send(signed("newKey", t - 4200, { event_type: 1, ...push }))).toEqual(refused);
  expect(await send(signed("newKey", t - 900, { event_type: 1, ...push }))).toEqual(accepted);
  await expect
    .poll(lines)
    .toEqual(["refused: mismatch", "refused: mismatch", "refused: expired", "push started: push.example.com/live/s"]);
});

test("never prints the push secret that events carry", async () => {
  const { send, lines } = await startServer();
  const stream_param = "txSecret=0123456789abcdef0123456789abcdef&txTime=69577A80";
  const types = [1, 0, 100, 200, 315, 317, 321, 332, 341, 999];
  for (const event_type of types) {
    await send(signed("newKey", inTenMinutes(), { ...push, event_type, stream_param }));
    await send({ ...push, event_type, stream_param });
    await send(signed("otherKey", inTenMinutes(), { ...push, event_type, stream_param }));
  }
  await send(`{"event_type":1,"stream_param":"${stream_param}"`);
  await expect.poll(lines).toHaveLength(types.length * 3 + 1);
  expect(lines().join("\n")).not.toContain("txSecret");
});

test("refuses a body of 10 MB, and serves the next one", async () => {
  const { send, lines } = await startServer();
  const large = signed("newKey", inTenMinutes(), { event_type: 1, ...push, padding: "x".repeat(10 * 1024 * 1024) });
  expect(await send(large)).toEqual([413, '{"code":413}']);
  expect(await send(signed("newKey", inTenMinutes(), { event_type: 1, ...push }))).toEqual(accepted);
  await expect.poll(lines).toHaveLength(1);
});

test("survives rubbish", async () => {
  const { send, lines, port, url } = await startServer();
  for (const rubbish of ["", "{", "null", "[]", "<xml/>", "[".repeat(200_000), "\0\u001b[2J"]) {
    expect(await send(rubbish)).toEqual([400, '{"code":400}']);
  }
  expect((await fetch(url)).status).toBe(400);
  // Signed by someone who has seen a callback.
  const hostile = (fields: object) => send(signed("newKey", inTenMinutes(), { event_type: 1, ...fields }));
  expect(await hostile({ ...push, stream_id: "\u001b[2J\n\u009bpush ended" })).toEqual(accepted);
  expect(await hostile({ ...push, app: { toString: 1 }, sequence: "8" })).toEqual([500, '{"code":500}']);
  // A request that ends too early, and something that isn't HTTP.
  for (const text of ["POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{", "\0\0\r\n\r\n"]) {
    await new Promise<void>((closed) => {
      const socket = connect(port, "127.0.0.1", () => socket.write(text, () => socket.end()));
      socket.once("close", () => closed()).on("error", () => {});
      socket.resume();
    });
  }
  expect(await send(signed("oldKey", inTenMinutes(), { event_type: 0, ...push, push_duration: "5" }))).toEqual(
    accepted,
  );
  await expect.poll(lines).toContain("push ended: push.example.com/live/s, after 5 ms");
  expect(lines()).toContain("push started: push.example.com/live/?[2J??push ended");
});

test.each(["newKey\n", " oldKey , newKey\r\n", "newKey,"])("ignores white space around keys: %j", async (keys) => {
  const { send } = await startServer(keys);
  expect(await send(signed("newKey", inTenMinutes(), { event_type: 1, ...push }))).toEqual(accepted);
  // An empty key would sign with the md5 of the time alone.
  expect(await send(signed("", inTenMinutes(), { event_type: 1, ...push }))).toEqual(refused);
});

test.each([
  ["", "it contains no key"],
  [" ,\n", "it contains no key"],
  ["secretKey other", "key 1 of 1 is not 1 to 32 letters and digits"],
  ["newKey;secretKey", "key 1 of 1 is not 1 to 32 letters and digits"],
  ['newKey,"secretKey"', "key 2 of 2 is not 1 to 32 letters and digits"],
  [`newKey,${"secretKey".repeat(4)}`, "key 2 of 2 is not 1 to 32 letters and digits"],
])("doesn't start with %j instead of keys, says why, and doesn't show them", async (keys, problem) => {
  const env = { ...process.env, LVB_CALLBACK_KEYS: keys, PORT: "0" };
  const { exitCode, output } = await run(process.execPath, ["server.mts"], { cwd: folder, env, timeoutMs: 20_000 });
  expect(exitCode).toBe(1);
  expect(output).toContain(`LVB_CALLBACK_KEYS: ${problem}. Next: set it to the callbackKey of the template`);
  expect(output).not.toContain("secretKey");
});
