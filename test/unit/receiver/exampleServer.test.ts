// The server of examples/receiver as a process of its own, and what may arrive at it.
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

// Outside of the repository, with a package that has nothing but the receiver in it.
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

async function startServer() {
  let output = "";
  const server = start(process.execPath, ["server.mts"], {
    cwd: folder,
    env: { ...process.env, LVB_CALLBACK_KEYS: "oldKey,newKey", HOST: "127.0.0.1", PORT: "0", NO_COLOR: "1" },
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
    /** What it has printed since it listens. */
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
const taken = [200, '{"code":0}'];

test("valid events are taken, signed with either key, and told in a line", async () => {
  const { send, lines } = await startServer();
  const t = inTenMinutes();
  expect(await send(signed("oldKey", t, { event_type: 1, ...push }))).toEqual(taken);
  expect(await send(signed("newKey", t, { event_type: 0, ...push, push_duration: "5" }))).toEqual(taken);
  expect(await send(signed("newKey", t, { event_type: 200, pic_url: "/p" }))).toEqual(taken);
  await expect
    .poll(lines)
    .toEqual(["push started: push.example.com/live/s", "push ended: push.example.com/live/s, after 5 ms", "event 200"]);
});

test("an event that comes again is taken and not told", async () => {
  const { send, lines } = await startServer();
  const event = signed("newKey", inTenMinutes(), { event_type: 1, ...push });
  expect(await Promise.all([send(event), send(event), send(event)])).toEqual([taken, taken, taken]);
  expect(await send(signed("newKey", event.t + 60, { event_type: 1, ...push }))).toEqual(taken);
  expect(await send({ ...event, sequence: "8" })).toEqual(taken);
  await expect.poll(lines).toHaveLength(2);
});

test("what is signed wrong or not at all is refused, and so is what has expired, unless a retry is as late", async () => {
  const { send, lines } = await startServer();
  const t = inTenMinutes();
  expect(await send(signed("otherKey", t, { event_type: 1, ...push }))).toEqual([403, '{"code":403}']);
  expect(await send({ event_type: 1, ...push })).toEqual([403, '{"code":403}']);
  expect(await send(signed("newKey", t - 4200, { event_type: 1, ...push }))).toEqual([403, '{"code":403}']);
  expect(await send(signed("newKey", t - 900, { event_type: 1, ...push }))).toEqual(taken);
  await expect
    .poll(lines)
    .toEqual(["refused: mismatch", "refused: unsigned", "refused: expired", "push started: push.example.com/live/s"]);
});

test("a body of 10 MB is refused, and the next one is served", async () => {
  const { send, lines } = await startServer();
  const large = signed("newKey", inTenMinutes(), { event_type: 1, ...push, padding: "x".repeat(10 * 1024 * 1024) });
  expect(await send(large)).toEqual([413, '{"code":413}']);
  expect(await send(signed("newKey", inTenMinutes(), { event_type: 1, ...push }))).toEqual(taken);
  await expect.poll(lines).toHaveLength(1);
});

test("rubbish does not end it", async () => {
  const { send, lines, port, url } = await startServer();
  for (const rubbish of ["", "{", "null", "[]", "<xml/>", "[".repeat(200_000), "\0\u001b[2J"]) {
    expect(await send(rubbish)).toEqual([400, '{"code":400}']);
  }
  expect((await fetch(url)).status).toBe(400);
  // Signed, by someone who has seen a callback.
  const hostile = (fields: object) => send(signed("newKey", inTenMinutes(), { event_type: 1, ...fields }));
  expect(await hostile({ ...push, stream_id: "\u001b[2J\n\u009bpush ended" })).toEqual(taken);
  expect(await hostile({ ...push, app: { toString: 1 }, sequence: "8" })).toEqual([500, '{"code":500}']);
  // A request that breaks off in the middle, and no HTTP at all.
  for (const text of ["POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{", "\0\0\r\n\r\n"]) {
    await new Promise<void>((closed) => {
      const socket = connect(port, "127.0.0.1", () => socket.write(text, () => socket.end()));
      socket.once("close", () => closed()).on("error", () => {});
      socket.resume();
    });
  }
  expect(await send(signed("oldKey", inTenMinutes(), { event_type: 0, ...push, push_duration: "5" }))).toEqual(taken);
  await expect.poll(lines).toContain("push ended: push.example.com/live/s, after 5 ms");
  expect(lines()).toContain("push started: push.example.com/live/?[2J??push ended");
});

test("without a key it does not start", async () => {
  const env = { ...process.env, LVB_CALLBACK_KEYS: ",", PORT: "0" };
  const { exitCode, output } = await run(process.execPath, ["server.mts"], { cwd: folder, env, timeoutMs: 20_000 });
  expect(exitCode).toBe(1);
  expect(output).toContain("LVB_CALLBACK_KEYS holds no key");
});
