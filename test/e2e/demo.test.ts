// The demo checks its own claims. They must be true, and it must leave nothing behind.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { run, start } from "../../tools/pulumi-cli/process.mts";

const repository = resolve(__dirname, "../..");
const script = join(repository, "scripts", "demo.mts");
let temporary: string;

beforeAll(() => {
  temporary = mkdtempSync(join(inject("e2e").folder, "demo-"));
});
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

test("npm run demo succeeds, and leaves nothing behind", async () => {
  const before = exampleFiles();
  const { exitCode, output } = await run(process.execPath, [script], options());
  expect(exitCode, output).toBe(0);
  expect(output).toMatch(/All \d+ claims held/);
  expect(output).toContain("receiver: push started: push.example.com/live/demo");
  await expectNoServer(output);
  expect(readdirSync(temporary)).toEqual([]);
  expect(exampleFiles()).toEqual(before);
});

test("with --open, the page stays open until Ctrl-C, which ends the demo and cleans up", async () => {
  let output = "";
  const { env, ...rest } = options();
  // On systems that open the browser with xdg-open, this one loads the page and says so.
  const folder = mkdtempSync(join(inject("e2e").folder, "browser-"));
  const opened = join(folder, "page.html");
  const fetchPage = `fetch(process.argv[1]).then((page) => page.text()).then((text) => fs.writeFileSync("${opened}", text))`;
  const opener = `#!/bin/sh\nexec "${process.execPath}" -e '${fetchPage}' "$1"\n`;
  writeFileSync(join(folder, "xdg-open"), opener, { mode: 0o755 });
  const demo = start(process.execPath, [script, "--open"], {
    ...rest,
    env: { ...env, PATH: [folder, env.PATH].join(delimiter) },
    onOutput: (text) => (output += text),
  });
  await expect.poll(() => output, { timeout: 60_000 }).toContain("pulumi up");
  if (process.platform === "linux") expect(readFileSync(opened, "utf8")).toContain("/console/console.mjs");
  const interruptedAt = Date.now();
  demo.signal("SIGINT");
  expect((await demo.result).exitCode).toBe(130);
  expect(Date.now() - interruptedAt).toBeLessThan(10_000);
  await expectNoServer(output);
  expect(readdirSync(temporary)).toEqual([]);
});

function options() {
  const { cli } = inject("e2e");
  return {
    env: { ...process.env, PATH: [cli, process.env.PATH].join(delimiter), TMPDIR: temporary },
    timeoutMs: 120_000,
  };
}

/** Neither the emulator nor the receiver may outlive the demo. */
async function expectNoServer(output: string): Promise<void> {
  const urls = output.match(/http:\/\/127\.0\.0\.1:\d+/g) ?? [];
  expect(new Set(urls).size).toBe(2);
  for (const url of urls) {
    await expect(fetch(url)).rejects.toThrow("fetch failed");
  }
}

function exampleFiles(): string[] {
  return readdirSync(join(repository, "examples"), { recursive: true, encoding: "utf8" }).sort();
}
