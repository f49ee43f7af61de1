import { expect, test, vi } from "vitest";
import type { Fault, StateInput } from "../../../emulator/index.ts";
import type { Stored, Values } from "./process.ts";
import { aged, calls, changes, create, environment, failure, newProcess, refresh, running, update } from "./process.ts";

const url = "https://callbacks.example.com/lvb";
const events = { templateName: "events", streamBeginNotifyUrl: url };
const live = (templateId: string): Values => ({ domainName: "push.example.com", appName: "live", templateId });
const writes = /^(Create|Modify|Delete)/;

const names = (count: number, suffix: string) => Array.from({ length: count }, (_, index) => `name${index}${suffix}`);

test("allowedAccountIds: of any other account nothing is read or changed, and only STS is asked, once", async () => {
  const emulator = await running();
  const { template, binding } = newProcess(environment(emulator), { "tencentcloud:allowedAccountIds": '["1","2"]' });
  const outs = { templateId: "1001", accountId: "100000000001" };
  const refused = [
    template.create(events),
    template.read("1001", outs),
    template.update("1001", { ...events, ...outs }, { ...events, description: "d" }),
    template.delete("1001", outs),
    binding.create(live("1001")),
    binding.read("push.example.com/live", { ...live("1001"), ...outs }),
    binding.update("push.example.com/live", { ...live("1000"), ...outs }, live("1001")),
    binding.delete("push.example.com/live", { ...live("1001"), ...outs }),
  ];
  for (const { message } of await Promise.all(refused.map(failure))) {
    expect(message).toContain(
      "the credentials belong to account 100000000001, but allowedAccountIds permits only 1, 2",
    );
    expect(message).toContain("Nothing was read or changed. Next: ");
  }
  expect(calls(emulator)).toEqual({ GetCallerIdentity: 1 });
});

test("allowedAccountIds that cannot be checked permits nothing", async () => {
  const emulator = await running();
  emulator.addFaults([{ action: "GetCallerIdentity", kind: "code", code: "AuthFailure.UnauthorizedOperation" }]);
  const { template } = newProcess(environment(emulator), { "tencentcloud:allowedAccountIds": "100000000001" });
  const { message } = await failure(template.create(events));
  expect(message).toContain("allowedAccountIds is set, but the account of the credentials could not be asked for");
  expect(message).toContain("AuthFailure.UnauthorizedOperation");
  expect(emulator.state().templates).toEqual([]);
});

test("STS that cannot be asked is no failure where nothing demands it", async () => {
  const emulator = await running();
  emulator.addFaults([
    { action: "GetCallerIdentity", kind: "code", code: "AuthFailure.UnauthorizedOperation", times: 9 },
  ]);
  const env = environment(emulator);
  const stored = await create(newProcess(env).template, events);
  expect(stored.outs).not.toHaveProperty("accountId");
  expect(await refresh(newProcess(env).template, stored)).toMatchObject({ id: stored.id });
  await newProcess(env).template.delete(stored.id, stored.outs);
  expect(emulator.state().templates).toEqual([]);
});

