// DescribeCallbackRecordsList under each of its dialects.
import { beforeAll, expect, test } from "vitest";
import { type Dialects, startEmulator } from "../../../emulator/index.ts";
import { formatUtc as utc } from "../../../emulator/times.ts";
import { listen } from "../../loopback.ts";
import { rule, running, stoppedClock, template } from "./running.ts";
import { call } from "./signedClient.ts";

const stream = { domain: "push.example.com", app: "live", stream: "a b" };

let seen = new Set<string>();
let url: string;

beforeAll(async () => {
  // Answers the first request to a path with the status in the path, and the others with 200.
  const receiver = await listen((request, response) => {
    request.resume();
    const path = request.url ?? "";
    const status = seen.has(path) ? 200 : Number(path.slice(-3));
    seen.add(path);
    response.writeHead(status).end("Success & more");
  });
  url = receiver.url;
  return receiver.stop;
});

interface Info {
  Request: string;
  Response: string;
  ResultCode: number;
}

async function recorded(dialects: Partial<Dialects>, beginUrl: string, retrySeconds = 3600) {
  const emulator = await running({ propagation: 0, retrySeconds, dialects });
  emulator.setState({ templates: [{ ...template, StreamBeginNotifyUrl: beginUrl, CallbackKey: "k" }], rules: [rule] });
  seen = new Set();
  await emulator.push(stream);
  const now = Date.now();
  const query = {
    StreamName: "a b",
    StartTime: utc(now - 60_000),
    EndTime: utc(now + 60_000),
    PageNum: 1,
    PageSize: 9,
  };
  return async () => {
    const { code, response } = await call(emulator, "DescribeCallbackRecordsList", query);
    return { code, list: (response.DataInfoList ?? []) as Info[] };
  };
}

const decoded = (text: string) => new URLSearchParams(`text=${text}`).get("text") ?? "";

test("Request and Response are form-encoded, as in the public sample", async () => {
  const { list } = await (await recorded({}, `${url}/200`))();
  expect(list).toHaveLength(1);
  expect(list[0]?.Response).toBe("status+code%3A200%2C+content%3DSuccess+%26+more");
  expect(JSON.parse(decoded(list[0]?.Request ?? ""))).toMatchObject({
    event_type: 1,
    stream_id: "a b",
    appname: "live",
  });
});

test("Request may contain only the sending node", async () => {
  const { list } = await (await recorded({ recordRequest: "node" }, `${url}/200`))();
  expect(list[0]?.Request).toMatch(/^opensso\+\+server%3D[\d.]+%3A$/);
});

test.each<[Dialects["recordRetries"], number[]]>([
  ["each", [503, 0]],
  ["last", [0]],
])("with recordRetries %s, a retried event has the result codes %j", async (recordRetries, codes) => {
  const read = await recorded({ recordRetries }, `${url}/503`, 0.01);
  await expect.poll(async () => (await read()).list.map(({ ResultCode }) => ResultCode)).toEqual(codes);
});

test.each<[Dialects["recordFailure"], string, number]>([
  ["status", "/503", 503],
  ["one", "/503", 1],
  ["curl", "/503", 22],
  ["status", "closed", 1],
  ["one", "closed", 1],
  ["curl", "closed", 7],
  ["curl", "no TLS", 35],
  ["curl", "/200", 0],
])("with recordFailure %s, the result code of %s is %i", async (recordFailure, where, code) => {
  const gone = await startEmulator();
  await gone.stop();
  const urls: Record<string, string> = { closed: gone.url, "no TLS": url.replace("http:", "https:") };
  const { list } = await (await recorded({ recordFailure }, urls[where] ?? `${url}${where}`))();
  expect(list).toMatchObject([{ ResultCode: code }]);
});

test("the international site does not have the action", async () => {
  const read = await recorded({ callbackRecords: "none" }, `${url}/200`);
  expect(await read()).toMatchObject({ code: "InvalidAction" });
});

test("a record can appear late, and is kept for 14 days", async () => {
  const clock = stoppedClock(Date.now());
  const start = clock.read();
  const emulator = await running({ clock: clock.read, propagation: 0, dialects: { recordLag: 90_000 } });
  emulator.setState({ templates: [{ ...template, StreamBeginNotifyUrl: `${url}/200` }], rules: [rule] });
  await emulator.push(stream);
  const ask = async () => {
    const query = { StreamName: "a b", StartTime: utc(start), EndTime: utc(start + 60_000), PageNum: 1, PageSize: 9 };
    const { code, response } = await call(emulator, "DescribeCallbackRecordsList", query, {
      timestamp: Math.floor(clock.read() / 1000),
    });
    return code ?? response.TotalNum;
  };
  clock.advance(89);
  expect(await ask()).toBe(0);
  clock.advance(1);
  expect(await ask()).toBe(1);
  clock.advance(13 * 86_400);
  expect(await ask()).toBe(1);
  clock.advance(86_400);
  expect(await ask()).toBe("InvalidParameterValue");
});
