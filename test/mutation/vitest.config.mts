// The tests of what Stryker mutates. It needs all code in one process, so those of test/protocol get a provider in process.
import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

/** Part of the tests, while you work: MUTATION_TESTS="test/unit/receiver/*.test.ts". */
const { MUTATION_TESTS } = process.env;

export default defineConfig({
  test: {
    alias: [{ find: /^\.\/providerProcess\.ts$/, replacement: resolve(import.meta.dirname, "providerInProcess.ts") }],
    setupFiles: ["test/mutation/setup.ts"],
    include: MUTATION_TESTS
      ? [MUTATION_TESTS]
      : [
          "test/unit/receiver/{idempotencyKey,verifyCallback}.test.ts",
          "test/unit/provider/**/*.test.ts",
          "test/protocol/{account,binding,connection,declarations,hostileInputs,preview,propagationWait,secrets,template}.test.ts",
        ],
    testTimeout: 60_000,
  },
});
