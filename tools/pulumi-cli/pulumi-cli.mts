// Finds or builds a Pulumi CLI that runs Node.js programs, and returns the folder to put on PATH. Tests and demo use the
// real engine on any machine. In this order:
//   1. `pulumi` on PATH, 3.254 or later (the first that can import dynamic resources from a file);
//   2. one from an earlier run, in the user's cache folder;
//   3. Pulumi's own installer, through the Automation API;
//   4. a build with Go from the modules beside this file. Engine and language hosts are separate, since the last release
//      of the hosts that the Go module proxy serves needs another version of the same module. Once, 5 to 10 minutes.
// As a script (`npm run -s pulumi-cli`) it prints progress on stderr and the folder as the last line of stdout.
import { createHash, randomUUID } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { run, start } from "./process.mts";

const MINIMUM = [3, 254] as const;
const MINUTE = 60_000;
const windows = process.platform === "win32";
const exe = windows ? ".exe" : "";
const here = import.meta.dirname;

const sdkManifest = createRequire(import.meta.url).resolve("@pulumi/pulumi/package.json");
const sdkVersion = String(JSON.parse(readFileSync(sdkManifest, "utf8")).version);
/** Starts the SDK's dynamic-provider process; the engine looks for it beside itself or on PATH. */
const launcher = `pulumi-resource-pulumi-nodejs${windows ? ".cmd" : ""}`;
const languageHost = `pulumi-language-nodejs${exe}`;

/** The folder of `pulumi`, to put first on PATH. */
export async function findOrMakePulumiCli(): Promise<string> {
  const failures: string[] = [];
  const attempt = async (way: string, find: () => Promise<string>) => {
    try {
      return await find();
    } catch (error) {
      failures.push(`  ${failures.length + 1}. ${way}: ${error instanceof Error ? error.message : error}`);
      return undefined;
    }
  };
  const existing = (await attempt("on PATH", onPath)) ?? (await attempt("made earlier", madeEarlier));
  if (existing !== undefined && lackingHosts(existing).length === 0) {
    return existing;
  }
  const made = await withLock(async () => {
    // The former owner of the lock may have built it.
    const folder =
      existing ??
      (await madeEarlier().catch(() => undefined)) ??
      (await attempt("Pulumi's installer", installed)) ??
      (await attempt("built with Go", built));
    if (folder !== undefined) await addHosts(folder);
    return folder;
  });
  if (made === undefined) {
    throw new Error(
      `No Pulumi CLI (${MINIMUM.join(".")} or later) could be found or made:\n${failures.join("\n")}\n` +
        "Install Pulumi (https://www.pulumi.com/docs/install), or Go 1.25.11 or later, and try again.",
    );
  }
  return made;
}

async function onPath(): Promise<string> {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const folder = folders.find((candidate) => existsSync(join(candidate, `pulumi${exe}`)));
  if (folder === undefined) {
    throw new Error("there is no `pulumi` on PATH");
  }
  const version = await versionOf(folder);
  const [major = 0, minor = 0] = version.slice(1).split(".").map(Number);
  if (major !== MINIMUM[0] || minor < MINIMUM[1]) {
    throw new Error(`${join(folder, "pulumi")} is ${version}, older than ${MINIMUM.join(".")} or of another major`);
  }
  // Package managers link the CLI into a common folder; the engine looks beside the real file.
  const places = [...folders, dirname(realpathSync(join(folder, `pulumi${exe}`)))];
  for (const tool of [languageHost, launcher]) {
    if (!places.some((place) => existsSync(join(place, tool)))) {
      throw new Error(`${join(folder, "pulumi")} has no ${tool} beside it, nor is there one on PATH`);
    }
  }
  return folder;
}

async function madeEarlier(): Promise<string> {
  const reasons: string[] = [];
  for (const target of [builtTarget(), installedTarget()]) {
    const folder = join(target, "bin");
    if (!existsSync(folder)) {
      reasons.push(`no ${target}`);
      continue;
    }
    try {
      await versionOf(folder);
      return folder;
    } catch (error) {
      reasons.push(String(error));
    }
  }
  throw new Error(reasons.join("; "));
}

function installed(): Promise<string> {
  return make(installedTarget(), async (folder) => {
    tell("Trying Pulumi's own installer");
    const downloads = join(folder, "downloads");
    mkdirSync(downloads);
    // In its own process, so that it can be ended if the network never answers.
    const installer = start(process.execPath, [import.meta.filename, "--install", folder], {
      env: { ...process.env, TMPDIR: downloads, TEMP: downloads, TMP: downloads },
      timeoutMs: 20 * MINUTE,
    });
    // During a download, however slow, the folder grows.
    let size = 0;
    let grewAt = Date.now();
    const watch = setInterval(() => {
      const sizeNow = sizeOf(folder);
      if (sizeNow !== size) {
        size = sizeNow;
        grewAt = Date.now();
      } else if (Date.now() - grewAt > MINUTE) {
        installer.kill();
      }
    }, 2_000);
    const { exitCode, output } = await installer.result.finally(() => clearInterval(watch));
    if (exitCode !== 0) {
      throw new Error(exitCode === -1 ? "given up: nothing arrived for a minute" : lastLine(output));
    }
    rmSync(downloads, { recursive: true, force: true });
  });
}

