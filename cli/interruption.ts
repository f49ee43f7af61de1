/** Ctrl-C: what must be undone is undone, and the process ends at once, with the documented exit code. */
import { exitCodes } from "./failure";

const cleanups = new Set<() => void>();

/** Runs `cleanup` if the command is interrupted before the returned function was called. */
export function onInterrupt(cleanup: () => void): () => void {
  cleanups.add(cleanup);
  return () => {
    cleanups.delete(cleanup);
  };
}

/** Ends the process on SIGINT and SIGTERM. */
export function endOnInterrupt(): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      for (const cleanup of cleanups) cleanup();
      process.exit(exitCodes.interrupted);
    });
  }
}
