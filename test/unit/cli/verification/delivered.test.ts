// What the records of a stream prove, however the API behaves where its documentation is silent.
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { AttributionFacts } from "../../../../cli/verification/attribution.ts";
import { judgeStream, recordLagMs, type StreamRecords } from "../../../../cli/verification/delivered.ts";
import type { DeliveryRecord, StreamSession } from "../../../../cli/verification/evidence.ts";

const now = Date.parse("2026-01-01T12:00:00Z");
const ago = (minutes: number) => now - minutes * 60_000;
const place = { domainName: "push.example.com", appName: "live" };
const ours = { ...place, templateId: "7", changedAt: ago(60) };
const key = "LiveKeyOfTheTemplate1";
const formerKey = "FormerKeyOfTheTemplate1";
const template = {
  streamBeginNotifyUrl: "https://callbacks.example.com/",
  streamEndNotifyUrl: "https://callbacks.example.com/",
};

const session = (given: Partial<StreamSession> = {}): StreamSession => ({
  ...place,
  streamName: "demo",
  startedAt: ago(20),
  endedAt: ago(15),
  ...given,
});

function facts(given: Partial<AttributionFacts> = {}): AttributionFacts {
  const sessions = given.sessions ?? [session()];
  return {
    place,
    templateId: "7",
    streamName: "demo",
    sessions,
    namesakes: sessions,
    namesakesComplete: true,
    rules: [ours],
    keys: new Map([["7", key]]),
    since: ago(50),
    sinceWithoutBody: ago(50),
    now,
    ...given,
  };
}

interface Given {
  type?: number;
  at?: number;
  /** Null: Request does not contain the body. */
  body?: object | null;
  key?: string | null;
  encoded?: boolean;
  status?: number | null;
  code?: number;
}

/** A record; by default of a delivered start event, form-encoded as in the public sample. */
function record({
  type = 1,
  at = type === 0 ? ago(15) : ago(20),
  body = {},
  key: signedWith = key,
  encoded = true,
  status = 200,
  code,
}: Given = {}): DeliveryRecord {
  const t = at / 1000 + 600;
  const sign = signedWith === null ? {} : { t, sign: createHash("md5").update(`${signedWith}${t}`).digest("hex") };
  const event = {
    event_type: type,
    app: place.domainName,
    appname: place.appName,
    stream_id: "demo",
    event_time: at / 1000,
    stream_param: "txSecret=a+b%20c",
    ...sign,
    ...body,
  };
  const form = (text: string) => (encoded ? encodeURIComponent(text).replaceAll("%20", "+") : text);
  return {
    eventType: type,
    eventTime: at,
    respondedAt: at + 1000,
    request: form(body === null ? "opensso server=10.12.1.1:" : JSON.stringify(event)),
    response: form(status === null ? "timeout" : `status code:${status}, content=Success status code:999`),
    resultCode: code ?? (status === 200 ? 0 : 1),
  };
}

const both = (given: Given = {}) => [record({ type: 1, ...given }), record({ type: 0, ...given })];
const judge = (records: DeliveryRecord[], given: Partial<AttributionFacts> = {}, more: Partial<StreamRecords> = {}) =>
  judgeStream({ from: ago(120), to: now, complete: true, ...more, records }, template, facts(given));

