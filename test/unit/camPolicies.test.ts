// The CAM policies of docs/security.md allow what the provider calls, and restrict only what CAM can restrict.
import { expect, test } from "vitest";
import { type Actions, createActions } from "../../provider/live/actions.ts";
import { codeBlocks } from "../codeBlocks.ts";

interface Policy {
  version: string;
  statement: { effect: string; action: string[]; resource: string | string[] }[];
}

const policies = codeBlocks("docs/security.md")
  .filter(({ language, text }) => language === "json" && text.includes('"statement"'))
  .map(({ text }): Policy => JSON.parse(text));

/** The actions that can be restricted to a domain: https://cloud.tencent.com/document/product/267/58612 */
const restrictable = ["live:CreateLiveCallbackRule", "live:DeleteLiveCallbackRule"];

/** Every action that the provider and the command line call, as CAM names it. */
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

test("there is one for the whole account, and one for some domains", () => {
  expect(policies.map(({ statement }) => statement.map(({ resource }) => resource))).toEqual([
    ["*"],
    ["*", ["qcs::live::uin/:domain/push.example.com", "qcs::live::uin/:domain/push-asia.example.com"]],
  ]);
});

test.each(policies)("each action that is called is allowed once, and no other: policy %#", async (policy) => {
  expect(policy.version).toBe("2.0");
  expect(policy.statement.map(({ effect }) => effect).filter((effect) => effect !== "allow")).toEqual([]);
  expect(policy.statement.flatMap(({ action }) => action).sort()).toEqual(await calledActions());
});

test("only what CAM can restrict to a domain is restricted", () => {
  const restricted = policies.flatMap(({ statement }) => statement).filter(({ resource }) => resource !== "*");
  expect(restricted.flatMap(({ action }) => action)).toEqual(restrictable);
});
