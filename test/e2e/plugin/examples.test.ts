// The YAML example, unchanged: up, outputs, no changes, destroy. Also the program of docs/languages.md. For Python, see
// languages.deep.test.ts.
import { expect, test } from "vitest";
import { startEmulator } from "../../../emulator/index.ts";
import { codeBlock } from "../../codeBlocks.ts";
import { createStack } from "../harness.ts";
import { expectExampleToWork } from "./exampleOfPlugin.ts";

test("the YAML example and the program of docs/languages.md work", async () => {
  const emulator = await startEmulator({ domains: ["push.example.com"] });
  using stack = await createStack({
    example: "yaml",
    projectName: "lvb-yaml",
    emulator,
    config: { callbackKey: { secret: "exampleKey1" } },
  });
  await expectExampleToWork(stack, emulator);
  stack.setProgram(codeBlock("docs/languages.md", "type: tencentcloud-lvb:CallbackTemplate"), "yaml");
  expect((await stack.preview()).stdout).toMatch(/\+ 3 to create/);
  await emulator.stop();
});
