// The expected outcome of a fault, by the kind of call and of fault.
import { type Fault, inUse } from "./faultList.ts";
import type { Call, CallKind, Operation } from "./operations.ts";

/**
 * `C`: converged, nobody notices. `E`: an error, the state is unchanged, and the next run converges. `K`: kept in the state
 * with errors, and the next run converges.
 */
export type Outcome = "C" | "E" | "K";

export function expectedOutcome(operation: Operation, call: Call, fault: Fault): Outcome {
  if (operation.refused) return "K";
  if (isAnswer(operation, call, fault)) return "C";
  const outcome = rules[call.kind](fault, call.action);
  // A change of template that fails after its first half leaves a different rule, or none.
  const halfDone = call.kind === "create" && operation.title.startsWith("change");
  return outcome === "E" && halfDone ? "K" : outcome;
}

const rules: Readonly<Record<CallKind, (fault: Fault, action: string) => "C" | "E">> = {
  list: passes,
  demanded: passes,
  // An object that is in the lists doesn't need the account.
  account: () => "C",
  repeatable: passes,
  // After a lost reply, the lists show the created object.
  create: (fault, action) => (fault.kind === "lost" && fault.done ? "C" : passes(fault, action)),
};

/** Whether there is another attempt, and it succeeds. */
function passes(fault: Fault, action: string): "C" | "E" {
  const once = fault.times !== Number.POSITIVE_INFINITY;
  return once && (fault.kind !== "refused" || isAwaited(fault, action)) ? "C" : "E";
}

/** One code means that the list is empty, and a later call of the same kind may return more. */
function isAnswer({ calls }: Operation, { action, nth }: Call, { code, times }: Fault): boolean {
  const isLast = !calls.some((other) => other.action === action && (other.nth ?? 1) > (nth ?? 1));
  return code === "ResourceNotFound.EmptyData" && times === 1 && !isLast;
}

/** Two refusals may be temporary, so the provider waits: a host that isn't in DNS yet, a deleted rule that still counts. */
function isAwaited({ code = "" }: Fault, action: string): boolean {
  if (action === "DeleteLiveCallbackTemplate") return inUse.has(code);
  return /^(Create|Modify)LiveCallbackTemplate$/.test(action) && code === "InvalidParameter.UrlNotSafe";
}
