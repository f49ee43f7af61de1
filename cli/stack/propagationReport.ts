/** The propagation of each resource of a stack, from the state alone. */
import { type Propagation, type PropagationState, propagationStatus } from "../../provider/propagation";
import { byName, duration } from "../terminal";
import type { ManagedResource } from "./stackState";

/** One resource. Instants are ISO 8601 in UTC, and null if no change is known (as after an import). */
export interface ResourcePropagation {
  kind: ManagedResource["kind"];
  /** Name of the resource in the program. */
  name: string;
  urn: string;
  /** Id of the template, or `<domain>/<app>`. */
  id: string;
  /** The template's name, or `<domain>/<app>`. */
  object: string;
  changedAt: string | null;
  earliestEffectiveAt: string | null;
  effectiveAt: string | null;
  state: PropagationState;
  remainingSeconds: number;
}

/** A template's edit affects its bindings too: a binding shows the later one of the two changes. */
export function reportPropagation(resources: readonly ManagedResource[], now: number): ResourcePropagation[] {
  const edits = new Map(
    resources
      .filter(({ kind }) => kind === "template")
      .map(({ id, accountId, propagation }) => [`${accountId} ${id}`, propagation]),
  );
  const inOrder = [...resources].sort(
    (a, b) => Number(a.kind === "binding") - Number(b.kind === "binding") || byName(a.name, b.name),
  );
  return inOrder.map((resource) => {
    const { kind, name, urn, id, outputs, accountId } = resource;
    const ofTemplate = kind === "binding" ? edits.get(`${accountId} ${String(outputs.templateId)}`) : undefined;
    const change = later(resource.propagation, ofTemplate);
    const { state, remainingMs } = propagationStatus(change, now);
    return {
      kind,
      name,
      urn,
      id,
      object: kind === "template" ? String(outputs.templateName ?? id) : id,
      changedAt: change?.changedAt ?? null,
      earliestEffectiveAt: change?.earliestEffectiveAt ?? null,
      effectiveAt: change?.effectiveAt ?? null,
      state,
      remainingSeconds: Math.ceil(remainingMs / 1000),
    };
  });
}

/** When the last change is in effect, in milliseconds since 1970; undefined if no change is known. */
export function lastEffectiveAt(report: readonly ResourcePropagation[]): number | undefined {
  const instants = report.flatMap(({ effectiveAt }) => (effectiveAt === null ? [] : [Date.parse(effectiveAt)]));
  return instants.length === 0 ? undefined : Math.max(...instants);
}

/** The stack in one line: the last line of `status` and `wait`, and the first of `verify`. */
export function effectLine(stack: string, report: readonly ResourcePropagation[], now: number): string {
  const left = (lastEffectiveAt(report) ?? 0) - now;
  return left > 0 ? `stack ${stack} is effective in ${duration(left)}` : `stack ${stack} is effective`;
}

/** The state of all resources together: that of the one furthest behind. */
export function stateOfAll(report: readonly ResourcePropagation[]): PropagationState {
  const order = ["propagating", "settling", "effective"] as const;
  return order.find((state) => report.some((resource) => resource.state === state)) ?? "effective";
}

function later(one: Propagation | undefined, other: Propagation | undefined): Propagation | undefined {
  if (!one || !other) return one ?? other;
  return Date.parse(other.effectiveAt) > Date.parse(one.effectiveAt) ? other : one;
}
