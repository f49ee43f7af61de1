// The API's lists of record rules, snapshot rules, snapshot templates and pushed streams.
import { expect, test } from "vitest";
import { formatUtc as utc } from "../../../emulator/times.ts";
import { running, stoppedClock } from "./running.ts";
import { call } from "./signedClient.ts";

const domain = "push.example.com";
const dayMs = 86_400_000;
const list = "DescribeLiveStreamEventList";

test("record rules, snapshot rules and snapshot templates are listed, with defaults", async () => {
  const clock = stoppedClock(Date.parse("2026-01-02T20:04:05Z"));
  const emulator = await running({ clock: clock.read });
  const at = { timestamp: clock.read() / 1000 };
  emulator.setState({
    recordRules: [{ DomainName: domain, TemplateId: 51 }],
    snapshotRules: [{ DomainName: domain, AppName: "live", StreamName: "s", TemplateId: 61 }],
    snapshotTemplates: [{ TemplateId: 61, PornFlag: 1 }, { TemplateId: 62 }],
  });
  const times = { CreateTime: "2026-01-03 04:04:05", UpdateTime: "2026-01-03 04:04:05" };
  const answer = async (action: string) => (await call(emulator, action, {}, at)).response;
  expect(await answer("DescribeLiveRecordRules")).toMatchObject({
    Rules: [{ DomainName: domain, AppName: "", StreamName: "", TemplateId: 51, ...times }],
  });
  expect(await answer("DescribeLiveSnapshotRules")).toMatchObject({
    Rules: [{ DomainName: domain, AppName: "live", StreamName: "s", TemplateId: 61, ...times }],
  });
  expect(await answer("DescribeLiveSnapshotTemplates")).toMatchObject({
    Templates: [
      { TemplateId: 61, TemplateName: "snapshot-61", PornFlag: 1 },
      { TemplateId: 62, PornFlag: 0 },
    ],
  });
  const state = emulator.state();
  emulator.setState(state);
  expect(emulator.state()).toEqual(state);
  emulator.setState({});
  expect(emulator.state()).toMatchObject({ recordRules: [], snapshotRules: [], snapshotTemplates: [], streams: [] });
});

test("a state with a rule or template twice is refused", async () => {
  const emulator = await running();
  const twice = [1, 2].map((TemplateId) => ({ DomainName: domain, TemplateId }));
  expect(() => emulator.setState({ recordRules: twice })).toThrow("recordRules: DomainName, AppName and StreamName");
  expect(() => emulator.setState({ snapshotTemplates: [{ TemplateId: 1 }, { TemplateId: 1 }] })).toThrow("unique");
});

const now = Date.parse("2026-03-04T05:06:07.890Z");
const pushes = [
  { StreamName: "first", start: -40 * dayMs, end: -40 * dayMs + 60_000 },
  { StreamName: "long", start: -9000_000, end: -1000_000 },
  { StreamName: "short", start: -8000_000, end: -7000_000, AppName: "vod" },
  { StreamName: "shortest", start: -7000_000, end: -6000_000, DomainName: "other.example.com" },
];
const query = { StartTime: utc(now - dayMs), EndTime: utc(now - 1000) };

async function withPushes() {
  const emulator = await running({ clock: () => now });
  emulator.setState({
    streams: [
      ...pushes.map(({ start, end, ...push }) => ({
        DomainName: domain,
        ...push,
        StreamStartTime: utc(now + start),
        StreamEndTime: utc(now + end),
      })),
      { DomainName: domain, StreamName: "going on" },
    ],
  });
  return (parameters: Record<string, unknown>) =>
    call(emulator, list, { ...query, ...parameters }, { timestamp: Math.floor(now / 1000) });
}

test.each<[Record<string, unknown>, string[]]>([
  [{}, ["long", "shortest", "short"]],
  [{ IsAsc: 1 }, ["short", "shortest", "long"]],
  [{ AppName: "vod" }, ["short"]],
  [{ DomainName: "other.example.com" }, ["shortest"]],
  [{ StreamName: "short" }, ["shortest", "short"]],
  [{ StreamName: "short", IsStrict: 1, IsFilter: 1 }, ["short"]],
  [{ PageSize: 1, PageNum: 2 }, ["shortest"]],
  [{ StartTime: utc(now - 41 * dayMs), EndTime: utc(now - 39 * dayMs) }, ["first"]],
  [{ EndTime: utc(now) }, ["going on", "long", "shortest", "short"]],
])("the query %j finds the streams %j", async (parameters, names) => {
  const ask = await withPushes();
  const { code, response } = await ask(parameters);
  expect(code).toBe(null);
  const found = response.EventList as { StreamName: string }[];
  expect(found.map(({ StreamName }) => StreamName)).toEqual(names);
});

test.each<[Record<string, unknown>]>([
  [{ PageSize: 101 }],
  [{ PageSize: 0 }],
  [{ PageSize: 100, PageNum: 101 }],
  [{ IsStrict: 2 }],
  [{ StartTime: utc(now - 61 * dayMs), EndTime: utc(now - 59 * dayMs) }],
  [{ StartTime: utc(now - 31 * dayMs) }],
  [{ StartTime: utc(now), EndTime: utc(now - 1000) }],
  [{ StartTime: "2026-03-04 05:06:07" }],
])("the query %j is refused", async (parameters) => {
  const ask = await withPushes();
  expect(await ask(parameters)).toMatchObject({ code: "InvalidParameterValue" });
});

test("a push is listed even if nothing was delivered", async () => {
  const emulator = await running({ clock: () => now });
  await emulator.push({ domain, app: "live", stream: "s" });
  const expected = {
    DomainName: domain,
    AppName: "live",
    StreamName: "s",
    StreamStartTime: "2026-03-04T05:06:07Z",
    StreamEndTime: "2026-03-04T05:06:07Z",
  };
  expect(emulator.state().streams).toEqual([expected]);
  const { response } = await call(
    emulator,
    list,
    { ...query, EndTime: utc(now) },
    { timestamp: Math.floor(now / 1000) },
  );
  expect(response).toMatchObject({ EventList: [expected], PageNum: 1, PageSize: 10, TotalNum: 1, TotalPage: 1 });
});
