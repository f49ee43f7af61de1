// The API calls that find deliveries: few, never above the documented rates, and none without need.
import { expect, test } from "vitest";
import { type AskedBinding, mostRecordCalls, readDeliveries } from "../../../../cli/verification/deliveries.ts";
import { createEvidence } from "../../../../cli/verification/evidence.ts";
import { pace } from "../../../../cli/verification/pacing.ts";
import { formatUtc as utc } from "../../../../emulator/times.ts";
import type { Answer, Transport } from "../../../../provider/live/transport.ts";

const now = Date.parse("2026-01-01T12:00:00Z");
const since = now - 3_600_000;
const url = "https://callbacks.example.com/";

interface Push {
  domain?: string;
  app: string;
  stream: string;
  startedAt?: number;
}

function binding(app: string, domainName = "push.example.com"): AskedBinding {
  const place = { domainName, appName: app };
  const template = { templateId: "7", streamBeginNotifyUrl: url };
  return { id: `${domainName}/${app}`, place, template, since, sinceWithoutBody: since };
}

/** An account with these pushed streams and all their deliveries. It filters and pages as the API does. */
function account(pushes: readonly Push[], bindings: readonly AskedBinding[]) {
  const calls: { action: string; parameters: Record<string, unknown> }[] = [];
  const transport: Transport = async (_service, action, given): Promise<Answer> => {
    const parameters: Record<string, unknown> = { ...given };
    calls.push({ action, parameters });
    const size = Number(parameters.PageSize);
    const paged = <Row>(rows: readonly Row[]) => rows.slice((Number(parameters.PageNum) - 1) * size).slice(0, size);
    if (action === "DescribeLiveStreamEventList") {
      const found = pushes.filter(
        ({ app, stream }) =>
          [undefined, app].includes(parameters.AppName as string) &&
          [undefined, stream].includes(parameters.StreamName as string),
      );
      const list = paged(found).map(({ domain = "push.example.com", app, stream, startedAt = now - 1_200_000 }) => ({
        DomainName: domain,
        AppName: app,
        StreamName: stream,
        StreamStartTime: utc(startedAt),
        StreamEndTime: utc(startedAt + 60_000),
      }));
      return { EventList: list, TotalNum: found.length, RequestId: "r" };
    }
    const rows = pushes
      .filter(({ stream }) => stream === parameters.StreamName)
      .map(({ startedAt = now - 1_200_000 }) => ({
        EventType: 1,
        EventTime: utc(startedAt),
        ResponseTime: utc(startedAt),
        Request: "",
        Response: "status+code%3A200%2C+content%3DSuccess",
        ResultCode: 0,
      }));
    return { DataInfoList: paged(rows), TotalNum: rows.length, RequestId: "r" };
  };
  const verify = (options: { international?: boolean } = {}) =>
    readDeliveries(
      bindings,
      createEvidence(transport, 1_000, () => async () => {}),
      {
        rules: bindings.map(({ place }) => ({ ...place, templateId: "7", changedAt: since })),
        templates: new Map([["7", { templateId: "7" }]]),
        international: false,
        now,
        progress: () => {},
        ...options,
      },
    );
  const count = (action: string) => calls.filter((call) => call.action === action).length;
  return {
    calls,
    verify,
    sessionCalls: () => count("DescribeLiveStreamEventList"),
    recordCalls: () => count("DescribeCallbackRecordsList"),
  };
}

const many = (count: number) => Array.from({ length: count }, (_, index) => binding(`app${index}`));

test("300 bindings without streams take one call", async () => {
  const { verify, calls } = account([], many(300));
  const verdicts = await verify();
  expect(verdicts.size).toBe(300);
  for (const verdict of verdicts.values()) {
    expect(verdict).toEqual({
      verdict: "unknown",
      what: expect.stringMatching(/^no stream was pushed since .*, so nothing is proved$/),
    });
  }
  expect(calls).toEqual([
    {
      action: "DescribeLiveStreamEventList",
      parameters: { StartTime: utc(since - 86_400_000), EndTime: utc(now), IsFilter: 1, PageNum: 1, PageSize: 100 },
    },
  ]);
});

test("bindings with a stream each take one call for all pushes, and one for the records of each stream", async () => {
  const bindings = many(12);
  const { verify, sessionCalls, recordCalls } = account(
    bindings.map(({ place }, index) => ({ app: place.appName, stream: `stream${index}` })),
    bindings,
  );
  expect([...(await verify()).values()].map(({ verdict }) => verdict)).toEqual(bindings.map(() => "ok"));
  expect([sessionCalls(), recordCalls()]).toEqual([1, 12]);
});

test("with far more pushes in the account, each binding takes one call", async () => {
  const bindings = many(2);
  const noise = Array.from({ length: 1000 }, (_, index) => ({ app: "elsewhere", stream: `noise${index}` }));
  const { verify, calls, sessionCalls } = account([...noise, { app: "app0", stream: "demo" }], bindings);
  const verdicts = await verify();
  expect([...verdicts.values()].map(({ verdict }) => verdict).sort()).toEqual(["ok", "unknown"]);
  // The page that shows the count, one for each binding, and one for streams of the same name.
  expect(sessionCalls()).toBe(4);
  expect(calls.at(-1)?.parameters).toMatchObject({ StreamName: "demo", IsStrict: 1 });
});

