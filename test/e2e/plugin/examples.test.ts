// The example in YAML, as it is: up, its outputs, nothing to do, destroy. The one in Python: languages.deep.test.ts.
import { test } from "vitest";
import { startEmulator } from "../../../emulator/index.ts";
import { createStack } from "../harness.ts";
import { expectExampleToWork } from "./exampleOfPlugin.ts";

test("yaml", async () => {
  const emulator = await startEmulator({ domains: ["push.example.com"] });
  using stack = await createStack({
    example: "yaml",
    emulator,
    config: { callbackKey: { secret: "exampleKey1" } },
  });
  await expectExampleToWork(stack, emulator);
  await emulator.stop();
});
