// Deletions reach the account, however the run that makes them begins. The engine compares resources in a refresh and before
// it deletes what depends on a target, although no program declares them then.
import { expect, test } from "vitest";
import { account, onStack, program, stack } from "./account.ts";

const declared = (app: string) =>
  program(`
    const events = new lvb.CallbackTemplate("events", { streamBeginNotifyUrl: url });
    new lvb.DomainTemplateBinding("live", {
      domainName: "push.example.com", appName: "${app}", templateId: events.templateId,
    });
  `);
const nothing = { templates: [], rules: {} };

onStack();

/** What is left in the account and in the state after a deployment and a destroy. */
async function destroyed(...flags: string[]) {
  stack.setProgram(declared("live"));
  await stack.up();
  await stack.destroy(...flags);
  return { ...account.ours(), state: [...stack.resources("CallbackTemplate", "DomainTemplateBinding").keys()] };
}

test("up --refresh moves a binding, and deletes what the program no longer declares", async () => {
  stack.setProgram(declared("live"));
  await stack.up();
  stack.setProgram(declared("vod"));
  await stack.up("--refresh");
  expect(account.ours().rules).toEqual({ "push.example.com/vod": "events-*" });
  stack.setProgram(program(""));
  await stack.up("--refresh");
  expect(account.ours()).toEqual(nothing);
});

test("destroy --refresh deletes everything", async () => {
  expect(await destroyed("--refresh")).toEqual({ ...nothing, state: [] });
});

test("destroy --run-program deletes everything", async () => {
  expect(await destroyed("--run-program")).toEqual({ ...nothing, state: [] });
});

test("destroy of a template and what depends on it deletes both", async () => {
  const target = "**CallbackTemplate::events";
  expect(await destroyed("--target", target, "--target-dependents")).toEqual({ ...nothing, state: [] });
});
