// What only a process of the provider's own can tell stays with `npm test`.
import { beforeEach } from "vitest";

beforeEach(({ task, skip }) => {
  skip(
    task.name === "a preview makes no API call and does not load the Tencent SDK",
    "looks at the modules of a process",
  );
});
