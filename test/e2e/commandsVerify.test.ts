// `verify` with the real CLI: it finds and names each obstacle from the rule to the receiver, and no others.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Emulator, type StateInput, startEmulator } from "../../emulator/index.ts";
import { type DeclaredBinding, declareBindings, domain, endedPush } from "../declaredBindings.ts";
import { type LoopbackServer, listen } from "../loopback.ts";
import { command, expectError, expectPlain, jsonOf, startCommand } from "./commandLine.ts";
import { createStack, type Deployment, type Stack } from "./harness.ts";
import { until } from "./processes.ts";

interface Verdict {
  verdict: "ok" | "problem" | "pending" | "unknown";
  what: string | null;
}
type Stage = "declared" | "inEffect" | "canFire" | "reachable" | "delivered";
type Binding = { id: string; templateId: string | null } & Record<Stage, Verdict>;
interface Verification {
  stack: string;
  bindings: Binding[];
  ok: boolean;
}

let emulator: Emulator;
let stack: Stack;
/** Answers with the status in the path, or with 200. */
let receiver: LoopbackServer;
let url: string;
/** Nothing listens here. */
let deadUrl: string;
/** An empty stack, created by the CLI. */
let empty: Deployment;

beforeAll(async () => {
  receiver = await listen((request, response) => {
    request.resume();
    response
      .writeHead(Number(/^\/(\d{3})$/.exec(request.url ?? "")?.[1] ?? 200))
      .end('{"code":0,"answer":"AnswerOfTheReceiver"}');
  });
  url = `${receiver.url}/lvb`;
  const gone = await startEmulator();
  deadUrl = `${gone.url}/lvb`;
  await gone.stop();
  emulator = await startEmulator({ propagation: 0, retrySeconds: 3600 });
  stack = await createStack({ emulator });
  empty = stack.readState();
});

afterAll(async () => {
  await receiver?.stop();
  stack?.dispose();
  await emulator?.stop();
});

/** Writes a state, and the matching account. */
function deploy(bindings: readonly DeclaredBinding[], account: StateInput = {}): void {
  const { resources, input } = declareBindings(bindings, url);
  stack.writeState({ ...empty, deployment: { ...empty.deployment, resources } });
  emulator.setState({ ...input, ...account });
}

async function verify(args: string[], exitCode: number): Promise<Map<string, Binding>> {
  const found = await jsonOf<Verification>(stack, ["verify", "--stack", "test", ...args], { exitCode });
  expect(found).toMatchObject({ stack: "test", ok: exitCode === 0 });
  for (const binding of found.bindings) {
    expect(Object.keys(binding)).toEqual([
      "id",
      "templateId",
      "declared",
      "inEffect",
      "canFire",
      "reachable",
      "delivered",
    ]);
  }
  expectNoSecret(JSON.stringify(found));
  return new Map(found.bindings.map((binding) => [binding.id.slice(domain.length + 1), binding]));
}

const verdicts = (binding: Binding | undefined) =>
  binding &&
  [binding.declared, binding.inEffect, binding.canFire, binding.reachable, binding.delivered].map(
    ({ verdict }) => verdict,
  );

function expectNoSecret(output: string): void {
  expect(output).not.toMatch(/KeyOf|AnswerOf|token=hidden|txSecret|emulator-key|[0-9a-f]{32}/);
}

