// A quarter of the random stacks in process. The four files wait more than they compute, so they run in parallel.
import { test } from "vitest";
import { checkLifecycles, inProcess, livesOf } from "./lifecycles.ts";

test("the promise of docs/reliability.md holds for random stacks (1 of 4)", async () => {
  await checkLifecycles({ ...livesOf(0, 4), maxCommands: 10, start: inProcess });
});
