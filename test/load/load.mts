// `npm run test:load`: test/e2e/load.deep.test.ts at full size, on the packed package and the real CLI.
import { spawn } from "node:child_process";
import { join, resolve } from "node:path";

const repository = resolve(import.meta.dirname, "../..");
const vitest = join(repository, "node_modules/vitest/vitest.mjs");
const child = spawn(process.execPath, [vitest, "run", "--project", "e2e", "test/e2e/load.deep.test.ts"], {
  cwd: repository,
  env: { ...process.env, TEST_DEPTH: "deep", LVB_LOAD: "full" },
  stdio: ["ignore", "inherit", "inherit"],
});
child.once("error", (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
child.once("close", (code) => {
  process.exitCode = code ?? 1;
});
