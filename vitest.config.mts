import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

/** For `npm run coverage`, tests in process load the provider as the provider process does, so that both are counted together. */
const covered = process.env.NODE_V8_COVERAGE && {
  globalSetup: ["test/protocol/globalSetup.mts"],
  setupFiles: ["test/unit/coverage.ts"],
  alias: [
    {
      find: /^(\.\.\/)+provider\/(.*)\.ts$/,
      replacement: resolve(
        "node_modules/.cache/coverage-unit/node_modules/pulumi-tencentcloud-lvb/dist/provider/$2.js",
      ),
    },
  ],
};

/** For `npm test -- --against FILE`. Tests of what each dialect means, and of how it is found out, need those that they set. */
const against = process.env.EMULATOR_DIALECTS && {
  alias: [{ find: /^(\.\.\/)+emulator\/index\.ts$/, replacement: resolve("test/emulatorAgainst.ts") }],
};
const ofDialects = against ? ["test/unit/emulator/**", "test/unit/cli/probe.test.ts"] : [];

const cores = Math.max(2, availableParallelism());
/** One more than cores, since tests wait for processes. Projects with another number run apart. */
const maxWorkers = cores + 1;

/** What `npm run test:deep` alone runs. */
const deep = process.env.TEST_DEPTH === "deep";
const notYet = deep ? [] : ["**/*.deep.test.ts"];

// Layers: pure logic and real HTTP in process; the SDK's real dynamic-provider process, and what faults do to it;
// whole lives of stacks, made up at random; the real Pulumi CLI.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          exclude: ofDialects,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers,
          ...covered,
          ...against,
        },
      },
      {
        test: {
          name: "protocol",
          include: ["test/protocol/**/*.test.ts"],
          ...against,
          globalSetup: ["test/protocol/globalSetup.mts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers,
        },
      },
      {
        // What the dynamic host is tested with, over the plugin.
        test: {
          name: "plugin",
          include: [
            "test/protocol/{template,binding,preview,propagationWait,account,connection,hostileInputs}.test.ts",
            "test/protocol/declarations.test.ts",
            // The counts of thousands of resources are the handlers', whichever border they come through.
            ...(deep ? [] : ["test/protocol/callCounts.test.ts"]),
          ],
          globalSetup: ["test/protocol/globalSetup.mts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers,
        },
      },
      {
        test: {
          name: "plugin-faults",
          // The matrix is for `npm run test:deep`.
          include: deep ? ["test/faults/matrix.test.ts"] : ["test/faults/hostile.test.ts"],
          globalSetup: ["test/protocol/globalSetup.mts"],
          testTimeout: 300_000,
          hookTimeout: 60_000,
          maxWorkers: cores,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: "plugin-model",
          include: ["test/model/processes.test.ts"],
          globalSetup: ["test/protocol/globalSetup.mts"],
          testTimeout: 3_600_000,
          hookTimeout: 60_000,
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "faults",
          include: ["test/faults/**/*.test.ts"],
          ...against,
          globalSetup: ["test/protocol/globalSetup.mts"],
          testTimeout: 300_000,
          hookTimeout: 60_000,
          maxWorkers: cores,
          // Apart: its time-outs are short.
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: "model",
          include: ["test/model/**/*.test.ts"],
          ...against,
          globalSetup: ["test/protocol/globalSetup.mts"],
          testTimeout: 3_600_000,
          hookTimeout: 60_000,
          maxWorkers: 4,
          // Apart from the projects that have another number of workers.
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "plugin-e2e",
          include: [...(deep ? ["test/e2e/{deletions.deep,kills}.test.ts"] : []), "test/e2e/plugin/*.test.ts"],
          exclude: notYet,
          globalSetup: ["test/e2e/globalSetup.mts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers,
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          expect: { poll: { timeout: 20_000 } },
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          ...against,
          exclude: ["test/e2e/plugin/**", ...notYet],
          globalSetup: ["test/e2e/globalSetup.mts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers,
        },
      },
    ],
  },
});
