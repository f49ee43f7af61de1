import { expect, test, vi } from "vitest";
import type { Values } from "./process.ts";
import { calls, create, environment, failure, newProcess, refresh, running, update } from "./process.ts";

const url = "https://callbacks.example.com/lvb";
const events = { templateName: "events", streamBeginNotifyUrl: url };
const live = (templateId: string): Values => ({ domainName: "push.example.com", appName: "live", templateId });

test("a domain is found on the last of several pages, and among those of delayed live streams", async () => {
  const domains = Array.from({ length: 250 }, (_, index) => `name${index}.example.com`);
  const emulator = await running({ domains: [...domains, { Name: "delayed.example.com", IsDelayLive: 1 }] });
  const { template, binding } = newProcess(environment(emulator));
  const { id } = await create(template, events);
  await create(binding, { ...live(id), domainName: domains.at(-1) });
  expect(calls(emulator)).toMatchObject({ DescribeLiveDomains: 3, CreateLiveCallbackRule: 1 });
  await create(binding, { ...live(id), domainName: "delayed.example.com" });
  expect(calls(emulator)).toMatchObject({ DescribeLiveDomains: 4, CreateLiveCallbackRule: 2 });
});

test("a domain that was added after the list was fetched is found", async () => {
  const emulator = await running({ domains: ["first.example.com"] });
  const { template, binding } = newProcess(environment(emulator));
  const { id } = await create(template, events);
  await create(binding, { ...live(id), domainName: "first.example.com" });
  const { templates, rules } = emulator.state();
  emulator.setState({ domains: ["first.example.com", "push.example.com"], templates, rules });
  await create(binding, live(id));
  expect(emulator.state().rules).toHaveLength(2);
});

test("with a read lag, a refresh right after another process's create drops no object", async () => {
  const emulator = await running({ dialects: { readLag: 300 } });
  const env = environment(emulator, { TENCENTCLOUD_LVB_REQUEST_TIMEOUT: "6" });
  const up = newProcess(env);
  const template = await create(up.template, events);
  const binding = await create(up.binding, live(template.id));
  const next = newProcess(env);
  const read = await Promise.all([refresh(next.template, template), refresh(next.binding, binding)]);
  expect(read.map((stored) => stored?.outs)).toEqual([template.outs, binding.outs]);
});

test("with a read lag, a process sees its own writes at once", async () => {
  const emulator = await running({ dialects: { readLag: 10_000 } });
  const { template, binding } = newProcess(environment(emulator));
  const events1 = await create(template, events);
  const events2 = await create(template, { ...events, templateName: "events2" });
  const bound = await create(binding, live(events1.id));
  const edited = await update(template, events1, { ...events, description: "edited" });
  const switched = await update(binding, bound, live(events2.id));
  expect(await refresh(template, edited)).toMatchObject({ outs: edited.outs });
  expect(await refresh(binding, switched)).toMatchObject({ outs: { templateId: events2.id } });
  await binding.delete(switched.id, switched.outs);
  // This run keeps the rule, since it created it; only another run deletes it.
  expect(emulator.state().rules).toHaveLength(1);
});

test("a write waits for a callback host that doesn't resolve yet, and names it", async () => {
  const emulator = await running({ unresolvedHosts: ["callbacks.example.com"] });
  const { template, infos } = newProcess(environment(emulator, { TENCENTCLOUD_LVB_REQUEST_TIMEOUT: "5" }));
  const created = create(template, events);
  await vi.waitFor(() => expect(infos).not.toEqual([]));
  expect(infos[0]).toMatch(/"events": waiting up to 20 s for callbacks\.example\.com to resolve in public DNS/);
  emulator.configure({ unresolvedHosts: [] });
  const stored = await created;

  emulator.configure({ unresolvedHosts: ["new.example.com"] });
  infos.length = 0;
  const changed = update(template, stored, { ...events, streamEndNotifyUrl: "https://new.example.com:8443/end" });
  await vi.waitFor(() => expect(infos.join()).toContain("new.example.com:8443"));
  emulator.configure({ unresolvedHosts: [] });
  await changed;
  expect(emulator.state().templates).toMatchObject([{ StreamEndNotifyUrl: "https://new.example.com:8443/end" }]);
});

