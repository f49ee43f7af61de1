// A quarter of the lives of stacks in process. They wait more than they compute, so four of them share two processors.
import { test } from "vitest";
import { checkLifecycles, inProcess, livesOf } from "./lifecycles.ts";

test("whatever happens to a stack, the promise holds (1 of 4)", async () => {
  await checkLifecycles({ ...livesOf(0, 4), maxCommands: 10, start: inProcess });
});