test.each([
  { templates: 1, bindings: 1, domains: 1 },
  { templates: 7, bindings: 12, domains: 3 },
  { templates: 50, bindings: 150, domains: 130 },
])("creating, reading and deleting %j takes the promised calls and no more", async (size) => {
  const domains = names(size.domains, ".example.com");
  const emulator = await running({ domains });
  // Generous: what is counted here is calls, not time.
  const env = environment(emulator, { TENCENTCLOUD_LVB_REQUEST_TIMEOUT: "15" });
  const allowed = { "tencentcloud:allowedAccountIds": "100000000001" };

  const up = newProcess(env, allowed);
  const templates = await Promise.all(
    names(size.templates, "").map((templateName) => create(up.template, { ...events, templateName })),
  );
  const bindings = await Promise.all(
    names(size.bindings, "").map((appName, index) =>
      create(up.binding, {
        appName,
        domainName: domains[index % domains.length],
        templateId: templates[index % templates.length]?.id,
      }),
    ),
  );
  expect(calls(emulator)).toEqual({
    CreateLiveCallbackTemplate: size.templates,
    CreateLiveCallbackRule: size.bindings,
    DescribeLiveCallbackTemplates: 1,
    DescribeLiveCallbackRules: 1,
    DescribeLiveDomains: Math.ceil(size.domains / 100),
    GetCallerIdentity: 1,
  });
  expect(emulator.state().rules).toHaveLength(size.bindings);

  for (const [config, asked] of [
    [{}, {}],
    [allowed, { GetCallerIdentity: 1 }],
  ] as const) {
    emulator.clearRequests();
    const reader = newProcess(env, config);
    const read = await Promise.all([
      ...templates.map((stored) => refresh(reader.template, stored)),
      ...bindings.map((stored) => refresh(reader.binding, stored)),
    ]);
    expect(read.map((stored) => stored?.outs)).toEqual([...templates, ...bindings].map(({ outs }) => outs));
    expect(calls(emulator)).toEqual({ DescribeLiveCallbackTemplates: 1, DescribeLiveCallbackRules: 1, ...asked });
  }

  emulator.clearRequests();
  const destroy = newProcess(env, allowed);
  await Promise.all(bindings.map(({ id, outs }) => destroy.binding.delete(id, outs)));
  await Promise.all(templates.map(({ id, outs }) => destroy.template.delete(id, outs)));
  expect(calls(emulator)).toEqual({
    DeleteLiveCallbackTemplate: size.templates,
    DeleteLiveCallbackRule: size.bindings,
    DescribeLiveCallbackTemplates: 1,
    DescribeLiveCallbackRules: 1,
    GetCallerIdentity: 1,
  });
  expect(emulator.state()).toMatchObject({ templates: [], rules: [] });
});

test("a domain for delayed live is found", async () => {
  const emulator = await running({ domains: [{ Name: "push.example.com", IsDelayLive: 1 }] });
  const { template, binding } = newProcess(environment(emulator));
  const { id } = await create(template, events);
  await create(binding, live(id));
  expect(emulator.state().rules).toMatchObject([{ DomainName: "push.example.com", AppName: "live" }]);
  expect(calls(emulator)).toMatchObject({ DescribeLiveDomains: 2 });
});