describe("obstacles", () => {
  interface Obstacle extends DeclaredBinding {
    stage: Stage;
    what: RegExp;
    next: RegExp;
    verdict?: "pending";
  }

  /** A function, since the addresses are known only later. */
  const obstacles = (): Obstacle[] => [
    { app: "gone", live: null, stage: "declared", what: /the rule is gone/, next: /pulumi up --refresh/ },
    {
      app: "edited",
      live: { streamEndNotifyUrl: `${url}/2` },
      stage: "declared",
      what: /template-edited \(\d+\) was edited: streamEndNotifyUrl/,
      next: /pulumi up --refresh/,
    },
    { app: "young", secondsAgo: 100, stage: "inEffect", verdict: "pending", what: /in effect in 8m/, next: /`wait`/ },
    {
      app: "record",
      fields: { recordNotifyUrl: url },
      stage: "canFire",
      what: /recordNotifyUrl never fires by itself: no record rule for push\.example\.com\/record/,
      next: /CreateLiveRecordRule/,
    },
    {
      app: "snapshot",
      fields: { snapshotNotifyUrl: url },
      stage: "canFire",
      what: /snapshotNotifyUrl never fires: no snapshot rule/,
      next: /CreateLiveSnapshotRule/,
    },
    {
      app: "moderation",
      fields: { pornCensorshipNotifyUrl: url },
      stage: "canFire",
      what: /image moderation is off in snapshot template shots \(61\)/,
      next: /PornFlag 1/,
    },
    {
      app: "nowhere",
      fields: { streamBeginNotifyUrl: "https://nowhere.invalid/?token=hidden" },
      stage: "reachable",
      what: /nowhere\.invalid does not resolve/,
      next: /DNS record/,
    },
    {
      app: "closed",
      fields: { streamBeginNotifyUrl: deadUrl },
      stage: "reachable",
      what: /127\.0\.0\.1: nothing listens on port \d+/,
      next: /start the receiver/,
    },
    {
      app: "private",
      fields: { streamBeginNotifyUrl: "https://10.0.0.5/" },
      stage: "reachable",
      what: /private address 10\.0\.0\.5/,
      next: /use a public host/,
    },
    {
      app: "plain",
      fields: { streamBeginNotifyUrl: url.replace("http:", "https:") },
      stage: "reachable",
      what: /no TLS on port/,
      next: /serve https/,
    },
    {
      app: "failing",
      fields: { streamEndNotifyUrl: url.replace("lvb", "500") },
      stage: "delivered",
      what: /last end event, .*, was answered with HTTP 500, 1 of 2 attempts failed/,
      next: /answer HTTP 200/,
    },
    {
      app: "lost",
      stage: "delivered",
      what: /stream stream-lost was pushed .*, but nothing was delivered/,
      next: /docs\/no-callback\.md/,
    },
  ];

  const account = (): StateInput => ({
    snapshotTemplates: [{ TemplateId: 61, TemplateName: "shots", PornFlag: 0 }],
    snapshotRules: [{ DomainName: domain, AppName: "moderation", TemplateId: 61 }],
    streams: [endedPush("lost", 7)],
  });

  test("are all found in one run, each with its stage, text and next step", async () => {
    const all = obstacles();
    deploy([...all, { app: "well" }], account());
    await emulator.push({ domain, app: "failing", stream: "failing" });
    await emulator.push({ domain, app: "well", stream: "well" });
    const bindings = await verify([], 4);
    for (const { app, stage, what, next, verdict = "problem" } of all) {
      const found = bindings.get(app)?.[stage];
      expect(found, app).toEqual({ verdict, what: expect.stringMatching(what) });
      expect(found?.what?.split("Next: ")[1], app).toMatch(next);
    }
    expect(verdicts(bindings.get("well"))).toEqual(["ok", "ok", "ok", "ok", "ok"]);
    const table = await command(stack, ["verify", "--stack", "test"]);
    expectError(table, 4, /12 of 13 bindings of stack test have an obstacle\. Next: /);
    expectNoSecret(table.output);
    for (const { app, what, next } of all) {
      expect(table.stdout).toMatch(
        new RegExp(`^push\\.example\\.com/${app} .* (problem|pending) .*(${what.source})`, "m"),
      );
      expect(table.stderr).toMatch(new RegExp(`^Next: .*(${next.source})`, "m"));
    }
  });

  test("have exit code 4 even alone, and the stages before are ok", async () => {
    deploy(obstacles(), account());
    const stages = ["declared", "inEffect", "canFire", "reachable", "delivered"];
    await Promise.all(
      ["gone", "young", "record", "closed", "lost"].map(async (app) => {
        const binding = (await verify([`${domain}/${app}`], 4)).get(app);
        const stage = obstacles().find((obstacle) => obstacle.app === app)?.stage ?? "";
        const before = verdicts(binding)?.slice(0, stages.indexOf(stage));
        expect(before, app).toEqual(before?.map(() => "ok"));
      }),
    );
    const { output } = await command(stack, ["verify", "--stack", "test", `${domain}/young`]);
    expect(output).toMatch(
      /1 of 1 bindings of stack test need only time\. Next: `wait` waits until they are in effect/,
    );
  });
});

