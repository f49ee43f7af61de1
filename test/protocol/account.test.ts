// With the wrong credentials, complete lists don't contain our objects. That must never drop them from the state.
import { describe, expect, test } from "vitest";
import { account, bindingState, otherAccount, templateState, url } from "./fixtures.ts";
import { failureOf, type Values } from "./providerProcess.ts";
import { bindings, emulator, onAccount, templates, written } from "./run.ts";

const fields = { templateName: "events", recordNotifyUrl: url };
const template = templateState("1", fields);
const binding = { domainName: "push.example.com", appName: "live", templateId: "1" };
const bound = bindingState("push.example.com", "live", "1");
const bindingId = "push.example.com/live";

const identityCalls = () => emulator.requests().filter(({ action }) => action === "GetCallerIdentity");

describe("with credentials of another account", () => {
  onAccount({}, { accountId: otherAccount });

  test.each<[string, () => Promise<unknown>]>([
    ["refresh of a template", () => templates.read("1", template)],
    ["update of a template", () => templates.update("1", template, { ...fields, description: "x" })],
    ["delete of a template", () => templates.delete("1", template)],
    ["refresh of a binding", () => bindings.read(bindingId, bound)],
    ["update of a binding", () => bindings.update(bindingId, bound, { ...binding, templateId: "2" })],
    ["delete of a binding", () => bindings.delete(bindingId, bound)],
  ])("a %s fails, names both accounts and keeps the state", async (_, call) => {
    const { message, partial } = await failureOf(call());
    expect(message).toMatch(new RegExp(`belongs to account ${account}, but .* account ${otherAccount}.*kept in state`));
    expect(partial).toBeUndefined();
    expect(written()).toEqual([]);
    expect(identityCalls()).toHaveLength(1);
  });

  test("a create fails for a stack with objects in the former account", async () => {
    await templates.diff("1", template, fields);
    const calls = [templates.make({ ...fields, templateName: "new" }), bindings.make({ ...binding, appName: "new" })];
    for (const { message } of await Promise.all(calls.map(failureOf))) {
      expect(message).toMatch(
        new RegExp(
          `stack is in account ${account}, but .* account ${otherAccount}\\. Next: use .* account ${account},`,
        ),
      );
    }
    expect(written()).toEqual([]);
  });
});

describe("with credentials of another account that has objects of the same ids", () => {
  const rules = [{ DomainName: "push.example.com", TemplateId: 2 }];
  onAccount({ templates: [{ TemplateId: 1 }], rules }, { accountId: otherAccount });

  test("calls on our objects fail, and change nothing", async () => {
    // A refresh of a binding doesn't ask for the account: only one account can have its push domain.
    await failureOf(templates.read("1", template));
    await failureOf(templates.delete("1", template));
    await failureOf(bindings.delete(bindingId, bound));
    await failureOf(templates.update("1", template, { ...fields, description: "x" }));
    expect(written()).toEqual([]);
  });
});

describe("with credentials of an account that is not allowed", () => {
  onAccount({}, { accountId: otherAccount, config: { "tencentcloud:allowedAccountIds": `["${account}"]` } });

  test.each<[string, () => Promise<unknown>]>([
    ["create of a template", () => templates.make(fields)],
    ["look-up of a template", () => templates.read("1")],
    ["update of a template", () => templates.update("1", template, { ...fields, description: "x" })],
    ["delete of a template", () => templates.delete("1", { ...fields, templateId: "1" })],
    ["create of a binding", () => bindings.make(binding)],
    ["refresh of a binding", () => bindings.read(bindingId, bound)],
    ["update of a binding", () => bindings.update(bindingId, bound, { ...binding, templateId: "2" })],
    ["delete of a binding", () => bindings.delete(bindingId, bound)],
  ])("a %s fails after asking only for the account", async (_, call) => {
    const { message } = await failureOf(call());
    expect(message).toMatch(
      new RegExp(`belong to account ${otherAccount}, but allowedAccountIds permits only ${account}`),
    );
    expect(emulator.requests()).toHaveLength(1);
    expect(identityCalls()).toHaveLength(1);
  });
});

describe("with credentials of an allowed account", () => {
  onAccount({}, { config: { "tencentcloud:allowedAccountIds": `["${otherAccount}", "${account}"]` } });

  test("calls succeed, and ask for the account once", async () => {
    const { id } = await templates.make(fields);
    await templates.delete(id, templateState(id, fields));
    expect(identityCalls()).toHaveLength(1);
  });
});

describe("when STS doesn't return the account", () => {
  onAccount();

  const silent = () =>
    emulator.addFaults([
      { action: "GetCallerIdentity", kind: "code", code: "AuthFailure.UnauthorizedOperation", times: 99 },
    ]);

  test("objects are still created, read, changed and deleted", async () => {
    silent();
    await templates.diff("1", template, fields);
    const made = await templates.make(fields);
    expect(made.outs).not.toHaveProperty("accountId");
    const place = { ...binding, templateId: made.id };
    const placed = await bindings.make(place);
    expect(placed.outs).not.toHaveProperty("accountId");

    const { props } = await templates.read(made.id, { ...made.outs, accountId: account });
    expect(props.accountId).toBe(account);
    await templates.update(made.id, props, { ...fields, description: "x" });
    expect(emulator.state().templates).toMatchObject([{ Description: "x" }]);
  });

  test("a missing object stays in the state if the state has its account, otherwise it is dropped", async () => {
    silent();
    const { accountId: _, ...unnamed } = { ...template, templateId: "99" } as Values;
    const { message } = await failureOf(templates.read("99", { ...unnamed, accountId: account }));
    expect(message).toMatch(new RegExp(`could not be looked up.*may not belong to account ${account}.*kept`));
    expect((await templates.read("99", unnamed)).id).toBe("");
    await failureOf(bindings.delete("push.example.com/gone", { ...bound, appName: "gone" }));
    await bindings.delete("push.example.com/gone", { ...binding, appName: "gone" });
  });
});

describe("when STS doesn't return the account, but allowedAccountIds is set", () => {
  onAccount({}, { config: { "tencentcloud:allowedAccountIds": account } });

  test("every call fails and says so", async () => {
    emulator.addFaults([{ action: "GetCallerIdentity", kind: "code", code: "UnauthorizedOperation", times: 99 }]);
    for (const call of [() => templates.make(fields), () => bindings.read(bindingId, bound)]) {
      expect((await failureOf(call())).message).toMatch(
        /allowedAccountIds is set, but the account .* could not be looked up/,
      );
    }
    expect(written()).toEqual([]);
  });
});
