// The calls of a binding on the emulated account.
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Fault, StateInput } from "../../emulator/index.ts";
import { classesDescribe } from "./classesOnly.ts";
import { account, bindingState, boundTemplate, callsOf, longAgo, url } from "./fixtures.ts";
import { failureOf } from "./providerProcess.ts";
import { bindings, emulator, onAccount, provider, written } from "./run.ts";

const domain = "push.example.com";

beforeEach(() => emulator.clearRequests());

/** A run on an account with the templates 1 to 3 and these rules: template by app. */
function onRules(apps: Record<string, number>, more: StateInput = {}): void {
  onAccount({
    templates: [1, 2, 3].map((TemplateId) => ({ TemplateId, RecordNotifyUrl: url })),
    rules: Object.entries(apps).map(([AppName, TemplateId]) => ({
      DomainName: domain,
      AppName,
      TemplateId,
      // `longAgo` in Beijing time.
      UpdateTime: "2026-01-01 08:00:00",
    })),
    ...more,
  });
}

const inputs = (appName: string, templateId: string) => ({ domainName: domain, appName, templateId });
const state = (appName: string, templateId: string) => bindingState(domain, appName, templateId);
const bound = (app: string) => boundTemplate(emulator, domain, app);
const newPropagation = {
  changedAt: expect.any(String),
  earliestEffectiveAt: expect.any(String),
  effectiveAt: expect.any(String),
};

