/** The Pulumi project of a command, through the Pulumi CLI: its stacks, their configuration and state. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import * as v from "valibot";
import { messageOf } from "../../provider/live/errors";
import type { Configuration } from "../../provider/live/settings";
import { CommandFailure } from "../failure";
import { onInterrupt } from "../interruption";
import { readState, type StackState } from "./stackState";

export interface PulumiResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface PulumiRun {
  /** Text for the CLI's standard input. */
  input?: string;
  /** On an interrupt, the command waits for the CLI instead of interrupting it. */
  toItsEnd?: boolean;
}

/** The oldest Pulumi CLI that can import resources without reading them. */
export const minimumCli = "3.254.0";

const configuration = v.record(v.string(), v.object({ value: v.optional(v.string()), secret: v.boolean() }));
const pluginList = v.array(v.object({ name: v.string(), version: v.optional(v.string(), "") }));
const login = v.object({ url: v.string() });
const stackList = v.array(v.object({ name: v.string() }));

/** The folder of the project that contains `folder`, found in the same way as by Pulumi; undefined if there is none. */
export function projectFolder(folder: string): string | undefined {
  return upward(folder).find((candidate) => projectFile(candidate) !== undefined);
}

/** A folder and all its parents, nearest first. */
export function upward(folder: string): string[] {
  const at = resolve(folder);
  return at === dirname(at) ? [at] : [at, ...upward(dirname(at))];
}

/** A top-level value in a project's Pulumi.yaml, if it is set. */
export function projectSetting(folder: string, key: "name" | "main"): string | undefined {
  const file = projectFile(folder);
  const text = file === undefined ? "" : readFileSync(file, "utf8");
  const [, ...quoted] = new RegExp(`^${key}:[ \\t]*(?:"([^"\\n]*)"|'([^'\\n]*)'|([^\\s#]+))`, "m").exec(text) ?? [];
  return quoted.find(Boolean);
}

