import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { removeLeftovers } from "../../../cli/probing/leftovers.ts";
import { type Dialects, dialects } from "../../../emulator/index.ts";
import type { Transport } from "../../../provider/live/transport.ts";
import { share, some } from "../../depth.ts";
import { type Account, account, callOf, domain, probed, started } from "./probing.ts";

/** Dialects that show only with a stream. */
const ofRecords = ["recordRequest", "recordRetries", "recordFailure", "recordLag"];
const everyValue = Object.entries(dialects)
  .filter(([name]) => !ofRecords.includes(name))
  .flatMap(([name, { values }]) => (values ?? [0, 300]).map((value) => ({ [name]: value }) as Partial<Dialects>));

/** The observations that an emulator with these dialects allows. */
function observable(set: Partial<Dialects>): Record<string, unknown> {
  const all = Object.entries(dialects).map(([name, dialect]) => [name, dialect.default]);
  const value: Partial<Dialects> & Record<string, unknown> = { ...Object.fromEntries(all), ...set };
  const hidden = [
    ...ofRecords,
    ...(value.chinaFields === "refused" ? ["exceptionLevelWord"] : []),
    // No edit takes a URL away.
    ...(value.omittedOnModify === "kept" && value.emptyOnModify === "ignored" ? ["lastUrl"] : []),
  ];
  for (const name of hidden) delete value[name];
  return value;
}

async function expectObserved(set: Partial<Dialects>): Promise<void> {
  const of = await account({ dialects: set });
  const before = of.emulator.state();
  const { observed, differences, left, dialects: rows, transcripts } = await probed(of);
  const { readLag, ...expected } = observable(set);
  expect(observed).toEqual({ ...expected, readLag: expect.any(Number) });
  expect(Math.abs(Number(observed.readLag) - Number(readLag))).toBeLessThanOrEqual(0.2 * Number(readLag));
  expect(differences).toEqual([]);
  expect(left).toEqual([]);
  expect(of.emulator.state()).toEqual(before);
  for (const row of Object.values(rows)) expect(row.observed === null).toBe(row.why !== null);
  // What is written to a file holds neither the account nor a domain, an id or a key of it.
  const secrets = /\d{9}|emulator-(id|key)|push\.example\.com|"TemplateId":"?\d|[0-9a-f]{16}/;
  expect(secrets.exec(JSON.stringify(transcripts))).toBeNull();
  await of.emulator.stop();
}

// All default values behave alike, so one of them is enough.
const unlikeDefault = (set: Partial<Dialects>) =>
  Object.entries(dialects).some(([name, dialect]) => name in set && Reflect.get(set, name) !== dialect.default);

test.each(some(everyValue, unlikeDefault))("%j is observed, and nothing is left over", expectObserved);

test("combinations of all dialects are observed", async () => {
  const anyDialects = fc.record(
    Object.fromEntries(
      Object.entries(dialects).map(([name, { values }]) => [name, fc.constantFrom(...(values ?? [0, 0, 40, 2500]))]),
    ),
  );
  const { runs, seed } = share(100, 10, 17);
  for (const set of fc.sample(anyDialects, { numRuns: runs, seed })) {
    await expectObserved(set).catch((error: unknown) => {
      throw new Error(`under ${JSON.stringify(set)}`, { cause: error });
    });
  }
}, 300_000);

const patience = ({ clock }: Account) => ({ clock, leastMs: 5000, mostMs: 60_000 });

/** Longer than any run. */
const everyCall = Array.from({ length: 190 }, (_, index) => index + 1);
const disturbed: Partial<Dialects> = { readLag: 20, inUse: "InternalError.RuleInUsing", unknownDomain: "accepted" };

test("no run makes more calls than the tests below interrupt", async () => {
  const of = await account({ dialects: disturbed });
  await probed(of);
  expect(of.emulator.requests().length).toBeLessThanOrEqual(everyCall.length);
});

