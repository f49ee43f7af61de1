import type { PropagationState } from "../../provider/propagation";
import { Project } from "../stack/project";
import {
  effectLine,
  lastEffectiveAt,
  type ResourcePropagation,
  reportPropagation,
  stateOfAll,
} from "../stack/propagationReport";
import { clockTime, duration, minutes, paint, printable, printJson, printTable, tell } from "../terminal";

export interface StatusOptions {
  cwd: string;
  stack?: string;
  json: boolean;
}

/** Prints the propagation of each resource of the stack. Reads only the state, never the API. */
export async function status({ cwd, stack: given, json }: StatusOptions): Promise<void> {
  const project = Project.open(cwd);
  const stack = await project.stackName(given);
  const { resources } = await project.state(stack);
  const now = Date.now();
  const report = reportPropagation(resources, now);
  const end = lastEffectiveAt(report);
  if (json) {
    printJson({
      stack,
      state: stateOfAll(report),
      effectiveAt: end === undefined ? null : new Date(end).toISOString(),
      resources: report,
    });
    return;
  }
  if (report.length === 0) {
    tell(`stack ${stack} has no callback templates or bindings`);
    return;
  }
  // A narrow terminal has no room for the object's name in the account.
  const wide = !process.stdout.isTTY || process.stdout.columns >= 100;
  const head = ["", "NAME", ...(wide ? ["OBJECT"] : []), "CHANGED", "EFFECTIVE", "STATE"];
  printTable(
    head,
    report.map((resource) => row(resource, wide, now)),
    wide ? [1, 2] : [1],
  );
  tell(effectLine(stack, report, now));
}

function row(resource: ResourcePropagation, wide: boolean, now: number): string[] {
  const { kind, name, object, changedAt, earliestEffectiveAt, effectiveAt, state, remainingSeconds } = resource;
  const known = changedAt !== null && earliestEffectiveAt !== null && effectiveAt !== null;
  const left = remainingSeconds > 0 ? ` ${duration(1000 * remainingSeconds)}` : "";
  return [
    kind,
    printable(name),
    ...(wide ? [printable(object)] : []),
    known ? clockTime(changedAt, now) : "unknown",
    known ? `${minutes(earliestEffectiveAt)}–${minutes(effectiveAt)}` : "",
    paintState(state)(`${state}${left}`),
  ];
}

/** The colour of a state. */
function paintState(state: PropagationState): (text: string) => string {
  switch (state) {
    case "propagating":
      return paint.bad;
    case "settling":
      return paint.busy;
    case "effective":
      return paint.good;
  }
}
