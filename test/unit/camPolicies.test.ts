// The CAM policies of docs/security.md allow what the provider calls, and restrict only what CAM can restrict.
import { expect, test } from "vitest";
import { createEvidence, type Evidence } from "../../cli/verification/evidence.ts";
import { type Actions, createActions } from "../../provider/live/actions.ts";
import { codeBlocks } from "../codeBlocks.ts";

interface Policy {
  version: string;
  statement: { effect: string; action: string[]; resource: string | string[] }[];
}

const policies = codeBlocks("docs/security.md")
  .filter(({ language, text }) => language === "json" && text.includes('"statement"'))
  .map(({ text }): Policy => JSON.parse(text));

/** The actions that CAM can restrict to a domain: https://cloud.tencent.com/document/product/267/58612 */
const restrictable = ["live:CreateLiveCallbackRule", "live:DeleteLiveCallbackRule"];

/** Every action that the provider, and every command but `verify` calls, as CAM names it. */
async function calledActions(): Promise<string[]> {
  const called = new Set<string>();
  const actions = createActions((service, action) => {
    called.add(`${service}:${action}`);
    return Promise.reject(new Error("not sent"));
  }, 1_000);
  const calls: { [Name in keyof Actions]: () => Promise<unknown> } = {
    listTemplates: () => actions.listTemplates(),
    listRules: () => actions.listRules(),
    listDomains: () => actions.listDomains(false),
    createTemplate: () => actions.createTemplate({ templateName: "events" }),
    modifyTemplate: () => actions.modifyTemplate("1001", { description: "edited" }),
    deleteTemplate: () => actions.deleteTemplate("1001"),
    createRule: () => actions.createRule("push.example.com", "live", "1001"),
    deleteRule: () => actions.deleteRule("push.example.com", "live"),
    callerAccountId: () => actions.callerAccountId(),
  };
  for (const call of Object.values(calls)) await expect(call()).rejects.toThrow("not sent");
  return [...called].sort();
}

/** The other actions that `verify` calls. */
async function evidenceActions(): Promise<string[]> {
  const called = new Set<string>();
  const evidence = createEvidence((service, action) => {
    called.add(`${service}:${action}`);
    return Promise.reject(new Error("not sent"));
  }, 1_000);
  const calls: { [Name in keyof Evidence]: () => Promise<unknown> } = {
    recordRules: () => evidence.recordRules(),
    snapshotRules: () => evidence.snapshotRules(),
    snapshotTemplates: () => evidence.snapshotTemplates(),
    sessions: () => evidence.sessions({ from: 0, to: 0 }),
    records: () => evidence.records({ streamName: "demo", from: 0, to: 0 }),
  };
  for (const call of Object.values(calls)) await expect(call()).rejects.toThrow("not sent");
  return [...called].sort();
}

test("there are three: for the whole account, for some domains, and for `verify`", () => {
  expect(policies.map(({ statement }) => statement.map(({ resource }) => resource))).toEqual([
    ["*"],
    ["*", ["qcs::live::uin/:domain/push.example.com", "qcs::live::uin/:domain/push-asia.example.com"]],
    ["*"],
  ]);
});

test.each(policies.slice(0, 2))(
  "each action that is called is allowed once, and no other: policy %#",
  async (policy) => {
    expect(policy.version).toBe("2.0");
    expect(policy.statement.map(({ effect }) => effect).filter((effect) => effect !== "allow")).toEqual([]);
    expect(policy.statement.flatMap(({ action }) => action).sort()).toEqual(await calledActions());
  },
);

test("the policy for `verify` allows exactly its other actions, each once", async () => {
  const actions = policies[2]?.statement.flatMap(({ action }) => action).sort();
  expect(actions).toEqual(await evidenceActions());
});

test("only actions that CAM can restrict to a domain are restricted", () => {
  const restricted = policies.flatMap(({ statement }) => statement).filter(({ resource }) => resource !== "*");
  expect(restricted.flatMap(({ action }) => action)).toEqual(restrictable);
});