describe.each(some(everyCall, (call) => call % 10 === 1))("stopped at call %d", (last) => {
  test("by Ctrl-C, it leaves the account as before", async () => {
    const of = await account({ dialects: disturbed });
    const before = of.emulator.state();
    const stop = new AbortController();
    let calls = 0;
    const transport: Transport = (...call) => {
      calls += 1;
      if (calls === last) stop.abort();
      return of.transport(...call);
    };
    const { probing, running } = await started(of, { transport, signal: stop.signal });
    const ended = await running.then(
      () => "done",
      (error: unknown) => (stop.signal.aborted ? "interrupted" : error),
    );
    expect(["done", "interrupted"]).toContain(ended);
    expect(await probing.clear()).toEqual([]);
    expect(of.emulator.state()).toEqual(before);
  });

  test.each([true, false])(
    "by a kill (call executed: %s), a sweep leaves the account as before",
    async (carriedOut) => {
      const of = await account({ dialects: disturbed });
      const before = of.emulator.state();
      let calls = 0;
      const transport: Transport = async (...call) => {
        calls += 1;
        if (calls < last || (calls === last && carriedOut)) {
          const answer = await of.transport(...call);
          if (calls < last) return answer;
        }
        throw new Error("killed");
      };
      await (await started(of, { transport })).running.catch(() => {});
      expect(await removeLeftovers(callOf(of), "lvb-probe-", patience(of))).toEqual([]);
      expect(of.emulator.state()).toEqual(before);
    },
  );
});

test("a lost reply ends the run, and its objects are found and removed even if reads lag", async () => {
  const of = await account({ dialects: { readLag: 3000 } });
  const before = of.emulator.state();
  of.emulator.addFaults([{ action: "CreateLiveCallbackTemplate", kind: "resetAfterCommit" }]);
  const { probing, running } = await started(of);
  await expect(running).rejects.toThrow(/closed the connection before it had answered/);
  expect(await probing.clear()).toEqual([]);
  expect(of.emulator.state()).toEqual(before);
});

test("a sweep keeps other people's objects, even with similar names or rules", async () => {
  const of = await account();
  const url = { StreamBeginNotifyUrl: "https://example.com/" };
  of.emulator.setState({
    templates: [
      { TemplateId: 1, TemplateName: "lvb-probes", ...url },
      { TemplateId: 2, TemplateName: "my-lvb-probe-1", ...url },
      { TemplateId: 3, TemplateName: "lvb-probe-1-main", ...url },
      { TemplateId: 4, TemplateName: "lvb-probe-2-main", ...url },
    ],
    rules: [
      { DomainName: domain, AppName: "lvb-probe", TemplateId: 1 },
      { DomainName: domain, AppName: "", TemplateId: 3 },
      { DomainName: domain, AppName: "live", TemplateId: 4 },
      { DomainName: domain, AppName: "lvb-probe-2-rule", TemplateId: 4 },
    ],
  });
  expect(await removeLeftovers(callOf(of), "lvb-probe-", patience(of))).toEqual([]);
  const { templates, rules } = of.emulator.state();
  expect(templates.map(({ TemplateId }) => TemplateId)).toEqual([1, 2, 4]);
  expect(rules.map(({ AppName }) => AppName)).toEqual(["lvb-probe", "live"]);
});