function sizeOf(folder: string): number {
  let size = 0;
  for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    size += statSync(join(folder, entry), { throwIfNoEntry: false })?.size ?? 0;
  }
  return size;
}

function built(): Promise<string> {
  return make(builtTarget(), async (folder) => {
    const bin = join(folder, "bin");
    mkdirSync(bin);
    const sdkPath = "github.com/pulumi/pulumi/sdk/v3";
    tell(`Building Pulumi ${engineVersion()} with Go; once, 5 to 10 minutes on a small machine`);
    // Without the version, the Automation API refuses the CLI, even if its check is switched off.
    const version = `-s -w -X ${sdkPath}/go/common/version.Version=${engineVersion()}`;
    const tags = ["-tags", "osusergo,grpcnotrace"];
    await goBuild("engine", [...tags, "-ldflags", version], bin, "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi");
    await goBuild("language-nodejs", ["-ldflags", "-s -w"], bin, `${sdkPath}/nodejs/cmd/pulumi-language-nodejs`);
    copyFileSync(join(dirname(sdkManifest), launcher), join(bin, launcher));
    chmodSync(join(bin, launcher), 0o755);
  });
}

/** Other language hosts than that for Node.js: Pulumi's installer has them, a CLI built here doesn't at first. */
const otherHosts: Readonly<Record<string, () => Promise<void>>> = {
  "pulumi-language-yaml": () =>
    goBuild(
      "language-yaml",
      ["-ldflags", "-s -w"],
      builtBin(),
      "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
    ),
  "pulumi-language-python": async () => {
    const command = "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python";
    // The host starts programs with it.
    const options = { cwd: join(here, "language-nodejs"), timeoutMs: 10 * MINUTE };
    const { stdout } = await run("go", ["list", "-f", "{{.Dir}}", command], options);
    const starter = "pulumi-language-python-exec";
    copyFileSync(join(dirname(stdout.trim()), starter), join(builtBin(), starter));
    chmodSync(join(builtBin(), starter), 0o755);
    await goBuild("language-nodejs", ["-ldflags", "-s -w"], builtBin(), command);
  },
};

function builtBin(): string {
  return join(builtTarget(), "bin");
}

/** Hosts that are missing in a CLI built here. Nothing is added to any other CLI. */
function lackingHosts(folder: string): string[] {
  return folder === builtBin()
    ? Object.keys(otherHosts).filter((host) => !existsSync(join(folder, `${host}${exe}`)))
    : [];
}

async function addHosts(folder: string): Promise<void> {
  for (const host of lackingHosts(folder)) await otherHosts[host]?.();
}

async function goBuild(module: string, flags: string[], bin: string, command: string): Promise<void> {
  const began = Date.now();
  const progress = setInterval(() => tell(`  ${module}: still building, ${seconds(began)} s`), 15_000);
  // An absolute folder with a slash at its end: Go names the file.
  const args = ["build", "-mod=readonly", "-trimpath", ...flags, "-o", `${bin}/`, command];
  const options = { cwd: join(here, module), env: { ...process.env, GOWORK: "off" }, timeoutMs: 60 * MINUTE };
  try {
    const { exitCode, stderr } = await run("go", args, options);
    if (exitCode !== 0) {
      throw new Error(`go build in ${options.cwd} failed: ${stderr.trim().split("\n").slice(-5).join("; ")}`);
    }
    tell(`  ${module}: built in ${seconds(began)} s`);
  } catch (error) {
    throw error instanceof Error && "code" in error && error.code === "ENOENT" ? new Error("Go is not on PATH") : error;
  } finally {
    clearInterval(progress);
  }
}

/**
 * Lets `fill` write `bin/` into a folder beside the target, checks that its CLI runs, and only then renames the folder, so
 * that nobody ever sees an incomplete one.
 */
async function make(target: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const folder = `${target}.${randomUUID()}`;
  mkdirSync(folder, { recursive: true });
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const stopCleaning = cleanUpOnExit(remove);
  try {
    await fill(folder);
    const version = await versionOf(join(folder, "bin"));
    await putInPlace(folder, target);
    tell(`Pulumi ${version} is ready in ${target}`);
    return join(target, "bin");
  } finally {
    remove();
    stopCleaning();
  }
}

