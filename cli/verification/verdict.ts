/** The report of `verify` on a binding. Part of the documented JSON, so members must not change. */

/** The stages from the rule to the receiver, in the order in which a callback passes them. */
export const stages = ["declared", "inEffect", "canFire", "reachable", "delivered"] as const;
export type Stage = (typeof stages)[number];

/**
 * `problem`: there is an obstacle. `pending`: there is an obstacle that goes away with time. `unknown`: nothing is proved,
 * and no obstacle is known.
 */
export interface Verdict {
  verdict: "ok" | "problem" | "pending" | "unknown";
  /** The finding, for people. After `Next: `, what to do about it. */
  what: string | null;
}

export interface BindingReport extends Record<Stage, Verdict> {
  /** `<domain>/<app>`. */
  id: string;
  /** The template that the rule points to; without a rule, the one in the state. */
  templateId: string | null;
}

export interface Obstacle {
  stage: Stage;
  verdict: "problem" | "pending";
  what: string;
}

export const ok = (what: string | null = null): Verdict => ({ verdict: "ok", what });
export const problem = (what: string): Verdict => ({ verdict: "problem", what });
export const pending = (what: string): Verdict => ({ verdict: "pending", what });
export const unknown = (what: string): Verdict => ({ verdict: "unknown", what });

/** The first obstacle between an event and the receiver. One that goes away with time counts only if there is no other. */
export function firstObstacle(report: BindingReport): Obstacle | undefined {
  for (const wanted of ["problem", "pending"] as const) {
    const stage = stages.find((one) => report[one].verdict === wanted);
    if (stage) return { stage, verdict: wanted, what: report[stage].what ?? "" };
  }
  return undefined;
}

/** Combines the findings of one stage: the worst verdict counts, and texts of lesser verdicts are dropped for an obstacle. */
export function together(findings: readonly Verdict[]): Verdict {
  const gravest = (["problem", "pending", "unknown"] as const).find((verdict) =>
    findings.some((finding) => finding.verdict === verdict),
  );
  const alone = gravest === "problem" || gravest === "pending";
  const told = findings
    .filter(({ verdict }) => !alone || verdict === gravest)
    .sort((a, b) => Number(b.verdict === gravest) - Number(a.verdict === gravest));
  const texts = [...new Set(told.flatMap(({ what }) => what ?? []))].map(splitAdvice);
  const said = texts.map(({ text }) => text).join("; ");
  // The text after `Next: ` is advice, so the advice of all findings goes to the end.
  const advice = [...new Set(texts.flatMap(({ next }) => next ?? []))].join("; ");
  return { verdict: gravest ?? "ok", what: said === "" ? null : `${said}${advice && `. Next: ${advice}`}` };
}

/** Splits a finding from what to do about it. */
export function splitAdvice(what: string): { text: string; next: string | undefined } {
  const [text = "", next] = what.split(". Next: ");
  return { text, next };
}
