// The steps of the examples in YAML and Python.
import { expect } from "vitest";
import type { Emulator } from "../../../emulator/index.ts";
import type { Stack } from "../harness.ts";

export async function expectExampleToWork(stack: Stack, emulator: Emulator): Promise<void> {
  await stack.up();
  const url = "https://callbacks.example.com/lvb";
  const [template] = emulator.state().templates;
  expect(template).toMatchObject({ StreamBeginNotifyUrl: url, StreamEndNotifyUrl: url, CallbackKey: "exampleKey1" });
  expect(emulator.state().rules).toMatchObject([
    { DomainName: "push.example.com", AppName: "live", TemplateId: template?.TemplateId },
  ]);
  const { templateId, effectiveAt } = await stack.outputs();
  expect(templateId).toBe(String(template?.TemplateId));
  expect([effectiveAt].flat()).toEqual([expect.stringMatching(/^\d{4}-.*Z$/)]);

  emulator.clearRequests();
  await stack.up("--expect-no-changes");
  expect(emulator.requests()).toEqual([]);

  await stack.destroy();
  expect(emulator.state()).toMatchObject({ templates: [], rules: [] });
}
