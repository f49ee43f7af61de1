// Half of the lives of stacks in process, so that two processors have something to do.
import { test } from "vitest";
import { checkLifecycles, inProcess, runsOf } from "./lifecycles.ts";

test("whatever happens to a stack, the promise holds (1 of 2)", async () => {
  await checkLifecycles({ runs: runsOf(2), seed: 4, maxCommands: 10, start: inProcess });
});
