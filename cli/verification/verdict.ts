/** What `verify` says of a binding. Part of the documented JSON, so members stay. */

/** The stages from the rule to the receiver, in the order in which a callback passes them. */
export const stages = ["declared", "inEffect", "canFire", "reachable", "delivered"] as const;
export type Stage = (typeof stages)[number];

/**
 * `problem`: something stands in the way. `pending`: time alone takes it out of the way. `unknown`: nothing is proved,
 * and nothing is known to stand in the way.
 */
export interface Verdict {
  verdict: "ok" | "problem" | "pending" | "unknown";
  /** What was found, for a person. After `Next: `, what to do about it. */
  what: string | null;
}

export interface BindingReport extends Record<Stage, Verdict> {
  /** `<domain>/<app>`. */
  id: string;
  /** The template that the rule points to; without a rule, the one that the state names. */
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

/** The first thing that stands between an event and the receiver. */
export function firstObstacle(report: BindingReport): Obstacle | undefined {
  for (const stage of stages) {
    const { verdict, what } = report[stage];
    if (verdict === "problem" || verdict === "pending") return { stage, verdict, what: what ?? "" };
  }
  return undefined;
}

/** Of several findings on one stage: the gravest verdict with its words; those of an obstacle stand alone. */
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
  // Everything after `Next: ` is advice, so that of all goes to the end.
  const advice = [...new Set(texts.flatMap(({ next }) => next ?? []))].join("; ");
  return { verdict: gravest ?? "ok", what: said === "" ? null : `${said}${advice && `. Next: ${advice}`}` };
}

/** Splits what was found from what to do about it. */
export function splitAdvice(what: string): { text: string; next: string | undefined } {
  const [text = "", next] = what.split(". Next: ");
  return { text, next };
}
