/** Ctrl-C: what must be undone is undone, what was started has ended, and the exit code is the documented one. */
import { exitCodes } from "./failure";

const cleanups = new Set<() => unknown>();

/** Runs `cleanup` if the command is interrupted before the returned function was called; a promise is waited for. */
export function onInterrupt(cleanup: () => unknown): () => void {
  cleanups.add(cleanup);
  return () => {
    cleanups.delete(cleanup);
  };
}

/** Ends the process on SIGINT and SIGTERM; on the second one at once. */
export function endOnInterrupt(): void {
  let interrupted = false;
  const end = () => process.exit(exitCodes.interrupted);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (interrupted) end();
      interrupted = true;
      void Promise.allSettled([...cleanups].map(async (cleanup) => cleanup())).then(end);
    });
  }
}
