// All stages together on the emulator: what they prove, what they can't, and how many calls they make.
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { connectWithEvidence } from "../../../../cli/account.ts";
import { readState } from "../../../../cli/stack/stackState.ts";
import type { BindingReport } from "../../../../cli/verification/verdict.ts";
import { verifyBindings } from "../../../../cli/verification/verifyBindings.ts";
import { dialects, type Emulator, type StateInput, startEmulator } from "../../../../emulator/index.ts";
import { type DeclaredBinding, declareBindings, domain, endedPush } from "../../../declaredBindings.ts";
import { listen } from "../../../loopback.ts";

const reads = ["DescribeLiveCallbackRules", "DescribeLiveCallbackTemplates", "GetCallerIdentity"];
const media = ["DescribeLiveRecordRules", "DescribeLiveSnapshotRules", "DescribeLiveSnapshotTemplates"];

let emulator: Emulator;
let url: string;
/** Nothing listens here. */
let closedUrl: string;
let resources: ReturnType<typeof readState>["resources"];

beforeAll(async () => {
  const receiver = await listen((request, response) => {
    request.resume();
    response.writeHead(request.url === "/500" ? 500 : 200).end('{"code":0,"answer":"AnswerOfTheReceiver"}');
  });
  url = `${receiver.url}/lvb`;
  const gone = await startEmulator();
  closedUrl = `${gone.url}/lvb`;
  await gone.stop();
  return receiver.stop;
});

beforeEach(async () => {
  emulator = await startEmulator({ propagation: 0, retrySeconds: 3600 });
  return () => emulator.stop();
});

function deploy(bindings: readonly DeclaredBinding[], account: StateInput = {}): void {
  const declared = declareBindings(bindings, url);
  resources = readState("test", JSON.stringify({ deployment: { resources: declared.resources } })).resources;
  emulator.setState({ ...declared.input, ...account });
}

async function verify(): Promise<Map<string, BindingReport>> {
  const config: Record<string, string> = {
    endpoint: emulator.url,
    secretId: "emulator-id",
    secretKey: "emulator-key",
  };
  const connection = await connectWithEvidence({ namespace: "tencentcloud", get: (name) => config[name] });
  const bindings = resources.filter(({ kind }) => kind === "binding");
  const reports = await verifyBindings({
    ...connection,
    resources,
    bindings,
    env: {},
    hosts: new Map(),
    progress: () => {},
  });
  expect(JSON.stringify(reports)).not.toMatch(/KeyOf|AnswerOf|txSecret|emulator-key|[0-9a-f]{32}/);
  return new Map(reports.map((report) => [report.id.slice(domain.length + 1), report]));
}

const verdicts = (report: BindingReport | undefined) =>
  report &&
  [report.declared, report.inEffect, report.canFire, report.reachable, report.delivered].map(({ verdict }) => verdict);
const push = (app: string, stream = `stream-${app}`) => emulator.push({ domain, app, stream });

async function callsOf(run: () => Promise<unknown>): Promise<string[]> {
  emulator.clearRequests();
  await run();
  return emulator
    .requests()
    .map(({ action }) => action)
    .sort();
}

describe("without an obstacle", () => {
  test("deliveries are proved, even if two bindings have a stream of the same name", async () => {
    deploy([{ app: "live" }, { app: "vod" }]);
    for (const app of ["live", "vod"]) await push(app, "demo");
    for (const report of (await verify()).values()) {
      expect(verdicts(report)).toEqual(["ok", "ok", "ok", "ok", "ok"]);
      expect(report.delivered.what).toMatch(/^last delivery .*HTTP 200$/);
    }
  });

  test("URLs of every kind can fire with the rules that they need, and what no API shows is unknown", async () => {
    const events = ["record", "recordStatus", "recordException", "snapshot", "pornCensorship", "pushException"];
    const fields = Object.fromEntries(events.map((event) => [`${event}NotifyUrl`, url]));
    deploy(
      [
        { app: "live", fields },
        { app: "audio", fields: { audioAuditNotifyUrl: url } },
      ],
      {
        recordRules: [{ DomainName: domain, AppName: "", TemplateId: 51 }],
        snapshotRules: [{ DomainName: domain, AppName: "live", TemplateId: 61 }],
        snapshotTemplates: [{ TemplateId: 61, TemplateName: "shots", PornFlag: 1 }],
      },
    );
    const reports = await verify();
    expect(verdicts(reports.get("live"))).toEqual(["ok", "ok", "ok", "ok", "unknown"]);
    expect(reports.get("live")?.canFire.what).toContain("no API shows whether VOD");
    expect(reports.get("audio")?.canFire.verdict).toBe("unknown");
  });

  test("a stream from before the change proves nothing", async () => {
    deploy([{ app: "live" }], { streams: [endedPush("live", 15)] });
    expect((await verify()).get("live")?.delivered).toEqual({
      verdict: "unknown",
      what: expect.stringMatching(/^no stream was pushed since .*, so nothing is proved$/),
    });
  });

  test("a stage is unknown if CAM doesn't allow its calls", async () => {
    deploy([{ app: "live", fields: { recordNotifyUrl: url } }]);
    const code = "AuthFailure.UnauthorizedOperation";
    emulator.addFaults(
      ["DescribeLiveRecordRules", "DescribeLiveStreamEventList"].map((action) => ({
        action,
        kind: "code",
        code,
        times: 99,
      })),
    );
    const report = (await verify()).get("live");
    expect(verdicts(report)).toEqual(["ok", "ok", "unknown", "ok", "unknown"]);
    expect(report?.canFire.what).toContain("in CAM, allow live:DescribeLiveRecordRules");
  });
});

