// What must come of a fault: by kind of call and kind of fault, whatever the operation.
import { type Fault, inUse } from "./faultList.ts";
import type { Call, CallKind, Operation } from "./operations.ts";

/**
 * `C`: converged, nobody notices. `E`: an error, the state as before, and the next run converges. `K`: kept in state with
 * errors, and the next run converges.
 */
export type Outcome = "C" | "E" | "K";

export function expectedOutcome(operation: Operation, call: Call, fault: Fault): Outcome {
  if (operation.refused) return "K";
  if (isAnswer(operation, call, fault)) return "C";
  const outcome = rules[call.kind](fault, call.action);
  // A switch that fails after its first half leaves another rule than the state knew, or none.
  const halfDone = call.kind === "create" && operation.title.startsWith("switch");
  return outcome === "E" && halfDone ? "K" : outcome;
}

const rules: Readonly<Record<CallKind, (fault: Fault, action: string) => "C" | "E">> = {
  list: passes,
  demanded: passes,
  // Whose account it is, is good to know, but nothing of an object that the lists show depends on it.
  account: () => "C",
  repeatable: passes,
  // What the lists show after a lost reply was made by it.
  create: (fault, action) => (fault.kind === "lost" && fault.done ? "C" : passes(fault, action)),
};

/** Whether another attempt succeeds, and there is one. */
function passes(fault: Fault, action: string): "C" | "E" {
  const once = fault.times !== Number.POSITIVE_INFINITY;
  return once && (fault.kind !== "refused" || isAwaited(fault, action)) ? "C" : "E";
}

/** One code says that there is nothing, and another call of the same kind may have more. */
function isAnswer({ calls }: Operation, { action, nth }: Call, { code, times }: Fault): boolean {
  const isLast = !calls.some((other) => other.action === action && (other.nth ?? 1) > (nth ?? 1));
  return code === "ResourceNotFound.EmptyData" && times === 1 && !isLast;
}

/** Two refusals may be true for a moment only, and are waited out: a host not yet in DNS, a rule not quite gone. */
function isAwaited({ code = "" }: Fault, action: string): boolean {
  if (action === "DeleteLiveCallbackTemplate") return inUse.has(code);
  return /^(Create|Modify)LiveCallbackTemplate$/.test(action) && code === "InvalidParameter.UrlNotSafe";
}
