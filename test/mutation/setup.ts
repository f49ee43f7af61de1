/** Adapts the tests to Stryker, which runs them in a worker thread. */
import { syncBuiltinESMExports } from "node:module";
import os from "node:os";
import { beforeEach } from "vitest";

// A thread has a copy of HOME, which the real function doesn't read.
const { homedir } = os;
os.homedir = () => process.env.HOME ?? homedir();
syncBuiltinESMExports();

// Only `npm test` runs the tests that need the provider's own process.
const needsProcess: Readonly<Record<string, string>> = {
  "a preview makes no API call and does not load the Tencent SDK": "looks at the modules of a process",
  "endpoint and proxy can be written as hosts, as for other tools": "Node.js reads NODE_EXTRA_CA_CERTS at its start",
};
beforeEach(({ task, skip }) => {
  const reason = needsProcess[task.name];
  if (reason !== undefined) skip(reason);
});