describe.each([true, false])("Request and Response form-encoded: %s", (encoded) => {
  test("delivered start and end events with the live key are ok", () => {
    expect(judge(both({ encoded }))).toEqual({
      verdict: "ok",
      what: expect.stringMatching(/^last delivery .*\(14m 59s ago\), HTTP 200$/),
    });
  });

  test("a receiver that answers 500 is a problem", () => {
    expect(judge([record({ encoded }), record({ type: 0, status: 500, encoded })])).toEqual({
      verdict: "problem",
      what: expect.stringMatching(
        /the last end event, .*, was answered with HTTP 500, 1 of 2 attempts failed\. Next: the receiver must answer HTTP 200/,
      ),
    });
  });

  test.each([
    [401, "compare its key with the template's callbackKey"],
    [403, "compare its key with the template's callbackKey"],
    [404, "compare the path of the URL"],
    [405, "compare the path of the URL"],
    [500, "look at its log"],
  ])("HTTP %i: what to check", (status, advice) => {
    expect(judge(both({ status, encoded })).what).toContain(`must answer HTTP 200 within 20 s; ${advice}`);
  });

  test("a retried event counts as delivered once an attempt succeeds", () => {
    const start = [0, 1, 2].map((retry) => record({ status: retry < 2 ? 500 : 200, encoded }));
    for (const [index, retry] of start.entries())
      Object.assign(retry, { respondedAt: ago(20) + 1000 + index * 60_000 });
    expect(judge([...start, record({ type: 0, encoded })])).toEqual({
      verdict: "ok",
      what: expect.stringContaining("HTTP 200, 2 of 4 attempts failed"),
    });
    expect(judge(start.slice(0, 2)).verdict).toBe("problem");
  });

  test.each([1, -1, 7, 504, 10_060])("no answer, with result code %i, is a problem", (code) => {
    expect(judge([record({ status: null, code, encoded }), record({ type: 0, encoded })])).toEqual({
      verdict: "problem",
      what: expect.stringContaining(`the last start event`),
    });
  });
});

test("a response without a status is judged by its result code", () => {
  const answered = { ...record(), response: '{"code":0}' };
  expect(judge([answered, record({ type: 0 })]).verdict).toBe("ok");
  expect(judge([{ ...answered, resultCode: 3 }, record({ type: 0 })]).what).toContain("result code 3");
});

test("HTTP 200 with a result code of a failure is unknown", () => {
  expect(judge(both({ code: 5 })).verdict).toBe("unknown");
});

describe("a delivery belongs to a binding:", () => {
  const other = { domainName: "push.example.com", appName: "vod", templateId: "8", changedAt: ago(60) };
  const domainRule = { ...other, appName: "" };
  const keys = new Map([
    ["7", key],
    ["8", "KeyOfTheOtherTemplate1"],
  ]);
  const namesake = session({ appName: "vod" });

  test("a body signed with a former key belongs to the former template", () => {
    expect(judge(both({ key: formerKey }))).toEqual({
      verdict: "problem",
      what: expect.stringContaining("with a key other than the live one"),
    });
  });

  test("a later body with the live key counts more", () => {
    expect(judge([record({ key: formerKey }), ...both()]).verdict).toBe("ok");
  });

  test("an unsigned body proves nothing if the template has a key", () => {
    expect(judge(both({ key: null })).verdict).toBe("unknown");
  });

  test("without a key, an unsigned body of this domain and app is ours, a signed one the former template's", () => {
    const keyless = { keys: new Map<string, string>() };
    expect(judge(both({ key: null }), keyless).verdict).toBe("ok");
    expect(judge(both({ key: formerKey }), keyless).verdict).toBe("problem");
  });

  test("a body of another domain, app or stream is not ours", () => {
    for (const body of [{ app: "other.example.com" }, { appname: "vod" }, { stream_id: "demo2" }]) {
      expect(judge(both({ body })), JSON.stringify(body)).toMatchObject({
        verdict: "problem",
        what: expect.stringContaining("nothing was delivered"),
      });
    }
  });

  test("an event from before the change belongs to the former template", () => {
    expect(judge(both({ at: ago(55) })).verdict).toBe("problem");
  });

  test("a body without domain and app counts if no other rule has its key", () => {
    const body = { app: undefined, appname: undefined };
    const shared = { rules: [ours, { ...other, templateId: "7" }], namesakes: [session(), namesake] };
    const sessions = [session()];
    expect(
      judge(both({ body }), { sessions, rules: [ours, other], keys, namesakes: [session(), namesake] }).verdict,
    ).toBe("ok");
    expect(judge(both({ body }), { sessions, ...shared }).verdict).toBe("unknown");
  });

  test("only the keys tell which of two rules applied to an app", () => {
    expect(judge(both(), { rules: [ours, domainRule], keys }).verdict).toBe("ok");
    const ofDomain = "KeyOfTheOtherTemplate1";
    expect(judge(both({ key: ofDomain }), { rules: [ours, domainRule], keys }).what).toContain("nothing was delivered");
    expect(judge(both(), { rules: [ours, { ...domainRule, templateId: "7" }] }).verdict).toBe("unknown");
  });

  test("a record without a body counts only if no other push could have caused it", () => {
    const records = both({ body: null });
    const sessions = [session()];
    expect(judge(records).verdict).toBe("ok");
    expect(judge(records, { sessions, namesakes: [...sessions, namesake] }).verdict).toBe("unknown");
    const long = session({ appName: "vod", startedAt: ago(45), endedAt: ago(40) });
    expect(judge(records, { sessions, namesakes: [...sessions, long] }).verdict).toBe("ok");
    expect(judge(records, { rules: [ours, domainRule] }).verdict).toBe("unknown");
    expect(judge(records, { namesakesComplete: false }).verdict).toBe("unknown");
  });

  test("a record without a body proves nothing before the longest window has passed", () => {
    expect(judge(both({ body: null }), { sinceWithoutBody: ago(10) }).verdict).toBe("unknown");
  });

  test("a record with a time that fits no push is ignored", () => {
    expect(judge(both({ body: null, at: ago(40) })).verdict).toBe("unknown");
    expect(judge([{ ...record({ body: null }), eventTime: undefined }]).verdict).toBe("unknown");
  });

  test("a Request that is cut off, or contradicts its record, proves nothing", () => {
    const cut = both().map((one) => ({ ...one, request: one.request.slice(0, 60) }));
    expect(judge(cut, { sinceWithoutBody: ago(1) }).verdict).toBe("unknown");
    expect(judge([{ ...record(), eventType: 0 }]).verdict).toBe("unknown");
  });
});