describe("create", () => {
  const refused = [
    { Name: "play.example.com", Type: 1 },
    { Name: "off.example.com", Status: 0 },
  ];
  onRules(
    { same: 1, elsewhere: 2, overwrite: 2, "overwrite-lost": 2 },
    { domains: [domain, { Name: "delayed.example.com", IsDelayLive: 1 }, ...refused] },
  );

  test("returns domain and app as id, and all outputs", async () => {
    const { id, outs } = await bindings.make({ domainName: "Push.Example.com", appName: "live", templateId: 1 });
    expect(id).toBe("push.example.com/live");
    expect(outs).toEqual({
      ...inputs("live", "1"),
      accountId: account,
      propagation: newPropagation,
      __provider: bindings.text,
    });
    expect(callsOf(emulator, "CreateLiveCallbackRule")).toEqual([
      { DomainName: domain, AppName: "live", TemplateId: 1 },
    ]);
  });

  test("uses a rule that already equals the program, with a warning, without a write, and with its own time", async () => {
    const { outs } = await bindings.make(inputs("same", "1"));
    expect(outs.propagation).toEqual(longAgo);
    expect(provider.lines("warning")).toContainEqual(
      expect.stringMatching(/example\.com\/same: .*now manages the rule/),
    );
    expect(written()).toEqual([]);
  });

  test("refuses a domain and app bound to another template, and names it and the ways out", async () => {
    const { message, partial } = await failureOf(bindings.make(inputs("elsewhere", "1")));
    expect(message).toMatch(/example\.com\/elsewhere is bound to template 2\b.*Next: .*import.*allowOverwrite: true/);
    expect(partial).toBeUndefined();
    expect(written()).toEqual([]);
  });

  test("overwrites the rule with allowOverwrite, with a warning", async () => {
    const { outs } = await bindings.make({ ...inputs("overwrite", "1"), allowOverwrite: true });
    expect(outs).toMatchObject({ templateId: "1" });
    expect(outs).not.toHaveProperty("allowOverwrite");
    expect(bound("overwrite")).toBe(1);
    expect(provider.lines("warning")).toContainEqual(expect.stringMatching(/overwrite: it was bound to template 2;/));
  });

  test("with allowOverwrite, restores the former rule if the new one fails, and keeps nothing in the state", async () => {
    emulator.addFaults([{ action: "CreateLiveCallbackRule", kind: "code", code: "InternalError.ConfNotFound" }]);
    const { message, partial } = await failureOf(
      bindings.make({ ...inputs("overwrite-lost", "1"), allowOverwrite: true }),
    );
    expect(message).toMatch(/was not bound to template 1: .*Template 2 is bound again/);
    expect(partial).toBeUndefined();
    expect(bound("overwrite-lost")).toBe(2);
  });

  test.each([
    ["nowhere.example.com", /is not a domain of this account/],
    ["play.example.com", /is a play domain/],
    ["off.example.com", /is disabled/],
  ])("refuses the domain %s before anything is written", async (domainName, reason) => {
    emulator.setDialects({ unknownDomain: "accepted" });
    expect((await failureOf(bindings.make({ ...inputs("live", "1"), domainName }))).message).toMatch(reason);
    emulator.setDialects({ unknownDomain: "refused" });
    expect(written()).toEqual([]);
  });

  test("binds a domain of delayed live streams", async () => {
    const { id } = await bindings.make({ ...inputs("live", "1"), domainName: "delayed.example.com" });
    expect(id).toBe("delayed.example.com/live");
  });

  test("binds a whole domain with an empty app if the API allows it, otherwise names the missing parameter", async () => {
    const { id, outs } = await bindings.make(inputs("", "1"));
    expect(id).toBe("push.example.com/");
    expect(outs).toMatchObject({ appName: "" });
    emulator.setDialects({ emptyAppName: "missing" });
    const whole = { ...inputs("", "1"), domainName: "delayed.example.com" };
    expect((await failureOf(bindings.make(whole))).message).toMatch(/MissingParameter.*AppName/);
    emulator.setDialects({ emptyAppName: "accepted" });
  });

  test("names a template that doesn't exist", async () => {
    expect((await failureOf(bindings.make(inputs("no-template", "99")))).message).toMatch(
      /template 99 exists in this acc/,
    );
  });

  test("refuses the second of two resources with the same domain and app in one run", async () => {
    const outcomes = await Promise.allSettled([
      bindings.make(inputs("twice", "1")),
      bindings.make(inputs("twice", "1")),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    await expect(bindings.make(inputs("twice", "1"))).rejects.toThrow(/another resource of this run binds the same/);
  });

  test("keeps the rule when the same run deletes its former resource", async () => {
    await bindings.make(inputs("replaced", "1"));
    await bindings.delete(`${domain}/replaced`, state("replaced", "1"));
    expect(bound("replaced")).toBe(1);
    expect(provider.lines("warning")).toContainEqual(expect.stringMatching(/replaced is kept: another resource/));
  });

  test.each(["error", "overwrite"] as const)("finds the rule after a lost reply (duplicates: %s)", async (how) => {
    emulator.setDialects({ duplicateRule: how });
    for (const kind of ["resetAfterCommit", "resetBefore", "truncate", "http5xx", "html"] as const) {
      emulator.addFaults([{ action: "CreateLiveCallbackRule", kind } as Fault]);
      await bindings.make(inputs(`${how}-${kind}`, "1"));
      expect(bound(`${how}-${kind}`)).toBe(1);
    }
    emulator.setDialects({ duplicateRule: "error" });
  });

  test.each([
    ["code", "UnauthorizedOperation", 1, /was not created: .*UnauthorizedOperation/],
    ["resetBefore", undefined, 3, /may or may not have been created/],
  ] as const)("fails if the rule cannot be created (%s %s), after %i calls", async (kind, code, calls, message) => {
    emulator.addFaults([{ action: "CreateLiveCallbackRule", kind, ...(code && { code }), times: 9 } as Fault]);
    expect((await failureOf(bindings.make(inputs("never", "1")))).message).toMatch(message);
    expect(callsOf(emulator, "CreateLiveCallbackRule")).toHaveLength(calls);
    // A refusal of the credentials doesn't contradict the list.
    if (calls === 1) expect(callsOf(emulator, "DescribeLiveCallbackRules")).toEqual([]);
    expect(bound("never")).toBeUndefined();
  });

  // Last, since the run's lists don't show this change of the account.
  test("refuses a domain and app that someone has just bound to another template", async () => {
    const { rules, ...rest } = emulator.state();
    emulator.setState({ ...rest, rules: [...rules, { DomainName: domain, AppName: "raced", TemplateId: 2 }] });
    expect((await failureOf(bindings.make(inputs("raced", "1")))).message).toMatch(/raced is bound to template 2/);
    expect(bound("raced")).toBe(2);
  });
});

classesDescribe("create with the import option", () => {
  onRules({ equal: 1, unequal: 2 });

  test("imports a rule that equals the program, without a write, with its own time", async () => {
    const { id, outs } = await bindings.make({ ...inputs("equal", "1"), __import: `${domain}/equal` });
    expect(id).toBe(`${domain}/equal`);
    expect(outs).toEqual({ ...state("equal", "1"), __provider: bindings.text });
    expect(written()).toEqual([]);
  });

  test.each([
    ["unequal", `${domain}/unequal`, /templateId is 2 in the account and 1 in the program/],
    ["missing", `${domain}/missing`, /has no rule for push\.example\.com\/missing/],
    ["live", `${domain}/other`, /does not name push\.example\.com\/live/],
  ])("refuses the app %s with the id %s, even with allowOverwrite", async (appName, id, reason) => {
    const news = { ...inputs(appName, "1"), allowOverwrite: true, __import: id };
    expect((await failureOf(bindings.make(news))).message).toMatch(reason);
    expect(written()).toEqual([]);
  });
});

describe.each(["space", "iso"] as const)("read, with times in the format %s", (timeFormat) => {
  onRules({ same: 1, rebound: 2, recreated: 1, "": 3 });

  beforeAll(() => emulator.setDialects({ timeFormat }));

  test("returns exactly the stored state if nothing was edited", async () => {
    // The server's clock and ours differ.
    const stored = { ...state("same", "1"), propagation: { ...longAgo, changedAt: "2026-01-01T00:01:30.500Z" } };
    expect(await bindings.read(`${domain}/same`, stored)).toEqual({
      id: `${domain}/same`,
      props: { ...stored, __provider: bindings.text },
      inputs: { ...inputs("same", "1"), __provider: bindings.text },
    });
    expect(emulator.requests()).toMatchObject([{ action: "DescribeLiveCallbackRules" }]);
  });

  test("shows a change of template as output and input, with the server's time", async () => {
    const stored = { ...state("rebound", "1"), propagation: { ...longAgo, changedAt: "2025-12-01T00:00:00.000Z" } };
    const { props, inputs: live } = await bindings.read(`${domain}/rebound`, stored);
    expect(props).toEqual({ ...state("rebound", "2"), __provider: bindings.text });
    expect(live).toEqual({ ...inputs("rebound", "2"), __provider: bindings.text });
  });

  test("shows the server's time of a rule that was created again", async () => {
    const stored = { ...state("recreated", "1"), propagation: { ...longAgo, changedAt: "2025-12-01T00:00:00.000Z" } };
    expect((await bindings.read(`${domain}/recreated`, stored)).props.propagation).toEqual(longAgo);
  });

  test("finds a binding by its id alone, even for a whole domain", async () => {
    const { id, props } = await bindings.read("Push.Example.com/same");
    expect(id).toBe(`${domain}/same`);
    expect(props).toEqual({ ...state("same", "1"), __provider: bindings.text });
    expect((await bindings.read(`${domain}/`)).props).toMatchObject({ appName: "", templateId: "3" });
  });

  test("fails for an unknown or invalid id, and returns no id for a stored binding that is gone", async () => {
    expect((await failureOf(bindings.read(`${domain}/nothing`))).message).toMatch(/nothing was not read: no such rule/);
    for (const id of ["push.example.com", "/live"]) {
      expect((await failureOf(bindings.read(id))).message).toMatch(/id of a binding is <domain>\/<app>/);
    }
    expect(await bindings.read(`${domain}/gone`, state("gone", "1"))).toMatchObject({ id: "", inputs: undefined });
  });
});

describe("update", () => {
  onRules({
    switch: 1,
    lost: 1,
    missing: 1,
    restored: 1,
    broken: 1,
    elsewhere: 3,
    overwrite: 3,
    done: 2,
    "ours-gone": 1,
  });

  const update = (app: string, from: string, to: string, more = {}) =>
    bindings.update(`${domain}/${app}`, state(app, from), { ...inputs(app, to), ...more });

  test("switches the template in place, and says until when callbacks of the former one may arrive", async () => {
    const { outs } = await update("switch", "1", "2");
    expect(outs).toEqual({ ...state("switch", "2"), propagation: newPropagation, __provider: bindings.text });
    expect(bound("switch")).toBe(2);
    expect(provider.lines("info")).toEqual([expect.stringMatching(/template 1 may still arrive until 20\d\d-/)]);
  });

  test("switches the template although replies are lost", async () => {
    emulator.addFaults([
      { action: "DeleteLiveCallbackRule", kind: "resetAfterCommit" },
      { action: "CreateLiveCallbackRule", kind: "resetAfterCommit" },
    ]);
    await update("lost", "1", "2");
    expect(bound("lost")).toBe(2);
  });

  test("changes nothing if the new template doesn't exist", async () => {
    expect((await failureOf(update("missing", "1", "99"))).message).toMatch(
      /missing was not bound to template 99: the account has no template 99\. Next: check/,
    );
    expect(written()).toEqual([]);
  });

  test("restores the former rule if the new one fails, and keeps it in the state", async () => {
    emulator.addFaults([{ action: "CreateLiveCallbackRule", kind: "code", code: "InternalError.ConfNotFound" }]);
    const { message, partial } = await failureOf(update("restored", "1", "2"));
    expect(message).toMatch(/was not bound to template 2: .*Template 1 is bound again.*pulumi up/);
    expect(partial).toEqual({
      id: `${domain}/restored`,
      properties: { ...state("restored", "1"), propagation: newPropagation, __provider: bindings.text },
      reasons: [message],
    });
    expect(bound("restored")).toBe(1);
  });

  test("if restoring fails too, shows both errors, keeps the binding in the state, and completes in the next run", async () => {
    const refusal = { action: "CreateLiveCallbackRule", kind: "code", code: "InternalError.InvalidInput" } as const;
    emulator.addFaults([{ ...refusal, times: 2 }]);
    const { partial } = await failureOf(update("broken", "1", "2"));
    expect(partial).toEqual({
      id: `${domain}/broken`,
      properties: { ...state("broken", ""), propagation: newPropagation, __provider: bindings.text },
      reasons: [expect.stringMatching(/was not bound to template 2: .*Restoring template 1 failed too .*no callbacks/)],
    });
    expect(bound("broken")).toBeUndefined();

    const kept = partial?.properties ?? {};
    expect(await bindings.diff(`${domain}/broken`, kept, inputs("broken", "2"))).toMatchObject({
      changes: true,
      replaces: [],
    });
    const { outs } = await bindings.update(`${domain}/broken`, kept, inputs("broken", "2"));
    expect(outs).toMatchObject(inputs("broken", "2"));
    expect(bound("broken")).toBe(2);
  });

  test("refuses to overwrite someone's change of template, unless allowOverwrite is set", async () => {
    const { message, partial } = await failureOf(update("elsewhere", "1", "2"));
    expect(message).toMatch(
      /bound to template 3, not to 1 as in the state of this stack\b.*Next: `pulumi up --refresh`/,
    );
    expect(partial).toBeUndefined();
    expect(bound("elsewhere")).toBe(3);
    await update("overwrite", "1", "2", { allowOverwrite: true });
    expect(bound("overwrite")).toBe(2);
  });

  test("writes nothing if the rule already equals the program, as after a killed run", async () => {
    const propagation = { ...longAgo, changedAt: "2025-12-01T00:00:00.000Z" };
    const again = (from: string) =>
      bindings.update(`${domain}/done`, { ...state("done", from), propagation }, inputs("done", "2"));
    // The time is the server's if an earlier run made the change, otherwise our own.
    expect((await again("1")).outs).toMatchObject({ templateId: "2", propagation: longAgo });
    expect((await again("2")).outs).toMatchObject({ templateId: "2", propagation });
    expect(written()).toEqual([]);
  });

  test("creates the rule again if someone deleted it", async () => {
    await update("unbound", "1", "2");
    expect(bound("unbound")).toBe(2);
  });
});

describe("delete", () => {
  onRules({ live: 1, lost: 1, elsewhere: 2, raced: 1, frozen: 1, "": 1 });

  const remove = (app: string) => bindings.delete(`${domain}/${app}`, state(app, "1"));

  test("deletes the rule, and says until when callbacks may still arrive", async () => {
    await remove("live");
    await remove("");
    expect([bound("live"), bound("")]).toEqual([undefined, undefined]);
    expect(provider.lines("info")).toEqual([
      expect.stringMatching(/example\.com\/live is deleted: callbacks may still arrive until 20\d\d-/),
      expect.stringMatching(/example\.com\/ is deleted/),
    ]);
  });

  test("deletes the rule although the reply is lost", async () => {
    emulator.addFaults([{ action: "DeleteLiveCallbackRule", kind: "resetAfterCommit" }]);
    await remove("lost");
    expect(bound("lost")).toBeUndefined();
  });

  test("lets the same run create the rule again", async () => {
    for (const app of ["live", "lost"]) await bindings.make(inputs(app, "2"));
    expect(written().map(({ action }) => action)).toEqual(["CreateLiveCallbackRule", "CreateLiveCallbackRule"]);
    expect([bound("live"), bound("lost")]).toEqual([2, 2]);
  });

  test("keeps a rule to another template, with a warning", async () => {
    await remove("elsewhere");
    expect(bound("elsewhere")).toBe(2);
    expect(provider.lines("warning")).toEqual([
      expect.stringMatching(/elsewhere: .*template 2, not to 1 .*left alone/),
    ]);
    expect(written()).toEqual([]);
  });

  test("succeeds if the rule is already gone, in the list or in the answer", async () => {
    await remove("gone");
    const { rules, ...rest } = emulator.state();
    emulator.setState({ ...rest, rules: rules.filter(({ AppName }) => AppName !== "raced") });
    await remove("raced");
  });

  test("fails if the account is suspended, although the code says ResourceNotFound", async () => {
    emulator.addFaults([{ action: "DeleteLiveCallbackRule", kind: "code", code: "ResourceNotFound.StopService" }]);
    expect((await failureOf(remove("frozen"))).message).toMatch(/frozen was not deleted: .*arrears/);
  });

  test("fails if the answer says that the rule is gone, but the list still has it", async () => {
    emulator.addFaults([{ action: "DeleteLiveCallbackRule", kind: "code", code: "InternalError.RuleNotFound" }]);
    expect((await failureOf(remove("frozen"))).message).toMatch(
      /was not deleted: .*RuleNotFound.*, but the account still lists it\. Next: run the same command again; nothing was done$/,
    );
    expect(bound("frozen")).toBe(1);
  });

  test("succeeds for an empty state", async () => {
    await bindings.delete(`${domain}/nothing`, {});
  });
});
