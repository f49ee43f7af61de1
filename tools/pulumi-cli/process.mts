// Runs another program: never through a shell, always bounded in time, in a process group of its own so that nothing it
// started outlives it. Used for the Pulumi CLI in tests and demo, for Go and for npm.
import { type ChildProcess, spawn } from "node:child_process";

export interface RunOptions {
  cwd?: string;
  /** The whole environment; without it the one of this process. */
  env?: NodeJS.ProcessEnv;
  /** After this time the program is interrupted, and killed if that does not end it; the result is then an error. */
  timeoutMs: number;
  /** Gets both streams as they come. */
  onOutput?: (text: string) => void;
}

export interface RunResult {
  /** -1 if a signal ended it. */
  exitCode: number;
  stdout: string;
  stderr: string;
  /** Both streams in the order they came. */
  output: string;
}

export interface RunningProcess {
  pid: number;
  result: Promise<RunResult>;
  /** To the program alone, as `kill PID` does. */
  signal(name: NodeJS.Signals): void;
  /** The program and all it started in its group, at once. */
  kill(): void;
}

const windows = process.platform === "win32";
const groups = new Set<ChildProcess>();

/** Starts a program; `result` is rejected if it cannot be started or takes too long, not for its exit code. */
export function start(command: string, args: readonly string[], options: RunOptions): RunningProcess {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: !windows,
    windowsHide: true,
  });
  watch(child);
  const text = { stdout: "", stderr: "", output: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (chunk: string) => {
      text[name] += chunk;
      text.output += chunk;
      options.onOutput?.(chunk);
    });
  }
  const result = new Promise<RunResult>((resolve, reject) => {
    let late = false;
    const rejectAsLate = () => {
      const call = [command, ...args].join(" ");
      reject(new Error(`${call}\ntook longer than ${options.timeoutMs / 1000} s. Its output:\n${text.output}`));
    };
    const interrupt = () => {
      late = true;
      child.kill("SIGINT");
    };
    const timers = [
      setTimeout(interrupt, options.timeoutMs),
      // The Pulumi CLI ends its plugins only at the second interrupt.
      setTimeout(interrupt, options.timeoutMs + 2_000),
      setTimeout(() => {
        killGroup(child);
        rejectAsLate();
      }, options.timeoutMs + 10_000),
    ];
    const stopTimers = () => {
      for (const timer of timers) {
        clearTimeout(timer);
      }
    };
    child.once("error", (error) => {
      stopTimers();
      reject(error);
    });
    child.once("close", (code) => {
      stopTimers();
      if (late) {
        rejectAsLate();
      } else {
        resolve({ exitCode: code ?? -1, ...text });
      }
    });
  });
  // A caller that awaits `result` later must not turn a failure into an unhandled rejection.
  result.catch(() => {});
  return { pid: child.pid ?? -1, result, signal: (name) => child.kill(name), kill: () => killGroup(child) };
}

export function run(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  return start(command, args, options).result;
}

/** Groups of our own do not get the terminal's Ctrl-C, so what still runs when this process exits is ended here. */
function watch(child: ChildProcess): void {
  if (groups.size === 0) {
    process.on("exit", killAll);
  }
  groups.add(child);
  child.once("close", () => {
    groups.delete(child);
    if (groups.size === 0) {
      process.off("exit", killAll);
    }
  });
  child.once("error", () => groups.delete(child));
}

function killAll(): void {
  for (const child of groups) {
    killGroup(child);
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) {
    return;
  }
  try {
    process.kill(windows ? child.pid : -child.pid, "SIGKILL");
  } catch {
    // It has just ended by itself.
  }
}
