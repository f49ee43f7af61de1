/** Turns a failed call into the message for the user: which object, what is still true, what to do next. */
import { LiveError, messageOf } from "../live/errors";

/** The error "`object` was not `done`", or "may or may not have been" if the result is unknown. */
export function failed(object: string, done: string, error: unknown): Error {
  if (!(error instanceof LiveError)) return error instanceof Error ? error : new Error(String(error));
  const uncertain = error.kind === "ambiguous";
  const outcome = uncertain ? `may or may not have been ${done}` : `was not ${done}`;
  const again = uncertain ? "it checks first and does nothing twice" : "nothing was done";
  const untold = uncertain || (error.kind === "transient" && !/ Next: /.test(error.message));
  const next = untold ? `. Next: run the same command again; ${again}` : "";
  return new LiveError(`${object} ${outcome}: ${messageOf(error)}${next}`, { kind: error.kind, cause: error });
}

/** Whether a call may have had an effect, or may succeed when it is sent again. */
export function isUncertain(error: unknown): error is LiveError {
  return error instanceof LiveError && (error.kind === "ambiguous" || error.kind === "transient");
}

export function isKind(error: unknown, kind: LiveError["kind"]): error is LiveError {
  return error instanceof LiveError && error.kind === kind;
}
