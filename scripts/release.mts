// Does what changesets does for a package in a workspace, for the workspace's root package, which changesets ignores.
// `add` asks for a changeset. `version` turns the changesets into the next version and its part of CHANGELOG.md. `publish`
// publishes it to npm.
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const repository = resolve(import.meta.dirname, "..");
const manifest = join(repository, "package.json");

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { cwd: repository, stdio: "inherit", shell: process.platform === "win32" });
}

/** Runs changesets with the root as a package of the workspace. Of the changes in package.json, the version stays. */
function changeset(command: "add" | "version"): void {
  const original = readFileSync(manifest, "utf8");
  const { name, version, workspaces, ...rest } = JSON.parse(original);
  // After a Ctrl-C, changesets ends first; then package.json gets its workspaces back.
  process.on("SIGINT", () => {});
  try {
    const withRoot = { name, version, ...rest, workspaces: [".", ...workspaces] };
    writeFileSync(manifest, `${JSON.stringify(withRoot, null, 2)}\n`);
    run("npx", "changeset", command);
  } finally {
    const next: string = JSON.parse(readFileSync(manifest, "utf8")).version;
    writeFileSync(manifest, original.replace(/"version": "[^"]*"/, `"version": "${next}"`));
  }
}

function version(): void {
  changeset("version");
  run("npm", "install", "--package-lock-only");
  run("npm", "run", "docs");
}

function publish(): void {
  const { name, version: next } = JSON.parse(readFileSync(manifest, "utf8"));
  const there = spawnSync("npm", ["view", `${name}@${next}`, "version"], { encoding: "utf8" }).stdout.trim();
  if (there === next) {
    console.log(`${name}@${next} is on npm already.`);
    return;
  }
  run("npm", "publish", "--access", "public");
  run("git", "tag", `v${next}`);
  // changesets/action looks for this line.
  console.log(`New tag: v${next}`);
}

switch (process.argv[2]) {
  case "add":
    changeset("add");
    break;
  case "version":
    version();
    break;
  case "publish":
    publish();
    break;
  default:
    throw new Error("usage: release.mts add | version | publish");
}
