// Mutation testing: Stryker changes the code in one place at a time, and a test has to notice.
// One folder: npm run test:mutation -- --mutate "receiver/**/*.ts"

export default {
  mutate: ["receiver/**/*.ts", "provider/propagation.ts", "provider/handlers/**/*.ts", "provider/live/**/*.ts"],
  testRunner: "vitest",
  vitest: { configFile: "test/mutation/vitest.config.mts", related: false },
  plugins: ["@stryker-mutator/vitest-runner"],
  coverageAnalysis: "perTest",
  mutator: {
    // Texts are for people: the tests look for what matters in a message, not for its every word.
    excludedMutations: ["StringLiteral"],
  },
  ignoreStatic: true,
  ignorePatterns: ["coverage"],
  concurrency: 1,
  timeoutMS: 10_000,
  incremental: true,
  incrementalFile: "node_modules/.cache/mutation.json",
  cleanTempDir: "always",
  reporters: ["clear-text", "progress-append-only"],
  clearTextReporter: { logTests: false, reportTests: false, allowColor: false },
  allowEmpty: false,
  thresholds: { high: 95, low: 90, break: 90 },
};