describe("--require-delivery", () => {
  const wait = ["verify", "--stack", "test", "--require-delivery"];

  test("ends once each binding has delivered", async () => {
    deploy([{ app: "live", secondsAgo: 598 }]);
    let said = "";
    const waiting = startCommand(stack, wait, { onOutput: (text) => (said += text) });
    await until("it waits", () => said.includes("waiting for the first delivery of 1 of 1 bindings"));
    await until("it is in effect", () => Date.now() > Date.parse(String(propagationOf("live").effectiveAt)) + 1000);
    await emulator.push({ domain, app: "live", stream: "demo" });
    const { exitCode, stdout, output } = await waiting.result;
    expect(exitCode, output).toBe(0);
    expect(stdout).toMatch(/ delivered +last delivery /);
    expect(output).toContain("stack test: every binding delivers");
  });

  test("continues after failed deliveries, and exits with 3 at the timeout", async () => {
    deploy([{ app: "live" }, { app: "failing", fields: { streamEndNotifyUrl: url.replace("lvb", "500") } }]);
    await emulator.push({ domain, app: "failing", stream: "demo" });
    const result = await command(stack, [...wait, "--timeout", "1s"]);
    expectError(
      result,
      3,
      /timed out: 2 of 2 bindings of stack test have no proven delivery after 1s\. Next: push a stream/,
    );
  });

  test("exits at once with 4 if waiting wouldn't help", async () => {
    deploy([{ app: "gone", live: null }, { app: "live" }]);
    expectError(await command(stack, wait), 4, /1 of 2 bindings of stack test have an obstacle/);
  });

  test("exits with 130 on Ctrl-C", async () => {
    deploy([{ app: "live" }]);
    let said = "";
    const waiting = startCommand(stack, wait, { onOutput: (text) => (said += text) });
    await until("it waits", () => said.includes("waiting for"));
    waiting.signal("SIGINT");
    expect((await waiting.result).exitCode).toBe(130);
  });
});

test("--verbose shows all five stages of the named bindings", async () => {
  deploy([{ app: "live" }, { app: "vod" }]);
  const result = await command(stack, ["verify", "--verbose", `${domain}/live`]);
  expect(result.exitCode, result.output).toBe(0);
  expectPlain(result);
  const rows = result.stdout.trimEnd().split("\n").slice(1);
  expect(
    rows.map(
      (row) =>
        row
          .replace(/^push\S+/, "")
          .trim()
          .split(/ {2,}/)[0],
    ),
  ).toEqual(["declared", "in effect", "can fire", "reachable", "delivered"]);
});

describe("bad input", () => {
  const cases: [string, string[], Record<string, string | undefined>, number, RegExp][] = [
    [
      "a domain that the stack does not have",
      ["push.exmaple.com"],
      {},
      1,
      /no binding push\.exmaple\.com\. Did you mean push\.example\.com\? Next: /,
    ],
    ["an app that differs in case", [`${domain}/Live`], {}, 1, /Did you mean push\.example\.com\/live\?/],
    [
      "an unreachable endpoint",
      [],
      { TENCENTCLOUD_LVB_ENDPOINT: "http://127.0.0.1:1", TENCENTCLOUD_LVB_REQUEST_TIMEOUT: "0.5" },
      1,
      /cannot reach .*ECONNREFUSED.*Next: check the endpoint/,
    ],
    [
      "wrong credentials",
      [],
      { TENCENTCLOUD_SECRET_KEY: "KeyOfSomeone7x" },
      1,
      /AuthFailure\.SignatureFailure.*Next: check the credentials/,
    ],
    ["no such stack", ["--stack", "nobody"], {}, 1, /no stack named 'nobody' found/],
    ["a timeout without a wait", ["--timeout", "5m"], {}, 2, /--timeout needs --require-delivery/],
    ["an invalid time", ["--require-delivery", "--timeout=soon"], {}, 2, /--timeout <TIME>.* is invalid/],
  ];

  test("is an error in one line, without a result", async () => {
    deploy([{ app: "live" }]);
    await Promise.all(
      cases.map(async ([what, args, env, exitCode, says]) => {
        const result = await command(stack, ["verify", ...args], { env });
        expectError(result, exitCode, says);
        expectNoSecret(result.output);
        expect(result.stdout, what).toBe("");
      }),
    );
  });
});

test("`doctor` warns of URLs that never fire", async () => {
  deploy([{ app: "live", fields: { recordNotifyUrl: url } }]);
  const { checks } = await jsonOf<{ checks: { check: string; result: string; detail: string; remedy: string }[] }>(
    stack,
    ["doctor"],
  );
  expect(checks.find(({ check }) => check === "callback URLs")).toEqual({
    check: "callback URLs",
    result: "warning",
    detail: "recordNotifyUrl never fires by itself: no record rule for push.example.com/live",
    remedy: expect.stringContaining("CreateLiveRecordRule"),
  });
});

function propagationOf(name: string): { effectiveAt?: unknown } {
  const found = (stack.readState().deployment.resources ?? []).find(({ urn }) => urn.endsWith(`::${name}`));
  return { ...(found?.outputs?.propagation ?? {}) };
}
