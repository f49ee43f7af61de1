// The plugin for this machine: one executable that needs no Node.js, and the archive that `pulumi plugin install` takes.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { bundlePlugin, pluginVersion } from "./pluginBundle.mts";

const repository = resolve(import.meta.dirname, "..");
const windows = process.platform === "win32";
const executable = `pulumi-resource-tencentcloud-lvb${windows ? ".exe" : ""}`;
/** The platform, as Pulumi names it. */
const os = windows ? "windows" : process.platform;
const architecture = process.arch === "x64" ? "amd64" : process.arch;

export async function makePlugin(parent: string): Promise<{ folder: string; archive: string }> {
  const folder = join(parent, "plugin");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const bundle = join(folder, "plugin.cjs");
  await bundlePlugin(bundle);

  // https://nodejs.org/docs/latest-v22.x/api/single-executable-applications.html
  const settings = join(folder, "sea.json");
  const blob = join(folder, "plugin.blob");
  writeFileSync(
    settings,
    JSON.stringify({ main: bundle, output: blob, disableExperimentalSEAWarning: true, useCodeCache: true }),
  );
  run(process.execPath, ["--experimental-sea-config", settings]);
  const target = join(folder, executable);
  copyFileSync(process.execPath, target);
  chmodSync(target, 0o755);
  if (process.platform === "darwin") run("codesign", ["--remove-signature", target]);
  run(process.execPath, [
    join(repository, "node_modules/postject/dist/cli.js"),
    ...[target, "NODE_SEA_BLOB", blob, "--sentinel-fuse", "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2"],
    ...(process.platform === "darwin" ? ["--macho-segment-name", "NODE_SEA"] : []),
  ]);
  if (process.platform === "darwin") run("codesign", ["--sign", "-", target]);
  for (const file of [bundle, settings, blob]) rmSync(file);

  const archive = join(parent, `pulumi-resource-tencentcloud-lvb-v${pluginVersion}-${os}-${architecture}.tar.gz`);
  run("tar", ["-czf", archive, "-C", folder, executable]);
  return { folder, archive };
}

/** Runs a tool, and shows its output only if it fails. */
function run(command: string, args: string[]): void {
  execFileSync(command, args, { stdio: ["ignore", "pipe", "pipe"] });
}
