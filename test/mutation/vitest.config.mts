// The tests for Stryker. It needs all code in one process, so the protocol tests get a provider in process.
import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

/** Runs only some tests: MUTATION_TESTS="test/unit/receiver/*.test.ts". */
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
    maxWorkers: "100%",
  },
});