describe("a delivery", () => {
  test("signed with the former key belongs to the former template", async () => {
    deploy([{ app: "live", live: { callbackKey: "KeyOfTheFormerTemplate1x" } }]);
    // Twice, since the emulator's streaming side keeps only the last two states.
    deploy([{ app: "live", live: { callbackKey: "KeyOfTheFormerTemplate1x" } }]);
    emulator.configure({ propagation: 600 });
    deploy([{ app: "live" }]);
    await push("live");
    expect((await verify()).get("live")?.delivered).toEqual({
      verdict: "problem",
      what: expect.stringContaining("signed the events with a key other than the live one"),
    });
  });

  test("proves nothing after an edit in the console", async () => {
    deploy([{ app: "live", live: { streamEndNotifyUrl: `${url}/2` } }]);
    await push("live");
    expect(verdicts((await verify()).get("live"))).toEqual(["problem", "ok", "ok", "ok", "unknown"]);
  });
});

describe("under every dialect, only real deliveries count:", () => {
  const cases = Object.entries(dialects).flatMap(([name, { values = [60_000] }]) =>
    values.map((value): [string, string | number] => [name, value]),
  );

  test.each([["as it is by default", undefined], ...cases] as const)("%s %s", async (name, value) => {
    if (value !== undefined) emulator.setDialects({ [name]: value });
    const declared: DeclaredBinding[] = [
      { app: "good" },
      {
        app: "failing",
        fields: { streamBeginNotifyUrl: url.replace("lvb", "500"), streamEndNotifyUrl: url.replace("lvb", "500") },
      },
      { app: "closed", fields: { streamBeginNotifyUrl: closedUrl, streamEndNotifyUrl: closedUrl } },
      { app: "rotated" },
    ];
    const former = declared.map((binding) =>
      binding.app === "rotated" ? { ...binding, live: { callbackKey: "KeyOfBefore1x" } } : binding,
    );
    // Twice, since the emulator's streaming side keeps only the last two states.
    deploy(former);
    deploy(former);
    emulator.configure({ propagation: 600 });
    deploy(declared);
    await Promise.all(declared.map(({ app }) => push(app, "demo")));
    const reports = await verify();
    const delivered = (app: string) => reports.get(app)?.delivered.verdict;
    for (const app of ["failing", "closed", "rotated"]) expect(delivered(app), app).toMatch(/^(problem|unknown)$/);
    expect(delivered("good")).toMatch(value === undefined ? /^ok$/ : /^(ok|unknown)$/);
  });
});

describe("the number of calls", () => {
  /** Each template is bound to six apps. */
  function deployMany(): void {
    const recordRules = [{ DomainName: domain, AppName: "", TemplateId: 51 }];
    const fields = { recordNotifyUrl: url };
    deploy(
      Array.from({ length: 300 }, (_, index) => ({ app: `app${index}`, fields })),
      { recordRules },
    );
    const shared = (id: number) => 1001 + ((id - 1001) % 50);
    const { templates, rules, ...rest } = emulator.state();
    emulator.setState({
      ...rest,
      templates: templates.slice(0, 50),
      rules: rules.map((rule) => ({ ...rule, TemplateId: shared(rule.TemplateId) })),
    });
    resources = resources.flatMap((resource) => {
      const templateId = String(shared(Number(resource.outputs.templateId)));
      if (resource.kind === "template") return resource.id === templateId ? [resource] : [];
      return [{ ...resource, outputs: { ...resource.outputs, templateId } }];
    });
  }

  test("includes one list of streams for 50 templates and 300 bindings without streams", async () => {
    deployMany();
    const calls = await callsOf(async () => {
      const reports = await verify();
      expect(reports.size).toBe(300);
      for (const report of reports.values()) expect(verdicts(report)).toEqual(["ok", "ok", "ok", "ok", "unknown"]);
    });
    expect(calls).toEqual([...reads, ...media, "DescribeLiveStreamEventList"].sort());
  });

  test("includes no list of record or snapshot rules if no URL needs one", async () => {
    deploy([{ app: "live" }]);
    expect(await callsOf(verify)).toEqual([...reads, "DescribeLiveStreamEventList"].sort());
  });

  test("stays below the documented rate with a query for each of 30 streams", async () => {
    deployMany();
    const apps = Array.from({ length: 30 }, (_, index) => `app${index}`);
    for (const app of apps) await push(app);
    emulator.configure({ throttle: 20 });
    emulator.clearRequests();
    const reports = await verify();
    expect(apps.map((app) => reports.get(app)?.delivered.verdict)).toEqual(apps.map(() => "ok"));
    const asked = emulator.requests();
    expect(asked.filter(({ code }) => code !== null)).toEqual([]);
    expect(asked.filter(({ action }) => action === "DescribeCallbackRecordsList")).toHaveLength(30);
  });
});
