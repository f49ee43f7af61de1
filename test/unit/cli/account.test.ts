// Compares an account with a state that contains secret values. The state is read without decrypting them.
import { expect, test } from "vitest";
import { compareAccount } from "../../../cli/account.ts";
import { readState } from "../../../cli/stack/stackState.ts";
import { encrypted as secret } from "../../secretValues.ts";

function stateOf(kind: string, id: string, outputs: object, more: object = {}) {
  const type = `pulumi-nodejs:dynamic/tencentcloud-lvb:${kind}`;
  const found = JSON.stringify({
    deployment: { resources: [{ urn: `urn:pulumi:dev::live::${type}::mine`, type, id, outputs, ...more }] },
  });
  return readState("dev", found).resources;
}

const live = {
  templateId: "7",
  templateName: "events",
  recordNotifyUrl: "https://callbacks.example.com/?token=hidden",
};
const account = (template: object = live, rules = new Map()) => ({
  accountId: "100000000001",
  templates: new Map([["7", { ...live, ...template }]]),
  rules,
});

test("drift of a secret URL shows only whether it is set", () => {
  const managed = stateOf("CallbackTemplate", "7", { templateName: "events", recordNotifyUrl: secret });
  expect(compareAccount(account(), managed)[0]).toMatchObject({ status: "managed", drift: [] });

  const [removed] = compareAccount(account({ recordNotifyUrl: undefined }), managed);
  expect(removed?.drift).toEqual([{ field: "recordNotifyUrl", live: "not set", state: "set" }]);
});

test("a secret key that someone removed or set is drift", () => {
  const { recordNotifyUrl, templateName } = live;
  const withKey = stateOf("CallbackTemplate", "7", { templateName, recordNotifyUrl, callbackKey: secret });
  const [removed] = compareAccount(account(), withKey);
  expect(removed?.drift).toEqual([{ field: "callbackKey", live: "not set", state: "set" }]);

  const withoutKey = stateOf("CallbackTemplate", "7", { templateName, recordNotifyUrl });
  const [set] = compareAccount(account({ callbackKey: "CallbackKey1" }), withoutKey);
  expect(set?.drift).toEqual([{ field: "callbackKey", live: "set", state: "not set" }]);
});

test("an object that a program only looks up is unmanaged", () => {
  expect(stateOf("CallbackTemplate", "7", live, { external: true })).toEqual([]);
});

test("a missing object of two stacks counts once", () => {
  const both = [...stateOf("CallbackTemplate", "8", live), ...stateOf("CallbackTemplate", "8", live)];
  const missing = compareAccount(account(), both).filter(({ status }) => status === "missing");
  expect(missing.map(({ managedBy }) => managedBy.length)).toEqual([2]);
});

test("a binding with a secret template id shows no drift", () => {
  const place = { domainName: "push.example.com", appName: "live" };
  const rules = new Map([["push.example.com/live", { ...place, templateId: "7", changedAt: undefined }]]);
  const managed = stateOf("DomainTemplateBinding", "push.example.com/live", { ...place, templateId: secret });
  expect(compareAccount(account({}, rules), managed).map(({ status }) => status)).toEqual(["unmanaged", "managed"]);
  expect(compareAccount(account(), managed).at(-1)).toMatchObject({ status: "missing", templateId: null });
});
