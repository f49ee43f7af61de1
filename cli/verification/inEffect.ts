/** Stage 2: whether the window of the last change has passed. */
import type { ResourcePropagation } from "../stack/propagationReport";
import { clockTime, duration } from "../terminal";
import { ok, pending, type Verdict } from "./verdict";

/** From the state alone, as `status` and `wait` know it. */
export function judgeInEffect(propagation: ResourcePropagation | undefined, now: number): Verdict {
  const effectiveAt = propagation?.effectiveAt ?? null;
  if (propagation === undefined || effectiveAt === null) return ok("no change of it is known");
  const left = Date.parse(effectiveAt) - now;
  if (left <= 0) return ok(`since ${clockTime(effectiveAt, now)}`);
  const where = propagation.state === "settling" ? " everywhere" : "";
  return pending(`in effect${where} in ${duration(left)}. Next: \`wait\` waits for it`);
}