describe("a missing record", () => {
  test("means that nothing was delivered, long after the push", () => {
    expect(judge([])).toEqual({
      verdict: "problem",
      what: expect.stringMatching(
        /^stream demo was pushed .*, but nothing was delivered\. Next: docs\/no-callback\.md/,
      ),
    });
  });

  test("proves nothing shortly after the push, since records come late", () => {
    const sessions = [session({ startedAt: now - recordLagMs / 2, endedAt: undefined })];
    expect(judge([], { sessions })).toMatchObject({
      verdict: "unknown",
      what: expect.stringContaining("none is due yet"),
    });
  });

  test("proves nothing unless all records were read", () => {
    expect(judge([], {}, { complete: false }).verdict).toBe("unknown");
  });

  test("is normal for a stream that came back within 70 s", () => {
    const before = session({ startedAt: ago(50), endedAt: ago(21) });
    const back = session({ endedAt: undefined });
    expect(judge([], { sessions: [back], namesakes: [before, back] }).verdict).toBe("unknown");
  });

  test("is normal for events before or after the time whose records were read", () => {
    const former = session({ startedAt: ago(60), endedAt: ago(30) });
    const running = session({ endedAt: undefined });
    const sessions = [former, running];
    expect(judge([record()], { sessions }, { from: ago(21) }).verdict).toBe("ok");
    expect(judge([record()], { sessions }).what).toContain("none of type end");
    const long = [session({ startedAt: ago(20), endedAt: ago(6) })];
    expect(judge([record()], { sessions: long }, { to: ago(7) }).verdict).toBe("ok");
  });

  test("of the end event is a problem once it is due", () => {
    expect(judge([record()])).toMatchObject({ verdict: "problem", what: expect.stringContaining("none of type end") });
    const sessions = [session({ endedAt: now - 30_000 })];
    expect(judge([record()], { sessions })).toMatchObject({
      verdict: "unknown",
      what: expect.stringContaining("no record of the end event yet"),
    });
    const running = [session({ endedAt: undefined })];
    expect(judge([record()], { sessions: running }).verdict).toBe("ok");
  });
});

test("no verdict shows a key, a signature or the receiver's answer", () => {
  const verdicts = [
    judge(both()),
    judge(both({ key: formerKey })),
    judge(both({ status: 500 })),
    judge(both({ body: null, status: 500 })),
  ];
  for (const { what } of verdicts) expect(what).not.toMatch(/Key|txSecret|Success|[0-9a-f]{32}/);
});
