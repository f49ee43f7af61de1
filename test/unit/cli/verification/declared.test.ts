// The first stage compares rule and template in the account with the state. Also: how findings become one verdict.
import { expect, test } from "vitest";
import { compareAccount } from "../../../../cli/account.ts";
import { readState } from "../../../../cli/stack/stackState.ts";
import { boundTemplate } from "../../../../cli/verification/boundTemplate.ts";
import { judgeDeclared } from "../../../../cli/verification/declared.ts";
import { firstObstacle, ok, pending, problem, together, unknown } from "../../../../cli/verification/verdict.ts";
import { encrypted as secret } from "../../../secretValues.ts";

const url = "https://callbacks.example.com/lvb";
const id = "push.example.com/live";

function resources(templateOutputs: object = {}, bindingOutputs: object = {}) {
  const entry = (kind: string, itsId: string, outputs: object) => {
    const type = `pulumi-nodejs:dynamic/tencentcloud-lvb:${kind}`;
    return {
      urn: `urn:pulumi:dev::live::${type}::${kind}`,
      type,
      id: itsId,
      outputs: { accountId: "100", ...outputs },
    };
  };
  const deployment = {
    resources: [
      entry("CallbackTemplate", "7", { templateName: "events", streamBeginNotifyUrl: url, ...templateOutputs }),
      entry("DomainTemplateBinding", id, { templateId: "7", ...bindingOutputs }),
    ],
  };
  return readState("dev", JSON.stringify({ deployment })).resources;
}

const template = { templateId: "7", templateName: "events", streamBeginNotifyUrl: url };
const rule = { domainName: "push.example.com", appName: "live", templateId: "7", changedAt: undefined };

function judge(given: {
  rule?: object | null;
  templates?: object[];
  accountId?: string;
  state?: ReturnType<typeof resources>;
}) {
  const state = given.state ?? resources();
  const account = {
    accountId: given.accountId ?? "100",
    templates: new Map(
      (given.templates ?? [template]).map((one) => [
        String({ ...template, ...one }.templateId),
        { ...template, ...one },
      ]),
    ),
    rules: new Map(given.rule === null ? [] : [[id, { ...rule, ...given.rule }]]),
  };
  const binding = state.find(({ kind }) => kind === "binding");
  if (binding === undefined) throw new Error("no binding");
  return {
    verdict: judgeDeclared(binding, account, compareAccount(account, state)),
    bound: boundTemplate(binding, state, account),
  };
}

test("a rule and a template as declared are ok", () => {
  expect(judge({}).verdict).toEqual({ verdict: "ok", what: null });
});

test.each<[string, Parameters<typeof judge>[0], RegExp]>([
  ["no rule", { rule: null }, /^the rule is gone\. Next: `pulumi up --refresh`/],
  [
    "another template",
    { rule: { templateId: "8" }, templates: [{}, { templateId: "8" }] },
    /^the rule points to template 8, not to 7\. Next: /,
  ],
  ["a template that is gone", { templates: [] }, /^template 7 is gone\. Next: `pulumi up --refresh` creates it again$/],
  [
    "a template that is gone, and that the stack doesn't manage",
    { templates: [], state: resources().filter(({ kind }) => kind === "binding") },
    /^template 7 is gone\. Next: this stack doesn't manage it; give the binding a template that exists/,
  ],
  [
    "an edited template",
    { templates: [{ description: "edited", streamEndNotifyUrl: url }] },
    /^template events \(7\) was edited: description, streamEndNotifyUrl\. Next: /,
  ],
])("%s is a problem", (_what, given, what) => {
  expect(judge(given).verdict).toEqual({ verdict: "problem", what: expect.stringMatching(what) });
});

test("a binding of another account is unknown, and never mixed up with this account's objects", () => {
  const { verdict, bound } = judge({ accountId: "200" });
  expect(verdict).toEqual(unknown("it is in account 100, but the credentials belong to account 200"));
  expect(bound).toMatchObject({ template: undefined, fields: [], urls: [] });
});

test("URLs are the live ones; a secret URL that no action returns is known only as a field", () => {
  const state = resources({ recordNotifyUrl: secret, recordStatusNotifyUrl: secret });
  const { bound } = judge({ state, templates: [{ recordNotifyUrl: `${url}?token=hidden` }] });
  expect(bound.fields).toEqual(["streamBeginNotifyUrl", "recordNotifyUrl", "recordStatusNotifyUrl"]);
  expect(bound.urls.map(({ field, secret: isSecret }) => [field, isSecret])).toEqual([
    ["streamBeginNotifyUrl", false],
    ["recordNotifyUrl", true],
  ]);
});

test("the worst of several findings decides, and their advice is joined after `Next: `", () => {
  expect(
    together([ok("fine"), problem("one. Next: do this"), unknown("who knows"), problem("two. Next: do that")]),
  ).toEqual(problem("one; two. Next: do this; do that"));
  expect(together([ok("fine"), unknown("who knows")])).toEqual(unknown("who knows; fine"));
  expect(together([])).toEqual(ok());
});

test("the first obstacle is the one nearest to the rule, and one that needs only time counts last", () => {
  const report = {
    id,
    templateId: "7",
    declared: ok(),
    inEffect: pending("soon"),
    canFire: problem("dead"),
    reachable: ok(),
    delivered: unknown(""),
  };
  expect(firstObstacle(report)).toEqual({ stage: "canFire", verdict: "problem", what: "dead" });
  expect(firstObstacle({ ...report, declared: problem("gone") })?.stage).toBe("declared");
  const soon = { ...report, canFire: ok() };
  expect(firstObstacle(soon)).toEqual({ stage: "inEffect", verdict: "pending", what: "soon" });
  expect(firstObstacle({ ...report, inEffect: ok(), canFire: unknown("") })).toBeUndefined();
});
