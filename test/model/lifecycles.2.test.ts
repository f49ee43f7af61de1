// Another quarter of the lives of stacks in process: see lifecycles.0.test.ts.
import { test } from "vitest";
import { checkLifecycles, inProcess, livesOf } from "./lifecycles.ts";

test("whatever happens to a stack, the promise holds (3 of 4)", async () => {
  await checkLifecycles({ ...livesOf(2, 4), maxCommands: 10, start: inProcess });
});
