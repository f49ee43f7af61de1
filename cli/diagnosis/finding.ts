/** The findings of `doctor`. */

/** One line of the report. */
export interface Finding {
  check: string;
  result: "ok" | "warning" | "problem";
  detail: string;
  /** What to do; null if nothing. */
  remedy: string | null;
}

export type Verdict = Omit<Finding, "check">;

export function ok(detail: string): Verdict {
  return { result: "ok", detail, remedy: null };
}

export function warning(detail: string, remedy: string | null): Verdict {
  return { result: "warning", detail, remedy };
}

export function problem(detail: string, remedy: string | null): Verdict {
  return { result: "problem", detail, remedy };
}
