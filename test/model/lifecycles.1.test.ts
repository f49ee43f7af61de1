// Another quarter of the lives of stacks in process: see lifecycles.0.test.ts.
import { test } from "vitest";
import { checkLifecycles, inProcess, runsOf } from "./lifecycles.ts";

test("whatever happens to a stack, the promise holds (2 of 4)", async () => {
  await checkLifecycles({ runs: runsOf(4), seed: 5, maxCommands: 10, start: inProcess });
});
