// The CPU seconds of each kind of process in a run of the CLI, read from /proc while it runs. Only on Linux.
import { readdirSync, readFileSync } from "node:fs";

/** The processes of the program, of the provider, and of the engine with its language host. */
export const kinds = ["program", "provider", "engine"] as const;
export type Kind = (typeof kinds)[number];

const everyMs = 50;
/** USER_HZ, which is 100 on every Linux that Node.js runs on. */
const ticksPerSecond = 100;

/** Reads until `stop` is called, which returns the seconds; undefined without /proc. */
export function watchCpu(root: number): { stop(): Record<Kind, number> | undefined } {
  if (process.platform !== "linux") return { stop: () => undefined };
  const seen = new Map<number, { kind: Kind; seconds: number }>();
  const look = () => {
    for (const { pid, command, seconds } of descendants(root)) {
      // The file of a process that has just ended is empty.
      const kind = command === "" ? (seen.get(pid)?.kind ?? "engine") : kindOf(command);
      seen.set(pid, { kind, seconds });
    }
  };
  const timer = setInterval(look, everyMs);
  return {
    stop: () => {
      clearInterval(timer);
      const seconds = { program: 0, provider: 0, engine: 0 };
      for (const one of seen.values()) seconds[one.kind] += one.seconds;
      return seconds;
    },
  };
}

function kindOf(command: string): Kind {
  if (command.includes("/cmd/dynamic-provider")) return "provider";
  return command.includes("/cmd/run") ? "program" : "engine";
}

interface Seen {
  pid: number;
  parent: number;
  command: string;
  seconds: number;
}

function descendants(root: number): Seen[] {
  const processes = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => read(Number(name)) ?? []);
  const below = (pid: number): Seen[] =>
    processes.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...below(child.pid)]);
  return [...processes.filter(({ pid }) => pid === root), ...below(root)];
}

/** Undefined if the process has ended. */
function read(pid: number): Seen | undefined {
  try {
    // The name before it, in parentheses, may contain anything.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ")
      .map(Number);
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: ppid is field 4, utime 14, stime 15; the first here is 3.
    return { pid, parent: fields[1] ?? 0, command, seconds: ((fields[11] ?? 0) + (fields[12] ?? 0)) / ticksPerSecond };
  } catch {
    return undefined;
  }
}
