// Whether the account is set up so that each event happens, without guessing.
import { expect, test } from "vitest";
import { judgeCanFire, type UrlField, urlFields } from "../../../../cli/verification/canFire.ts";
import type { MediaRule, SnapshotTemplate } from "../../../../cli/verification/evidence.ts";

const place = { domainName: "push.example.com", appName: "live" };
const rule = (given: Partial<MediaRule> = {}): MediaRule => ({
  domainName: "push.example.com",
  appName: "live",
  streamName: "",
  templateId: "5",
  ...given,
});
const template = (imageModeration: boolean): SnapshotTemplate => ({
  templateId: "5",
  templateName: "shots",
  imageModeration,
});
const setup = (given: { record?: MediaRule[]; snapshot?: MediaRule[]; templates?: SnapshotTemplate[] } = {}) => ({
  recordRules: given.record ?? [],
  snapshotRules: given.snapshot ?? [],
  snapshotTemplates: new Map((given.templates ?? []).map((one) => [one.templateId, one])),
});

const alone: UrlField[] = ["streamBeginNotifyUrl", "streamEndNotifyUrl", "pushExceptionNotifyUrl"];
const needRecordRule: UrlField[] = ["recordNotifyUrl", "recordStatusNotifyUrl", "recordExceptionNotifyUrl"];

test("start, end and push error need no other rule", () => {
  expect(judgeCanFire(place, alone, setup())).toEqual({ verdict: "ok", what: null });
});

test.each(needRecordRule)("%s needs a record rule", (field) => {
  expect(judgeCanFire(place, [field], setup())).toEqual({
    verdict: "problem",
    what: expect.stringMatching(
      new RegExp(
        `^${field} never fires by itself: no record rule for push\\.example\\.com/live\\. Next: .*CreateLiveRecordRule`,
      ),
    ),
  });
  expect(judgeCanFire(place, [field], setup({ record: [rule()] }))).toEqual({
    verdict: "ok",
    what: expect.stringContaining("no API shows whether VOD"),
  });
});

test.each<[string, Partial<MediaRule>, string]>([
  ["of the app", {}, "ok"],
  ["of the whole domain", { appName: "" }, "ok"],
  ["of the whole domain, as other families write it", { appName: "*", streamName: "*" }, "ok"],
  ["of all domains", { domainName: "", appName: "" }, "ok"],
  ["of another app", { appName: "vod" }, "problem"],
  ["of an app that differs in case", { appName: "Live" }, "problem"],
  ["of another domain", { domainName: "other.example.com", appName: "" }, "problem"],
])("a record rule %s", (_what, given, verdict) => {
  expect(judgeCanFire(place, ["recordNotifyUrl"], setup({ record: [rule(given)] })).verdict).toBe(verdict);
});

test("a rule for a single stream or app covers only some streams, and the verdict says so", () => {
  const some = { verdict: "ok", what: expect.stringContaining("cover only some streams") };
  expect(judgeCanFire(place, ["recordNotifyUrl"], setup({ record: [rule({ streamName: "demo" })] }))).toEqual(some);
  const domain = { ...place, appName: "" };
  expect(judgeCanFire(domain, ["recordNotifyUrl"], setup({ record: [rule()] }))).toEqual(some);
  const whole = judgeCanFire(place, ["recordNotifyUrl"], setup({ record: [rule({ streamName: "demo" }), rule()] }));
  expect(whole.what).not.toContain("only some");
});

test("a snapshot URL needs a snapshot rule", () => {
  expect(judgeCanFire(place, ["snapshotNotifyUrl"], setup({ record: [rule()] }))).toMatchObject({
    verdict: "problem",
    what: expect.stringContaining("no snapshot rule for push.example.com/live"),
  });
  expect(judgeCanFire(place, ["snapshotNotifyUrl"], setup({ snapshot: [rule()] }))).toMatchObject({
    verdict: "ok",
    what: expect.stringContaining("COS"),
  });
});

test.each<[string, Parameters<typeof setup>[0], string, RegExp]>([
  ["no rule", {}, "problem", /no snapshot rule/],
  [
    "moderation off",
    { snapshot: [rule()], templates: [template(false)] },
    "problem",
    /moderation is off in .*shots \(5\)/,
  ],
  ["no template", { snapshot: [rule()] }, "problem", /snapshot template 5 .* does not exist/],
  ["moderation on", { snapshot: [rule()], templates: [template(true)] }, "ok", /only suspicious/],
])("an image moderation URL: %s", (_what, given, verdict, what) => {
  expect(judgeCanFire(place, ["pornCensorshipNotifyUrl"], setup(given))).toEqual({
    verdict,
    what: expect.stringMatching(what),
  });
});

test("audio moderation is unknown, and the verdict says so", () => {
  expect(judgeCanFire(place, ["streamBeginNotifyUrl", "audioAuditNotifyUrl"], setup())).toEqual({
    verdict: "unknown",
    what: "audioAuditNotifyUrl: no API shows whether audio moderation is on",
  });
});

test("the verdict names each URL that never fires, and no other", () => {
  const { verdict, what } = judgeCanFire(place, urlFields, setup());
  expect(verdict).toBe("problem");
  for (const field of [...needRecordRule, "snapshotNotifyUrl", "pornCensorshipNotifyUrl"])
    expect(what).toContain(field);
  for (const field of [...alone, "audioAuditNotifyUrl"]) expect(what).not.toContain(field);
});
