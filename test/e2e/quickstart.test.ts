// The unchanged quick-start example, from the first `up` to `destroy`.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/index.ts";
import { createStack, type Stack } from "./harness.ts";

let emulator: Emulator;
let stack: Stack;

beforeAll(async () => {
  emulator = await startEmulator();
  const config = { "lvb-quickstart:callbackKey": { secret: "quickstartKey1" } };
  // As for a user, with type checks.
  const env = { PULUMI_NODEJS_TRANSPILE_ONLY: undefined };
  stack = await createStack({ example: "quickstart", emulator, config, env });
});

afterAll(async () => {
  stack?.dispose();
  await emulator?.stop();
});

test("the quick-start example deploys, shows no changes and no drift, and is destroyed", async () => {
  await stack.up();
  const { templates, rules } = emulator.state();
  expect(templates).toMatchObject([{ CallbackKey: "quickstartKey1" }]);
  expect(rules).toMatchObject([{ DomainName: "push.example.com", TemplateId: templates[0]?.TemplateId }]);

  emulator.clearRequests();
  await stack.preview("--expect-no-changes");
  expect(emulator.requests()).toEqual([]);
  await stack.refresh("--expect-no-changes");

  for (const [file, text] of stack.stateFiles()) {
    expect(text, file).not.toMatch(/quickstartKey1|emulator-key/);
  }
  await stack.destroy();
  expect(emulator.state()).toMatchObject({ templates: [], rules: [] });
});
