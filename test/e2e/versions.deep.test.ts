// A slice of the version matrix: each Node.js, each SDK and three kinds of programs once. `npm run test:matrix` runs it
// all.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { expect, inject, test } from "vitest";
import { run } from "../../tools/pulumi-cli/process.mts";

test("a slice of the supported versions works", { timeout: 900_000 }, async () => {
  const { cli, folder } = inject("e2e");
  const temporary = mkdtempSync(join(folder, "versions-"));
  try {
    const script = resolve(__dirname, "../matrix/matrix.mts");
    const env = { ...process.env, PATH: [cli, process.env.PATH].join(delimiter), TMPDIR: temporary };
    const { exitCode, output } = await run(process.execPath, [script, "--slice"], { env, timeoutMs: 800_000 });
    expect(output.trim().split("\n").at(-1), output).toBe("3 passed, 0 failed");
    expect(exitCode).toBe(0);
    // Package managers leave files there, such as Node.js's compile cache.
    expect(readdirSync(temporary).filter((name) => name.startsWith("lvb-"))).toEqual([]);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
});