test("a domain is found on the last of several pages", async () => {
  const domains = names(250, ".example.com");
  const emulator = await running({ domains });
  const { template, binding } = newProcess(environment(emulator));
  const { id } = await create(template, events);
  await create(binding, { ...live(id), domainName: domains.at(-1) });
  expect(calls(emulator)).toMatchObject({ DescribeLiveDomains: 3, CreateLiveCallbackRule: 1 });
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

test.each([
  ["unknown", [], /is no domain of this account\. Next: add it/],
  ["a play domain", [{ Name: "push.example.com", Type: 1 }], /is a play domain; .*Next: /],
  ["disabled", [{ Name: "push.example.com", Status: 0 }], /is disabled\. Next: /],
] as const)("a domain that is %s is refused before any write", async (_, domains, why) => {
  const emulator = await running({ domains: [...domains] });
  const { template, binding } = newProcess(environment(emulator));
  const { id } = await create(template, events);
  emulator.clearRequests();
  const { message } = await failure(binding.create(live(id)));
  expect(message).toMatch(why);
  expect(message).toContain("push.example.com");
  expect(Object.keys(calls(emulator)).filter((action) => writes.test(action))).toEqual([]);
});

test("an account without any domain: DescribeLiveDomains answers with an error, the user reads of the domain", async () => {
  const emulator = await running();
  const { template, binding } = newProcess(environment(emulator));
  const { id } = await create(template, events);
  emulator.addFaults([{ action: "DescribeLiveDomains", kind: "code", code: "ResourceNotFound.EmptyData", times: 9 }]);
  const { message } = await failure(binding.create(live(id)));
  expect(message).toContain("push.example.com");
  expect(message).not.toContain("EmptyData");
});

test("reads that lag behind the create of another process show no object as gone", async () => {
  const emulator = await running({ dialects: { readLag: 300 } });
  const env = environment(emulator, { TENCENTCLOUD_LVB_REQUEST_TIMEOUT: "6" });
  const up = newProcess(env);
  const template = await create(up.template, events);
  const binding = await create(up.binding, live(template.id));
  const next = newProcess(env);
  const read = await Promise.all([refresh(next.template, template), refresh(next.binding, binding)]);
  expect(read.map((stored) => stored?.outs)).toEqual([template.outs, binding.outs]);
});

test("reads that lag: what this process wrote it sees at once", async () => {
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
  // Claims of this process would keep what it has made; another process deletes.
  expect(emulator.state().rules).toHaveLength(1);
});

test("a callback host that does not resolve yet is waited for, and named", async () => {
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

test("a callback host that never resolves: an error that says so, and nothing is made", async () => {
  const emulator = await running({ unresolvedHosts: ["callbacks.example.com"] });
  const { template, infos } = newProcess(environment(emulator, { TENCENTCLOUD_LVB_REQUEST_TIMEOUT: "0.5" }));
  const { message } = await failure(create(template, events));
  expect(infos).toHaveLength(1);
  expect(message).toContain('callback template "events" was not created');
  expect(message).toContain("InvalidParameter.UrlNotSafe");
  expect(message).toContain("Next: the host of a callback URL must resolve in public DNS");
  expect(emulator.state().templates).toEqual([]);
});

const lostReplies: Fault["kind"][] = [
  "resetBefore",
  "resetAfterCommit",
  "hangAfterCommit",
  "truncate",
  "html",
  "http5xx",
];

test.each(
  lostReplies.flatMap((kind) =>
    (["error", "overwrite"] as const).map((duplicateRule) => [kind, duplicateRule] as const),
  ),
)("a create whose reply is lost (%s, a second rule: %s) makes exactly one object", async (kind, duplicateRule) => {
  const emulator = await running({ dialects: { duplicateRule } });
  emulator.addFaults([
    { action: "CreateLiveCallbackTemplate", kind } as Fault,
    { action: "CreateLiveCallbackRule", kind } as Fault,
  ]);
  const { template, binding } = newProcess(environment(emulator, { TENCENTCLOUD_LVB_REQUEST_TIMEOUT: "0.4" }));
  const { id } = await create(template, events);
  await create(binding, live(id));
  expect(emulator.state()).toMatchObject({
    templates: [{ TemplateId: Number(id), TemplateName: "events" }],
    rules: [{ TemplateId: Number(id), DomainName: "push.example.com" }],
  });
  expect(emulator.state().templates).toHaveLength(1);
});

test.each(["template", "binding"] as const)(
  "a create whose reply is lost and that cannot be looked for: it stays open, and the next run ends it (%s)",
  async (kind) => {
    const emulator = await running();
    const env = environment(emulator, { TENCENTCLOUD_LVB_REQUEST_TIMEOUT: "0.4" });
    const up = newProcess(env);
    const bound = await create(up.template, { ...events, templateName: "bound" });
    // So that the list is there before the faults are.
    await create(up.binding, { ...live(bound.id), appName: "other" });
    const inputs = kind === "template" ? { ...events, __autoName: "events" } : live(bound.id);
    emulator.addFaults([
      { action: "*", kind: "resetAfterCommit" },
      { action: "*", kind: "html", times: 50 },
    ]);
    const { message } = await failure(up[kind].create(inputs));
    expect(message).toContain("may or may not have been created");
    expect(message).toMatch(/and whether it was carried out could not be seen: DescribeLive\w+ failed/);
    expect(message).toContain("Next: run the same command again; it looks first and does nothing twice");

    emulator.clearFaults();
    await newProcess(env)[kind].create(inputs);
    expect(emulator.state()).toMatchObject(
      kind === "template" ? { templates: [{}, {}], rules: [{}] } : { templates: [{}], rules: [{}, {}] },
    );
  },
);

test.each(["resetAfterCommit", "hangAfterCommit", "truncate", "http5xx"] as const)(
  "an update or delete whose reply is lost (%s) is sent again and ends right",
  async (kind) => {
    const emulator = await running();
    const env = environment(emulator, { TENCENTCLOUD_LVB_REQUEST_TIMEOUT: "0.4" });
    const up = newProcess(env);
    const first = await create(up.template, events);
    const second = await create(up.template, { ...events, templateName: "second" });
    const bound = await create(up.binding, live(first.id));
    const actions = [
      "ModifyLiveCallbackTemplate",
      "DeleteLiveCallbackRule",
      "CreateLiveCallbackRule",
      "DeleteLiveCallbackTemplate",
    ];
    const faults = actions.map((action) => ({ action, kind }));

    emulator.addFaults(faults);
    const next = newProcess(env);
    const edited = await update(next.template, first, { ...events, description: "edited" });
    const switched = await update(next.binding, bound, live(second.id));
    expect(emulator.state()).toMatchObject({
      templates: [{ Description: "edited" }, {}],
      rules: [{ TemplateId: Number(second.id) }],
    });

    emulator.clearFaults();
    emulator.addFaults(faults);
    const destroy = newProcess(env);
    await destroy.binding.delete(switched.id, switched.outs);
    for (const { id, outs } of [edited, second]) await destroy.template.delete(id, outs);
    expect(emulator.state()).toMatchObject({ templates: [], rules: [] });
  },
);

test.each([
  "ResourceNotFound.FreezeService",
  "ResourceNotFound.StopService",
  "AuthFailure.SecretIdNotFound",
  "RequestLimitExceeded",
  "InternalError",
])("a list that fails with %s is an error in every call: nothing is gone, nothing is written", async (code) => {
  const emulator = await running();
  const env = environment(emulator, { TENCENTCLOUD_LVB_REQUEST_TIMEOUT: "0.5" });
  const up = newProcess(environment(emulator));
  const template = await create(up.template, events);
  const binding = await create(up.binding, live(template.id));
  const before = emulator.state();
  emulator.addFaults([
    { action: "DescribeLiveCallbackTemplates", kind: "code", code, times: 1000 },
    { action: "DescribeLiveCallbackRules", kind: "code", code, times: 1000 },
  ]);
  const { template: templates, binding: bindings } = newProcess(env);
  const failed = [
    refresh(templates, template),
    refresh(bindings, binding),
    templates.delete(template.id, template.outs),
    bindings.delete(binding.id, binding.outs),
    create(templates, { ...events, templateName: "second" }),
    create(bindings, { ...live(template.id), appName: "other" }),
    update(templates, template, { ...events, description: "edited" }),
    update(bindings, binding, live("1")),
  ];
  for (const { message } of await Promise.all(failed.map(failure))) expect(message).toContain(code);
  expect(emulator.state()).toEqual(before);
});

test("credentials of another account: what the state names is neither gone nor touched", async () => {
  const emulator = await running();
  const up = newProcess(environment(emulator));
  const template = await create(up.template, events);
  const binding = await create(up.binding, live(template.id));
  const other = await running({ accountId: "222" });
  const wrong = newProcess(environment(other));
  const refused = [
    refresh(wrong.template, template),
    refresh(wrong.binding, binding),
    wrong.template.delete(template.id, template.outs),
    wrong.binding.delete(binding.id, binding.outs),
    update(wrong.template, template, { ...events, description: "edited" }),
    update(wrong.binding, binding, live("1")),
  ];
  for (const { message } of await Promise.all(refused.map(failure))) {
    expect(message).toContain("belongs to account 100000000001, but the credentials are those of account 222");
  }
  expect(Object.keys(calls(other)).filter((action) => writes.test(action))).toEqual([]);
});

test("what is gone from the right account is gone", async () => {
  const emulator = await running();
  const env = environment(emulator);
  const up = newProcess(env);
  const template = aged(await create(up.template, events));
  const binding = aged(await create(up.binding, live(template.id)));
  emulator.setState({});
  const next = newProcess(env);
  expect(await refresh(next.template, template)).toBeUndefined();
  expect(await refresh(next.binding, binding)).toBeUndefined();
  await next.binding.delete(binding.id, binding.outs);
  await next.template.delete(template.id, template.outs);
});

test("a colleague's edit that no preview showed survives an update of another field, and is told", async () => {
  for (const omittedOnModify of ["kept", "cleared"] as const) {
    const emulator = await running({ dialects: { omittedOnModify } });
    const env = environment(emulator);
    const stored = await create(newProcess(env).template, { ...events, callbackKey: "abc123" });
    const [template] = emulator.state().templates;
    emulator.setState({ templates: [{ ...template, Description: "colleague's", SnapshotNotifyUrl: url }] });
    const next = newProcess(env);
    await update(next.template, stored, { ...events, callbackKey: "abc123", streamEndNotifyUrl: url });
    expect(next.warnings).toEqual([expect.stringMatching(/outside of this stack.*Next: /)]);
    expect(next.warnings[0]).toContain("description, snapshotNotifyUrl");
    expect(emulator.state().templates).toMatchObject([
      {
        Description: "colleague's",
        SnapshotNotifyUrl: url,
        StreamEndNotifyUrl: url,
        StreamBeginNotifyUrl: url,
        CallbackKey: "abc123",
      },
    ]);
  }
});

test("of many deletions the first are told of, one by one, and the last of them says so", async () => {
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
  expect(destroy.infos[19]).toMatch(/may still arrive until \S+Z; of what else this run changes, 600 s after it$/);
});

test("several updates of one run share one list", async () => {
  const emulator = await running();
  const env = environment(emulator);
  const up = newProcess(env);
  const programs = names(8, "").map((templateName) => ({ ...events, templateName }));
  const stored = await Promise.all(programs.map((program) => create(up.template, program)));
  emulator.clearRequests();
  const next = newProcess(env);
  await Promise.all(
    stored.map((one, index) => update(next.template, one, { ...programs[index], description: "edited" })),
  );
  expect(calls(emulator)).toEqual({
    DescribeLiveCallbackTemplates: 1,
    ModifyLiveCallbackTemplate: 8,
    GetCallerIdentity: 1,
  });
});

test("the environment may name an endpoint that is none: every call says so, not only the first", async () => {
  const { template, binding } = newProcess({ TENCENTCLOUD_LVB_ENDPOINT: "http://live.tencentcloudapi.com" });
  const failed = [template.create(events), binding.create(live("1")), template.create(events)];
  for (const { message } of await Promise.all(failed.map(failure))) {
    expect(message).toContain('"http://live.tencentcloudapi.com" would send keys in clear');
  }
});

test("a server that redirects elsewhere gets nothing carried there, on any call", async () => {
  const elsewhere = await running();
  const emulator = await running();
  const env = environment(emulator, { TENCENTCLOUD_TOKEN: "session-token" });
  const stored: Stored = await create(newProcess(env).template, { ...events, callbackKey: "abc123" });
  emulator.addFaults([{ action: "*", kind: "redirect", location: elsewhere.url, times: 1000 }]);
  const next = newProcess(env);
  const failed = [
    refresh(next.template, stored),
    create(next.template, { ...events, templateName: "second", callbackKey: "abc123" }),
    next.template.delete(stored.id, stored.outs),
  ];
  for (const { message } of await Promise.all(failed.map(failure))) {
    expect(message).toContain("redirected to another host");
  }
  expect(elsewhere.requests()).toEqual([]);
});

test("what a refresh finds unchanged, an `up` does not change", async () => {
  const emulator = await running();
  const env = environment(emulator);
  const program = { ...events, description: "d", recordExceptionLevels: ["error", "warning"], callbackKey: "abc123" };
  const stored = await create(newProcess(env).template, program);
  const next = newProcess(env);
  const read = await refresh(next.template, stored);
  expect(read?.outs).toEqual(stored.outs);
  expect(read && (await changes(next.template, read, program))).toBe(false);
  const drifted: StateInput = { templates: [{ ...emulator.state().templates[0], CallbackKey: "other1" }] };
  emulator.setState(drifted);
  const found = await refresh(newProcess(env).template, stored);
  expect(found?.inputs).toMatchObject({ callbackKey: "other1" });
  expect(found && (await changes(next.template, found, program))).toBe(true);
});