async function putInPlace(folder: string, target: string): Promise<void> {
  try {
    renameSync(folder, target);
  } catch (error) {
    if (!existsSync(target)) {
      throw error;
    }
    // Someone else was faster. Their CLI is as good, unless it no longer runs.
    const runs = await versionOf(join(target, "bin")).catch(() => undefined);
    if (runs === undefined) {
      const broken = `${folder}.broken`;
      renameSync(target, broken);
      renameSync(folder, target);
      rmSync(broken, { recursive: true, force: true });
    }
  }
}

/** Checks the CLI in this folder: it must print a version. */
async function versionOf(folder: string): Promise<string> {
  const cli = join(folder, `pulumi${exe}`);
  const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const { exitCode, stdout, output } = await run(cli, ["version"], { env, timeoutMs: MINUTE });
  const version = stdout.trim();
  if (exitCode !== 0 || !/^v\d+\.\d+\.\d+/.test(version)) {
    throw new Error(`${cli} version printed no version but: ${lastLine(output)}`);
  }
  return version;
}

/**
 * Allows one builder at a time in a cache folder. The owner touches the lock every few seconds; a lock that wasn't touched
 * for longer is free. (If two ever get in, `make` lets neither harm the other.)
 */
async function withLock<T>(action: () => Promise<T>): Promise<T> {
  const lock = `${builtTarget()}.lock`;
  const STALE_MS = 30_000;
  mkdirSync(dirname(lock), { recursive: true });
  for (let waited = 0; !tryLock(lock); waited++) {
    const touchedAt = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (Date.now() - touchedAt > STALE_MS) {
      rmSync(lock, { recursive: true, force: true });
    } else {
      if (waited % 15 === 0) {
        tell(`Another process is making the Pulumi CLI; waiting for it (${waited} s)`);
      }
      await sleep(1_000);
    }
  }
  const remove = () => rmSync(lock, { recursive: true, force: true });
  const stopCleaning = cleanUpOnExit(remove);
  const touch = setInterval(() => {
    if (existsSync(lock)) {
      utimesSync(lock, new Date(), new Date());
    }
  }, 5_000);
  try {
    return await action();
  } finally {
    clearInterval(touch);
    remove();
    stopCleaning();
  }
}

function tryLock(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") {
      return false;
    }
    throw error;
  }
}

/** Without a listener for a signal, Node ends at that signal without running "exit" listeners. */
function cleanUpOnExit(remove: () => void): () => void {
  const interrupted = () => process.exit(130);
  const terminated = () => process.exit(143);
  process.on("exit", remove).on("SIGINT", interrupted).on("SIGTERM", terminated);
  return () => void process.off("exit", remove).off("SIGINT", interrupted).off("SIGTERM", terminated);
}

function builtTarget(): string {
  const hash = createHash("sha256").update(`${sdkVersion} ${process.platform} ${process.arch}`);
  for (const module of ["engine", "language-nodejs"]) {
    hash.update(readFileSync(join(here, module, "go.mod"))).update(readFileSync(join(here, module, "go.sum")));
  }
  return join(cacheFolder(), `${engineVersion().slice(1)}-${hash.digest("hex").slice(0, 12)}`);
}

/** The installer gets the CLI of the SDK's version, with everything that it needs. */
function installedTarget(): string {
  return join(cacheFolder(), `${sdkVersion}-installed`);
}

function engineVersion(): string {
  const version = /pulumi\/pkg\/v3 (v\S+)/.exec(readFileSync(join(here, "engine", "go.mod"), "utf8"))?.[1];
  if (version === undefined) {
    throw new Error("tools/pulumi-cli/engine/go.mod names no version of the engine");
  }
  return version;
}

function cacheFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  const caches =
    process.platform === "darwin"
      ? join(homedir(), "Library", "Caches")
      : windows
        ? (LOCALAPPDATA ?? join(homedir(), "AppData", "Local"))
        : XDG_CACHE_HOME || join(homedir(), ".cache");
  return join(caches, "pulumi-tencentcloud-lvb", "pulumi-cli");
}

function seconds(since: number): number {
  return Math.round((Date.now() - since) / 1000);
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) || "nothing";
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function main(args: readonly string[]): Promise<void> {
  if (args[0] === "--install" && args[1] !== undefined) {
    const { PulumiCommand } = await import("@pulumi/pulumi/automation/index.js");
    await PulumiCommand.install({ root: args[1] });
  } else {
    process.stdout.write(`${await findOrMakePulumiCli()}\n`);
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === import.meta.filename) {
  main(process.argv.slice(2)).catch((error: unknown) => {
    tell(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  });
}
