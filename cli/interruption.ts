/** Ctrl-C: runs the cleanups, waits for what was started, and exits with the documented code. */
import { exitCodes } from "./failure";

const cleanups = new Set<() => unknown>();

/** Runs `cleanup`, and waits for its promise, if the command is interrupted before the returned function is called. */
export function onInterrupt(cleanup: () => unknown): () => void {
  cleanups.add(cleanup);
  return () => {
    cleanups.delete(cleanup);
  };
}

/** Ends the process on SIGINT, SIGTERM and SIGHUP (the terminal is gone), at once on the second one. */
export function endOnInterrupt(): void {
  let interrupted = false;
  const end = () => process.exit(exitCodes.interrupted);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (interrupted) end();
      interrupted = true;
      void Promise.allSettled([...cleanups].map(async (cleanup) => cleanup())).then(end);
    });
  }
}