describe("says why a dialect has no answer", () => {
  test.each([
    [50, { missingTemplate: /has 50 of 50 templates; this needs 1 more/, duplicateRule: /needs 2 more/ }],
    [49, { duplicateRule: /has 49 of 50 templates; this needs 2 more/ }],
  ])("with %d templates in the account", async (count, whys) => {
    const of = await account();
    of.emulator.setState({ templates: Array.from({ length: count }, () => ({})) });
    const before = of.emulator.state();
    const { observed, dialects: rows, differences } = await probed(of);
    for (const [name, why] of Object.entries(whys)) expect(rows[name]?.why).toMatch(why);
    expect(observed).toMatchObject({ callbackRecords: "kept" });
    expect("missingTemplate" in observed).toBe(count < 50);
    expect(differences).toEqual([]);
    expect(of.emulator.state()).toEqual(before);
  });

  test("with a lower limit than the documented one, which is a difference", async () => {
    const of = await account();
    const fault = { action: "CreateLiveCallbackTemplate", kind: "code", code: "InternalError.ConfOutLimit" } as const;
    of.emulator.addFaults([{ ...fault, times: 1000 }]);
    const { dialects: rows, differences } = await probed(of);
    expect(rows.unsetField?.why).toMatch(/a template can't be created: InternalError.ConfOutLimit/);
    expect(differences).toContainEqual(
      expect.objectContaining({ account: "InternalError.ConfOutLimit", emulator: null }),
    );
  });

  test("without --domain or --whole-domain, or with a rule for the whole domain", async () => {
    const of = await account();
    const without = await probed(of, { domain: undefined });
    expect(without.dialects.inUse?.why).toMatch(/pass --domain/);
    expect(without.transcripts.map(({ action }) => action)).not.toContain("CreateLiveCallbackRule");
    const narrow = await probed(of, { wholeDomain: false });
    expect(narrow.dialects.emptyAppName?.why).toMatch(/pass --whole-domain/);
    const { templates, rules } = of.emulator.state();
    of.emulator.setState({ templates, rules: [...rules, { DomainName: domain, AppName: "", TemplateId: 900 }] });
    const taken = await probed(of);
    expect(taken.dialects.emptyAppName?.why).toMatch(/has a rule for the whole domain, which stays untouched/);
  });

  test.each([
    [
      "with credentials that may only read",
      "UnauthorizedOperation",
      "(Create|Modify|Delete)",
      { callbackRecords: "kept" },
    ],
    [
      "with credentials that may not bind",
      "UnauthorizedOperation.Cam",
      "Rule",
      { inUse: undefined, unsetField: "empty" },
    ],
    [
      "with a service that is suspended during the run",
      "ResourceNotFound.StopService",
      "Create",
      { callbackRecords: "kept" },
    ],
  ])("%s", async (_what, code, actions, answered) => {
    const of = await account();
    const before = of.emulator.state();
    of.emulator.addFaults(
      [
        "CreateLiveCallbackTemplate",
        "CreateLiveCallbackRule",
        "ModifyLiveCallbackTemplate",
        "DeleteLiveCallbackTemplate",
        "DeleteLiveCallbackRule",
      ]
        .filter((action) => new RegExp(actions).test(action))
        .map((action) => ({ action, kind: "code", code, times: 1000 })),
    );
    const { observed, dialects: rows, differences, left } = await probed(of);
    for (const [name, value] of Object.entries(answered)) expect(observed[name]).toBe(value);
    expect(rows.inUse).toMatchObject({ observed: null, why: expect.stringContaining(code) });
    expect([differences, left]).toEqual([[], []]);
    expect(of.emulator.state()).toEqual(before);
  });
});

test.each([
  ["another code", "CreateLiveCallbackRule", "Code", "FailedOperation.RuleAlreadyExist", "duplicateRule"],
  ["another code, of no dialect", "CreateLiveCallbackTemplate", "Code", "FailedOperation.Other", undefined],
  ["another field", "DescribeLiveCallbackTemplate", "Extra", 1, undefined],
  ["another format", "DescribeLiveCallbackRules", "CreateTime", 1_700_000_000, "timeFormat"],
  ["another word", "DescribeLiveCallbackTemplate", "RecordExceptionLevels", ["WARN"], "exceptionLevelWord"],
])("%s is a difference", async (_what, action, field, value, dialect) => {
  const of = await account();
  const before = of.emulator.state();
  of.emulator.addFaults([{ action, kind: "alter", field, value, times: 1000 }]);
  const { differences, dialects: rows } = await probed(of);
  expect(differences).toContainEqual(
    expect.objectContaining({
      action,
      field: field === "Code" ? "code" : expect.stringContaining(field),
      account: value,
    }),
  );
  if (dialect !== undefined)
    expect(rows[dialect]).toMatchObject({ observed: null, why: expect.stringMatching(/value|looks like/) });
  expect(of.emulator.state()).toEqual(before);
});
