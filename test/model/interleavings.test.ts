// Concurrent calls in one process, answered in every order that fast-check's scheduler finds.
import fc from "fast-check";
import { expect, test } from "vitest";
import { callbackTemplateHandlers } from "../../provider/handlers/callbackTemplate.ts";
import { domainTemplateBindingHandlers } from "../../provider/handlers/domainTemplateBinding.ts";
import { Claims, type Session } from "../../provider/handlers/session.ts";
import type { Actions, LiveRule, LiveTemplate, TemplateValues } from "../../provider/live/actions.ts";
import { LiveGateway } from "../../provider/live/gateway.ts";
import { seedOf } from "./lifecycles.ts";

const url = "https://callbacks.example.com/1";

/** An account in memory. The scheduler decides when a call takes effect, and when it is answered. */
function account(scheduler: fc.Scheduler) {
  const templates = new Map<string, LiveTemplate>();
  const rules = new Map<string, LiveRule>();
  const calls: string[] = [];
  let nextId = 1001;
  const call = async <T>(name: string, carryOut: () => T): Promise<T> => {
    calls.push(name);
    await scheduler.schedule(Promise.resolve(), `${name} arrives`);
    const answer = carryOut();
    await scheduler.schedule(Promise.resolve(), `${name} is answered`);
    return answer;
  };
  const put = (templateId: string, values: TemplateValues) => {
    templates.set(templateId, { ...(values as Omit<LiveTemplate, "templateId">), templateId });
    return templateId;
  };
  const actions: Actions = {
    listTemplates: () => call("listTemplates", () => new Map(templates)),
    listRules: () => call("listRules", () => new Map(rules)),
    listDomains: () =>
      call(
        "listDomains",
        () => new Map([["one.example.com", { domainName: "one.example.com", type: "push", enabled: true }]]),
      ),
    createTemplate: (values) => call("createTemplate", () => put(String(nextId++), values)),
    modifyTemplate: (id, values) => call("modifyTemplate", () => void put(id, values)),
    deleteTemplate: (id) => call("deleteTemplate", () => void templates.delete(id)),
    createRule: (domainName, appName, templateId) =>
      call(
        "createRule",
        () => void rules.set(`${domainName}/${appName}`, { domainName, appName, templateId, changedAt: undefined }),
      ),
    deleteRule: (domainName, appName) => call("deleteRule", () => void rules.delete(`${domainName}/${appName}`)),
    callerAccountId: () => call("callerAccountId", () => "100000000001"),
  };
  const gateway = new LiveGateway(actions, {
    endpoint: undefined,
    allowedAccountIds: [],
    propagationSeconds: 600,
    requestTimeoutMs: 50,
  });
  const session: Session = {
    live: async () => gateway,
    report: { info: () => {}, warn: () => {}, progress: () => {} },
    claims: new Claims(),
  };
  return {
    templates,
    rules,
    calls,
    gateway,
    template: callbackTemplateHandlers(session),
    binding: domainTemplateBindingHandlers(session),
  };
}

const inputs = (templateName: string) => ({ templateName, streamBeginNotifyUrl: url });

test("of two creates with the same name, one succeeds and the other is refused", async () => {
  const property = fc.asyncProperty(fc.scheduler(), fc.boolean(), async (scheduler, automatic) => {
    const { template, templates } = account(scheduler);
    const given = automatic ? { ...inputs("events"), __autoName: "events" } : inputs("events");
    const creates = Promise.allSettled([template.create(given), template.create(given)]);
    await scheduler.waitFor(creates);
    const outcomes = await creates;
    expect(templates.size).toBe(1);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(String(outcomes.map((outcome) => (outcome.status === "rejected" ? outcome.reason : "")))).toContain(
      "Next: ",
    );
  });
  await fc.assert(property, { numRuns: 300, ...seedOf(1) });
});

test("lists that are fetched during a create show its object afterwards", async () => {
  const property = fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 3 }), async (scheduler, lists) => {
    const { template, binding, gateway } = account(scheduler);
    const work = Promise.all([
      template.create(inputs("events")).then(async ({ id }) => {
        await binding.create({ domainName: "one.example.com", appName: "live", templateId: id });
        return id;
      }),
      ...Array.from({ length: lists }, async () => {
        await gateway.templates.refetch();
        await gateway.rules.refetch();
      }),
    ]);
    await scheduler.waitFor(work);
    const [id] = await work;
    expect([...(await gateway.templates.all()).keys()]).toEqual([id]);
    expect([...(await gateway.rules.all()).values()]).toMatchObject([{ templateId: id }]);
  });
  await fc.assert(property, { numRuns: 300, ...seedOf(2) });
});

test("20 concurrent updates share one list, and each changes only its own template", async () => {
  const property = fc.asyncProperty(fc.scheduler(), async (scheduler) => {
    const { template, templates, calls } = account(scheduler);
    const ids = Array.from({ length: 20 }, (_, index) => String(2001 + index));
    for (const id of ids) templates.set(id, { templateId: id, ...inputs(`name-${id}`) });
    const work = Promise.all(
      ids.map((id) => {
        const olds = { ...inputs(`name-${id}`), templateId: id };
        return template.update(id, olds, { ...inputs(`name-${id}`), description: `of ${id}` });
      }),
    );
    await scheduler.waitFor(work);
    expect(calls.filter((name) => name === "listTemplates")).toHaveLength(1);
    expect([...templates.values()].map(({ description }) => description)).toEqual(ids.map((id) => `of ${id}`));
  });
  await fc.assert(property, { numRuns: 50, ...seedOf(3) });
});

test("concurrent changes, deletes and creates leave each rule as its last write did", async () => {
  const property = fc.asyncProperty(fc.scheduler(), async (scheduler) => {
    const { binding, templates, rules } = account(scheduler);
    for (const id of ["1", "2"]) templates.set(id, { templateId: id, ...inputs(id) });
    const place = (appName: string, templateId: string) => ({ domainName: "one.example.com", appName, templateId });
    for (const appName of ["a", "b", "c"]) {
      rules.set(`one.example.com/${appName}`, { ...place(appName, "1"), changedAt: undefined });
    }
    const work = Promise.all([
      binding.update("one.example.com/a", place("a", "1"), place("a", "2")),
      binding.update("one.example.com/b", place("b", "1"), place("b", "2")),
      binding.delete("one.example.com/c", place("c", "1")),
      binding.create(place("d", "1")),
    ]);
    await scheduler.waitFor(work);
    expect(Object.fromEntries([...rules].map(([key, { templateId }]) => [key.slice(-1), templateId]))).toEqual({
      a: "2",
      b: "2",
      d: "1",
    });
  });
  await fc.assert(property, { numRuns: 300, ...seedOf(4) });
});
