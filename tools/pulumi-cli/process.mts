// Runs another program: never through a shell, always with a time limit, and in its own process group, so that nothing
// that it started outlives it. Used for the Pulumi CLI in tests and demo, for Go and for npm.
import { type ChildProcess, spawn } from "node:child_process";

export interface RunOptions {
  cwd?: string;
  /** The whole environment. Default: that of this process. */
  env?: NodeJS.ProcessEnv;
  /** After this time the program is interrupted, and killed if it still runs. The result is then an error. */
  timeoutMs: number;
  /** Receives both streams as they arrive. */
  onOutput?: (text: string) => void;
}

export interface RunResult {
  /** -1 if a signal ended it. */
  exitCode: number;
  stdout: string;
  stderr: string;
  /** Both streams in the order of arrival. */
  output: string;
}

export interface RunningProcess {
  pid: number;
  result: Promise<RunResult>;
  /** Sends a signal only to the program, like `kill PID`. */
  signal(name: NodeJS.Signals): void;
  /** Kills the program and its whole group. */
  kill(): void;
}

const windows = process.platform === "win32";
const running = new Set<ChildProcess>();

/** Starts a program. `result` is rejected if it can't be started or takes too long, whatever its exit code. */
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
        signalGroup(child, "SIGKILL");
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
  return {
    pid: child.pid ?? -1,
    result,
    signal: (name) => child.kill(name),
    kill: () => signalGroup(child, "SIGKILL"),
  };
}

export function run(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  return start(command, args, options).result;
}

/**
 * Separate groups don't get the terminal's Ctrl-C, so programs that still run when this process exits are ended here. Not
 * killed: the Pulumi CLI has plugins in other groups and ends them at a second signal, which is SIGTERM after SIGINT.
 */
function watch(child: ChildProcess): void {
  if (running.size === 0) {
    process.on("exit", endAll);
  }
  running.add(child);
  child.once("close", () => {
    running.delete(child);
    if (running.size === 0) {
      process.off("exit", endAll);
    }
  });
  child.once("error", () => running.delete(child));
}

function endAll(): void {
  for (const child of running) {
    signalGroup(child, "SIGINT");
    signalGroup(child, "SIGTERM");
  }
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) {
    return;
  }
  try {
    process.kill(windows ? child.pid : -child.pid, signal);
  } catch {
    // It has already ended by itself.
  }
}