/** The language of a project's program (`runtime` in Pulumi.yaml). */
function projectRuntime(folder: string): string | undefined {
  const file = projectFile(folder);
  const text = file === undefined ? "" : readFileSync(file, "utf8").replaceAll("\r", "");
  // `runtime: python`, `runtime: { name: python }`, or a block with `name:` on one of its lines.
  const [, inline = "", block = ""] = /^runtime:(.*)((?:\n[ \t#].*|\n(?=\n))*)/m.exec(text) ?? [];
  const named = /^(?:.*[{,\s])?name:(.*)/m.exec(/^\s*(#|$)/.test(inline) ? block : inline);
  return /^\s*["']?([a-z]+)/.exec(named?.[1] ?? inline)?.[1];
}

/** Whether the program of a project doesn't run on Node.js, so that its resources belong to the plugin. */
export function usesPlugin(folder: string): boolean {
  return ![undefined, "nodejs", "bun"].includes(projectRuntime(folder));
}

function projectFile(folder: string): string | undefined {
  return ["Pulumi.yaml", "Pulumi.yml"].map((name) => join(folder, name)).find((path) => existsSync(path));
}

/** The version of the Pulumi CLI on PATH. */
export async function pulumiVersion(): Promise<string> {
  const result = await runPulumi(process.cwd(), ["version"]);
  if (result.exitCode === 0) return result.stdout.trim().replace(/^v/, "");
  throw noPulumi(saidBy(result));
}

function noPulumi(reason: string): CommandFailure {
  return new CommandFailure(
    `no usable Pulumi CLI on PATH (${reason}). Next: install it (https://www.pulumi.com/docs/install/), ` +
      `version ${minimumCli} or newer`,
  );
}

export class Project {
  /** The folder with its Pulumi.yaml. */
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** The project that a folder is in. */
  static open(folder: string): Project {
    if (!existsSync(folder)) throw new CommandFailure(`the folder ${folder} does not exist`);
    const found = projectFolder(folder);
    if (!found) {
      throw new CommandFailure(
        `no Pulumi project in ${resolve(folder)} nor above it (no Pulumi.yaml). Next: run this in a project's folder, or pass --cwd DIR`,
      );
    }
    return new Project(found);
  }

  /** Runs the CLI without questions, and returns any exit code. */
  pulumi(args: readonly string[], options: PulumiRun = {}): Promise<PulumiResult> {
    return runPulumi(this.folder, [...args, "--non-interactive", "--color", "never"], options);
  }

  /** Runs the CLI; a failure ends the command with the CLI's error. */
  async #ask(...args: string[]): Promise<string> {
    const result = await this.pulumi(args);
    if (result.exitCode === 0) return result.stdout;
    throw new CommandFailure(`pulumi ${args.slice(0, 2).join(" ")}: ${saidBy(result)}`);
  }

  /** The stack to work on: the given one, otherwise the selected one. */
  async stackName(given: string | undefined): Promise<string> {
    if (given) return given;
    const result = await this.pulumi(["stack", "--show-name"]);
    if (result.exitCode === 0) return result.stdout.trim();
    throw new CommandFailure(`${saidBy(result)}. Next: \`pulumi stack select\`, or pass --stack NAME`);
  }

  /** Our resources in the state of a stack, or undefined if the stack doesn't exist. */
  async stateIfAny(stack: string): Promise<StackState | undefined> {
    const result = await this.pulumi(["stack", "export", "--stack", stack]);
    if (result.exitCode === 0) return readState(stack, result.stdout);
    // The CLI's exit code for a stack that doesn't exist.
    if (result.exitCode === 6) return undefined;
    throw new CommandFailure(`stack ${stack}: ${saidBy(result)}`);
  }

  /** All stacks of the project. */
  async stackNames(): Promise<string[]> {
    const stacks = readJson(stackList, await this.#ask("stack", "ls", "--json"), "pulumi stack ls");
    return stacks.map(({ name }) => name);
  }

  /** Our resources in the state of a stack. Secrets stay encrypted, so no passphrase is needed. */
  async state(stack: string): Promise<StackState> {
    return readState(stack, await this.#ask("stack", "export", "--stack", stack));
  }

  /** The plugin's path in Pulumi.yaml, and its installed version. */
  async plugin(): Promise<{ path: string | undefined; installed: string | undefined }> {
    const text = readFileSync(projectFile(this.folder) ?? "", "utf8");
    const [, path] = /name: *["']?tencentcloud-lvb["']?\s+(?:version: *\S+\s+)?path: *["']?([^\s"']+)/.exec(text) ?? [];
    const plugins = readJson(pluginList, await this.#ask("plugin", "ls", "--json"), "pulumi plugin ls");
    return { path, installed: plugins.find(({ name }) => name === "tencentcloud-lvb")?.version };
  }

  /** The URL of the backend with the project's stacks. */
  async backendUrl(): Promise<string> {
    return readJson(login, await this.#ask("whoami", "--json"), "pulumi whoami").url;
  }

  /** Our settings in the stack's configuration; decrypted only if one of them is secret. */
  async config(stack: string): Promise<Configuration> {
    const values = await this.#configuration(stack);
    const has = (prefix: string) => Object.keys(values).some((key) => key.startsWith(`${prefix}:`));
    const ofPlugin = !has("tencentcloud") && (has("tencentcloud-lvb") || usesPlugin(this.folder));
    const namespace = ofPlugin ? "tencentcloud-lvb" : "tencentcloud";
    const ours = Object.entries(values).filter(([key]) => key.startsWith(`${namespace}:`));
    const shown = ours.some(([, { secret }]) => secret) ? await this.#configuration(stack, "--show-secrets") : values;
    return { namespace, get: (setting) => shown[`${namespace}:${setting}`]?.value };
  }

  /** The keys in the stack's configuration. */
  async configKeys(stack: string): Promise<Set<string>> {
    return new Set(Object.keys(await this.#configuration(stack)));
  }

  async #configuration(stack: string, ...flags: string[]) {
    return readJson(configuration, await this.#ask("config", "--json", "--stack", stack, ...flags), "pulumi config");
  }
}

function runPulumi(cwd: string, args: readonly string[], { input, toItsEnd }: PulumiRun = {}): Promise<PulumiResult> {
  const child = spawn("pulumi", args, {
    cwd,
    // Like the Automation API: the CLI then prints no hints for people.
    env: { ...process.env, PULUMI_AUTOMATION_API: "true" },
    stdio: ["pipe", "pipe", "pipe"],
    // In its own process group, so that a terminal's Ctrl-C doesn't reach it in addition to the interrupt in `collect`:
    // after a second interrupt the CLI ends without releasing the stack's lock.
    detached: process.platform !== "win32",
    windowsHide: true,
  });
  // The CLI may end without reading.
  child.stdin.on("error", () => {});
  child.stdin.end(input ?? "");
  return collect(child, toItsEnd).catch((error: unknown) => {
    throw noPulumi(messageOf(error));
  });
}

/** The error in the CLI's output, on one line. */
export function saidBy({ stdout, stderr, exitCode }: PulumiResult): string {
  const lines = `${stderr}\n${stdout}`.split("\n").map((line) => line.trim());
  const error = lines.find((line) => /^error: /.test(line)) ?? lines.find(Boolean);
  return error ? error.replace(/^error: /, "").replace(/\.$/, "") : `exit code ${exitCode}`;
}

function collect(child: ChildProcess, toItsEnd = false): Promise<PulumiResult> {
  const result = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (chunk: string) => {
      result[name] += chunk;
    });
  }
  const ended = new Promise<PulumiResult>((done, reject) => {
    child.once("error", reject);
    child.once("close", (code) => done({ ...result, exitCode: code ?? 1 }));
  });
  // The stack is locked until the CLI has ended. After an interrupt the command must not continue then.
  let interrupted = false;
  const release = onInterrupt(() => {
    interrupted = true;
    // On Windows one process can't be interrupted: it would be killed, and leave the lock.
    if (!toItsEnd && process.platform !== "win32") child.kill("SIGINT");
    return ended;
  });
  return ended.finally(release).then((ending) => (interrupted ? new Promise<never>(() => {}) : ending));
}

/** The CLI's JSON output, checked. */
export function readJson<Schema extends v.GenericSchema>(
  schema: Schema,
  text: string,
  source: string,
): v.InferOutput<Schema> {
  try {
    return v.parse(schema, JSON.parse(text));
  } catch (error) {
    throw new CommandFailure(`${source} printed unexpected output: ${messageOf(error)}`);
  }
}
