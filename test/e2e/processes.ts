// The child processes of a run of the CLI, to kill or measure them.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inject } from "vitest";
import { start } from "../../tools/pulumi-cli/process.mts";
import type { RunningProcess, Stack } from "./harness.ts";

/** Starts the CLI, and can wait for its output. */
export function beginRun(stack: Stack, ...args: string[]): { cli: RunningProcess; said(what: RegExp): Promise<void> } {
  let text = "";
  const cli = start(join(inject("e2e").cli, "pulumi"), [...args, "--non-interactive", "--color", "never"], {
    cwd: stack.project,
    env: stack.env,
    timeoutMs: 120_000,
    onOutput: (more) => {
      text += more;
    },
  });
  return { cli, said: (what) => until(`it says ${what}`, () => what.test(text)) };
}

/** The direct and indirect child processes of `pid`, with their command lines. */
export function descendants(pid: number): Map<number, string> {
  const all = processes();
  const found = new Map<number, string>();
  const below = (parent: number) => {
    for (const [child, { parent: itsParent, command }] of all) {
      if (itsParent !== parent || found.has(child)) continue;
      found.set(child, command);
      below(child);
    }
  };
  below(pid);
  return found;
}

/** The provider processes of a run. Each is a Node.js process, started by a shell script. */
export function providersOf({ pid }: RunningProcess): number[] {
  return [...descendants(pid)].filter(([, command]) => isProvider(command)).map(([provider]) => provider);
}

/** The current memory of all provider processes of a run, in MB. */
export function providerMemory(cli: RunningProcess): number {
  const all = processes();
  return providersOf(cli).reduce((sum, pid) => sum + (all.get(pid)?.rss ?? 0) / 1024, 0);
}

/** Kills only the CLI's process, and returns its child processes, which keep running. */
export function killCli(cli: RunningProcess): Map<number, string> {
  const left = descendants(cli.pid);
  cli.signal("SIGKILL");
  return left;
}

/** Ends the processes that a killed CLI left. */
export async function end(left: ReadonlyMap<number, string>): Promise<void> {
  const alive = () => {
    const all = processes();
    return [...left].filter(([pid, command]) => all.get(pid)?.command === command).map(([pid]) => pid);
  };
  for (const pid of alive()) kill(pid);
  await until("the processes have ended", () => alive().length === 0);
}

export function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has already ended by itself.
  }
}

/** Polls until a condition is true; after a time limit, the error names it. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`Waited in vain until ${what}.`);
    await sleep(20);
  }
}

function isProvider(command: string): boolean {
  const executable = inject("e2e").host === "plugin" ? "pulumi-resource-tencentcloud-lvb" : "dynamic-provider";
  return command.includes(executable) && !/^\S*sh /.test(command);
}

function processes(): Map<number, { parent: number; rss: number; command: string }> {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,rss=,args="], { encoding: "utf8" }).split("\n");
  const rows = lines.map((line) => /^ *(\d+) +(\d+) +(\d+) (.*)$/.exec(line)).filter((row) => row !== null);
  return new Map(
    rows.map(([, pid, parent, rss, command = ""]) => [
      Number(pid),
      { parent: Number(parent), rss: Number(rss), command },
    ]),
  );
}