test("a create with a callback host that never resolves fails with an error that says so", async () => {
  const emulator = await running({ unresolvedHosts: ["callbacks.example.com"] });
  const { template, infos } = newProcess(environment(emulator, { TENCENTCLOUD_LVB_REQUEST_TIMEOUT: "0.5" }));
  const { message } = await failure(create(template, events));
  expect(infos).toHaveLength(1);
  expect(message).toContain('callback template "events" was not created');
  expect(message).toContain("InvalidParameter.UrlNotSafe");
  expect(message).toContain("Next: the host of a callback URL must resolve in public DNS");
  expect(emulator.state().templates).toEqual([]);
});

test("after a lost reply to a create, one new list is enough", async () => {
  const emulator = await running();
  emulator.addFaults([{ action: "CreateLiveCallbackTemplate", kind: "resetAfterCommit" }]);
  await create(newProcess(environment(emulator)).template, events);
  expect(calls(emulator)).toMatchObject({ DescribeLiveCallbackTemplates: 2, CreateLiveCallbackTemplate: 1 });
});

test("if a create had no effect and the lists fail, the error says that nothing was done", async () => {
  const emulator = await running();
  const { template } = newProcess(environment(emulator, { TENCENTCLOUD_LVB_REQUEST_TIMEOUT: "0.4" }));
  await create(template, { ...events, templateName: "first" });
  emulator.addFaults([
    { action: "CreateLiveCallbackTemplate", kind: "code", code: "InternalError.DBError", times: 9 },
    { action: "DescribeLiveCallbackTemplates", kind: "html", times: 50 },
  ]);
  const { message } = await failure(create(template, events));
  expect(message).toMatch(/"events" was not created: .*DBError.*failed too: Describe.*nothing was done$/);
});

test("a run can create again what it deleted", async () => {
  const emulator = await running();
  const up = newProcess(environment(emulator));
  const template = await create(up.template, events);
  const binding = await create(up.binding, live(template.id));
  const unbound = await create(up.template, { ...events, templateName: "unbound" });
  const next = newProcess(environment(emulator));
  await next.binding.delete(binding.id, binding.outs);
  await create(next.binding, live(template.id));
  await next.template.delete(unbound.id, unbound.outs);
  await create(next.template, { ...events, templateName: "unbound" });
  expect(emulator.state()).toMatchObject({
    templates: [{}, { TemplateName: "unbound" }],
    rules: [{ AppName: "live" }],
  });
});

test.each(["template", "binding"] as const)(
  "if a create's reply is lost and the lists fail, the error says so, and the next run completes it (%s)",
  async (kind) => {
    const emulator = await running();
    const env = environment(emulator, { TENCENTCLOUD_LVB_REQUEST_TIMEOUT: "0.4" });
    const up = newProcess(env);
    const bound = await create(up.template, { ...events, templateName: "bound" });
    // Fetches the lists before the faults.
    await create(up.binding, { ...live(bound.id), appName: "other" });
    const inputs = kind === "template" ? { ...events, __autoName: "events" } : live(bound.id);
    emulator.addFaults([
      { action: "*", kind: "resetAfterCommit" },
      { action: "*", kind: "html", times: 50 },
    ]);
    const { message } = await failure(up[kind].create(inputs));
    expect(message).toContain("may or may not have been created");
    expect(message).toMatch(/checking whether it had an effect failed too: DescribeLive\w+ failed/);
    expect(message).toContain("Next: run the same command again; it checks first and does nothing twice");

    emulator.clearFaults();
    await newProcess(env)[kind].create(inputs);
    expect(emulator.state()).toMatchObject(
      kind === "template" ? { templates: [{}, {}], rules: [{}] } : { templates: [{}], rules: [{}, {}] },
    );
  },
);

test("a run prints its first 20 deletions, and the last line says what applies to the others", async () => {
  const emulator = await running();
  const env = environment(emulator);
  const up = newProcess(env);
  const { id } = await create(up.template, events);
  const apps = Array.from({ length: 25 }, (_, index) => `app${index}`);
  const bound = await Promise.all(apps.map((appName) => create(up.binding, { ...live(id), appName })));

  const destroy = newProcess(env);
  for (const { id: key, outs } of bound) await destroy.binding.delete(key, outs);
  expect(emulator.state().rules).toEqual([]);
  expect(destroy.infos).toHaveLength(20);
  expect(destroy.infos[0]).toMatch(/^binding push\.example\.com\/app0 is deleted: .* may still arrive until \S+Z$/);
  expect(destroy.infos[19]).toMatch(
    /may still arrive until \S+Z; for the other changes of this run, until 600 s after each$/,
  );
});
