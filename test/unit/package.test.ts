// The package as it is published: its files, its size, and what its checkers say.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { packedFiles, packTarball } from "../../tools/packedPackage.mts";

const root = join(__dirname, "../..");
const run = promisify(execFile);
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Runs a tool from node_modules; a failure's message is the tool's output. */
async function tool(script: string, ...args: string[]): Promise<string> {
  const running = run(process.execPath, [join(root, "node_modules", script), ...args], { cwd: root });
  return (await running.catch(({ stdout, stderr }) => Promise.reject(new Error(`${stdout}\n${stderr}`)))).stdout;
}

async function pack(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "lvb-pack-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return packTarball(folder);
}

test("contains exactly the expected files", async () => {
  const sources = ["provider", "cli", "emulator", "receiver"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .map((path) => `dist/${folder}/${path.replaceAll("\\", "/").replace(/\.ts$/, "")}`),
  );
  // Files that nobody can import need no types.
  const ofProvider = "handlers/|live/|engineMessages$|resources/(autoName|handlersText|isOfType|promiseTraces)$";
  const ofEmulator =
    "actions/|(action|admin|edits|firing|input|loopback|page|paging|parameters|post|rules|server|signature|stateCompletion|stateFile|templates|throttle|times|updates|visitors)$";
  const hidden = new RegExp(`^dist/(cli/|provider/(${ofProvider})|emulator/(${ofEmulator}))`);
  // The command line and the emulator are one file each.
  const bundled = /^dist\/(cli|emulator)\/(?!index$)/;
  const compiled = sources.flatMap((path) => [
    ...(bundled.test(path) ? [] : [`${path}.js`]),
    ...(hidden.test(path) ? [] : [`${path}.d.ts`]),
  ]);
  const shown = ["console.css", "console.mjs", "icon.svg", "index.html"].map((name) => `dist/emulator/console/${name}`);
  const documents = ["CHANGELOG.md", "LICENSE", "README.md", "README.zh-CN.md", "package.json"];
  const packed = (await packedFiles()).map(({ path }) => path);
  expect(packed.sort()).toEqual([...documents, ...compiled, ...shown].sort());
});

test("has at most 360 KB of code and types, 40 KB of it for the emulator's page", async () => {
  const packed = await packedFiles();
  const bytes = (folder: string) =>
    packed.filter(({ path }) => path.startsWith(folder)).reduce((sum, { size }) => sum + size, 0);
  expect(bytes("dist/")).toBeLessThanOrEqual(360_000);
  expect(bytes("dist/emulator/console/")).toBeLessThanOrEqual(40_000);
});

test("has no source maps, since it doesn't contain the sources", async () => {
  for (const { path } of await packedFiles()) {
    expect(readFileSync(join(root, path), "utf8"), path).not.toContain("sourceMappingURL");
  }
});

test("is the same when packed twice", async () => {
  const digest = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");
  expect(digest(await pack())).toBe(digest(await pack()));
}, 60_000);

test("has every file of `exports`, types first", () => {
  for (const [entry, target] of Object.entries<Record<string, string> | string>(manifest.exports)) {
    if (typeof target === "string") continue;
    expect(Object.keys(target), entry).toEqual(["types", "default"]);
    for (const path of Object.values(target)) expect(existsSync(join(root, path)), path).toBe(true);
  }
});

test("passes publint and Are The Types Wrong", async () => {
  const tarball = await pack();
  expect(await tool("publint/src/cli.js", "--strict", tarball)).toContain("All good!");
  await tool("@arethetypeswrong/cli/dist/index.js", tarball);
}, 120_000);

test("has no unused code or dependency, and no undeclared one (knip)", async () => {
  await tool("knip/bin/knip.js");
}, 120_000);

test("has no duplicated code (jscpd)", async () => {
  const folders = ["provider", "cli", "emulator", "receiver", "scripts", "tools", "bench"];
  const args = [
    "--min-tokens",
    "50",
    "--threshold",
    "0",
    "--reporters",
    "console",
    "--format",
    "typescript,javascript",
  ];
  await tool("jscpd/bin/jscpd", ...args, ...folders.filter((folder) => existsSync(join(root, folder))));
}, 120_000);
