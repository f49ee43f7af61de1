// Whatever the names in an account are, the program that declares its objects compiles, and its names are unique.
import fc from "fast-check";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { type ImportPlan, planImport } from "../../../cli/importing/importPlan.ts";
import { describe as describePlan } from "../../../cli/importing/importReport.ts";
import { programText } from "../../../cli/importing/programText.ts";
import type { LiveRule, LiveTemplate } from "../../../provider/live/actions.ts";

const url = "https://callbacks.example.com/lvb";
const emptyStack = { resources: [], declared: [], names: new Set<string>() };

function account(templates: readonly LiveTemplate[], rules: readonly LiveRule[] = []) {
  return {
    accountId: "100000000001",
    templates: new Map(templates.map((template) => [template.templateId, template])),
    rules: new Map(rules.map((rule) => [`${rule.domainName}/${rule.appName}`, rule])),
  };
}

function named(...names: string[]): LiveTemplate[] {
  return names.map((templateName, index) => ({
    templateId: String(100 + index),
    templateName,
    streamBeginNotifyUrl: url,
  }));
}

function rule(domainName: string, appName: string, templateId = "100"): LiveRule {
  return { domainName, appName, templateId, changedAt: undefined };
}

/** What the compiler says of the text alone; whether its types are right, the end-to-end tests see. */
function syntaxErrors(text: string): string[] {
  const { diagnostics = [] } = ts.transpileModule(text, { reportDiagnostics: true });
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

const constants = ({ templates }: ImportPlan) => templates.map(({ constant }) => constant);

test("constants are named after the objects", () => {
  const names = [
    "live-events",
    "live_events",
    "class",
    "1st",
    "LIVE",
    "\u76f4\u64ad\u56de\u8c03",
    "\u56de\u8c03 \u6a21\u677f",
    "",
    "lvb",
    "---",
    "await",
  ];
  expect(constants(planImport(account(named(...names)), {}, emptyStack))).toEqual([
    "liveEvents",
    "liveEvents101",
    "templateClass",
    "template1st",
    "live",
    "\u76f4\u64ad\u56de\u8c03",
    "\u56de\u8c03\u6a21\u677f",
    "template",
    "lvb108",
    "template109",
    "templateAwait",
  ]);
});

test("with any names, the program has no syntax error and no name twice", () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.constantFrom("class", "a", "a-", "-a", "a1", "a101"),
  );
  const property = fc.property(
    fc.array(fc.record({ name: text, description: text, callbackKey: fc.option(fc.string(), { nil: undefined }) })),
    fc.array(fc.tuple(fc.constantFrom("a.example.com", "b.example.com"), text)),
    (templates, places) => {
      const live = templates.map(({ name, description, callbackKey }, index) => ({
        ...{ templateId: String(100 + index), templateName: name, description },
        ...(callbackKey && { callbackKey }),
      }));
      const rules = places.map(([domain, app], index) => rule(domain, app, String(100 + (index % (live.length + 1)))));
      const plan = planImport(account(live, rules), {}, emptyStack);
      const program = programText(plan, "100000000001");
      expect(syntaxErrors(program)).toEqual([]);
      for (const names of [
        constants(plan),
        plan.templates.map(({ name }) => name).concat(plan.bindings.map(({ name }) => name)),
        plan.templates.flatMap(({ configKey }) => configKey ?? []),
      ]) {
        expect(new Set(names).size).toBe(names.length);
      }
      for (const { callbackKey = "" } of live) {
        if (callbackKey.length > 6) expect(program).not.toContain(`callbackKey: ${JSON.stringify(callbackKey)}`);
      }
    },
  );
  fc.assert(property, { numRuns: 300, seed: 1 });
});

describe("the filter", () => {
  const templates = named("events", "records", "other");
  const rules = [
    rule("a.example.com", "live", "100"),
    rule("b.example.com", "", "101"),
    rule("c.other.com", "live", "999"),
  ];
  const planned = (filter: Parameters<typeof planImport>[1]) => {
    const plan = planImport(account(templates, rules), filter, emptyStack);
    return [plan.templates.map(({ name }) => name), plan.bindings.map(({ name }) => name)];
  };

  test.each<[Parameters<typeof planImport>[1], string[], string[]]>([
    [{}, ["events", "records", "other"], ["a.example.com-live", "b.example.com", "c.other.com-live"]],
    [{ domain: ["*.example.com"] }, ["events", "records"], ["a.example.com-live", "b.example.com"]],
    [{ domain: ["a.*", "c.*"] }, ["events"], ["a.example.com-live", "c.other.com-live"]],
    [{ app: [""] }, ["records"], ["b.example.com"]],
    [{ name: ["e*", "o*"] }, ["events", "other"], ["a.example.com-live"]],
    [{ template: ["101"] }, ["records"], ["b.example.com"]],
    [{ name: ["records"], app: ["live"] }, [], []],
  ])("%j selects the matching objects", (filter, templateNames, bindingNames) => {
    expect(planned(filter)).toEqual([templateNames, bindingNames]);
  });
});

test("rules whose templates don't exist are named", () => {
  const rules = [rule("a.example.com", "live"), rule("b.example.com", "", "999"), rule("c.example.com", "live", "998")];
  const plan = planImport(account(named("events"), rules), { domain: ["[ab].*"] }, emptyStack);
  expect(plan.orphaned).toEqual(["b.example.com/"]);
  const target = { folder: "/srv", stack: "dev", inProject: false };
  const text = describePlan(target, plan, { written: {}, added: {} }, "100000000001");
  expect(text).toContain("1 rule without an existing template: b.example.com/");
});

test("leaves out what the stack has, and keeps the names that the program declares", () => {
  const templates = named("events", "records");
  const rules = [rule("a.example.com", "live"), rule("b.example.com", "live", "101")];
  const held = {
    ...{ stack: "dev", urn: "u", name: "mine", kind: "template" as const, id: "100", outputs: {} },
    secretOutputs: new Set<string>(),
    ...{ accountId: "100000000001", propagation: undefined },
  };
  const declared = {
    ...{ urn: "u2", name: "by-hand", kind: "binding" as const, object: "b.example.com/live", parent: undefined },
  };
  const plan = planImport(account(templates, rules), {}, { ...emptyStack, resources: [held], declared: [declared] });
  expect(plan.templates.map(({ name }) => name)).toEqual(["records"]);
  expect(plan.bindings.map(({ name }) => name)).toEqual(["a.example.com-live", "by-hand"]);
  expect(plan.skipped).toBe(1);
  const program = programText(plan, "100000000001");
  expect(program).toContain('templateId: "100"');
  expect(program).not.toContain("b.example.com");
});