test("with far more pushes in the account, streams of the same name elsewhere are still found", async () => {
  const noise = Array.from({ length: 1000 }, (_, index) => ({ app: "elsewhere", stream: `noise${index}` }));
  const pushes = [...noise, { app: "app0", stream: "demo" }, { app: "elsewhere", stream: "demo" }];
  const { verify } = account(pushes, [binding("app0")]);
  expect((await verify()).get("push.example.com/app0")).toMatchObject({
    verdict: "unknown",
    what: expect.stringContaining("it is not known whether LVB's deliveries belong to this binding"),
  });
});

test("two bindings with a stream of the same name share the call, and neither claims the other's deliveries", async () => {
  const bindings = many(2);
  const { verify, recordCalls } = account(
    bindings.map(({ place }) => ({ app: place.appName, stream: "demo" })),
    bindings,
  );
  expect([...(await verify()).values()].map(({ verdict }) => verdict)).toEqual(["unknown", "unknown"]);
  expect(recordCalls()).toBe(1);
});

test("the records of a stream that reconnected at once are read from its first start", async () => {
  const [first, again, later] = [now - 3_000_000, now - 3_000_000 + 80_000, now - 1_200_000];
  const push = (startedAt: number) => ({ app: "app0", stream: "demo", startedAt });
  const started = async (...pushes: number[]) => {
    const { verify, calls } = account(pushes.map(push), [binding("app0")]);
    await verify();
    return calls.find(({ action }) => action === "DescribeCallbackRecordsList")?.parameters.StartTime;
  };
  expect(await started(first, again)).toBe(utc(first - 60_000));
  expect(await started(first, later)).toBe(utc(later - 60_000));
});

test("on the international site, only the number of pushed streams is known", async () => {
  const { verify, recordCalls } = account([{ app: "app0", stream: "demo" }], [binding("app0")]);
  expect((await verify({ international: true })).get("push.example.com/app0")?.what).toMatch(
    /^1 stream was pushed.*international site keeps no records/,
  );
  expect(recordCalls()).toBe(0);
});

test("a push before the change proves nothing", async () => {
  const { verify } = account([{ app: "app0", stream: "demo", startedAt: since - 1_000 }], [binding("app0")]);
  expect((await verify()).get("push.example.com/app0")?.what).toContain("no stream was pushed since");
});

test("a push without a rule, to another app of the domain: where it went, and no call more", async () => {
  const push = { app: "App0", stream: "demo" };
  const { verify, calls } = account([push], [binding("app0")]);
  expect((await verify()).get("push.example.com/app0")).toEqual({
    verdict: "unknown",
    what: expect.stringMatching(
      /^no stream was pushed since .*; a push to push\.example\.com\/App0, .* ago\), has no rule\. Next: .*AppName is case-sensitive$/,
    ),
  });
  expect(calls).toHaveLength(1);
  // Nor if the account pushes too much to read it all.
  const noise = Array.from({ length: 1000 }, (_, index) => ({ app: "App0", stream: `noise${index}` }));
  const large = account(noise, [binding("app0")]);
  expect((await large.verify()).get("push.example.com/app0")?.what).toContain("a push to push.example.com/App0,");
  expect(large.sessionCalls()).toBe(2);
});

test("a push to the app on another domain without a rule is named, one with a rule or to another app isn't", async () => {
  const push = { app: "app0", stream: "demo", domain: "other.example.com" };
  const what = async (pushes: Push[], bindings: AskedBinding[]) =>
    (await account(pushes, bindings).verify()).get("push.example.com/app0")?.what;
  expect(await what([push], [binding("app0")])).toContain("a push to other.example.com/app0,");
  expect(await what([push], [binding("app0"), binding("app0", "other.example.com")])).not.toContain("has no rule");
  expect(await what([{ ...push, app: "app1" }], [binding("app0")])).not.toContain("has no rule");
});

test("queries for records are capped, and the verdict says so", async () => {
  const bindings = many(mostRecordCalls + 5);
  const { verify, recordCalls } = account(
    bindings.map(({ place }, index) => ({ app: place.appName, stream: `stream${index}` })),
    bindings,
  );
  const left = [...(await verify()).values()].filter(({ verdict }) => verdict !== "ok");
  expect(left).toHaveLength(5);
  expect(left[0]?.what).toContain(`at most ${mostRecordCalls} queries`);
  expect(recordCalls()).toBe(mostRecordCalls);
});

test("calls never exceed the rate, however many start at the same time", async () => {
  let time = 0;
  const at: number[] = [];
  const turn = pace(
    20,
    () => time,
    async (ms) => {
      time = Math.max(time, time + ms);
    },
  );
  for (let call = 0; call < 100; call++) {
    await turn();
    at.push(time);
  }
  for (const [index, moment] of at.entries()) {
    const within = at.filter((other) => other >= moment && other < moment + 1000);
    expect(within.length, String(index)).toBeLessThanOrEqual(20);
  }
});
