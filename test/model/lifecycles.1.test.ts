// Another quarter of the random stacks: see lifecycles.0.test.ts.
import { test } from "vitest";
import { checkLifecycles, inProcess, livesOf } from "./lifecycles.ts";

test("the promise of docs/reliability.md holds for random stacks (2 of 4)", async () => {
  await checkLifecycles({ ...livesOf(1, 4), maxCommands: 10, start: inProcess });
});
