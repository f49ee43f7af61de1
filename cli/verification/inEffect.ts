/** Stage 2: whether the window of the last change has passed. */
import type { ResourcePropagation } from "../stack/propagationReport";
import { clockTime, duration } from "../terminal";
import { ok, pending, type Verdict } from "./verdict";

/** From the state alone, like `status` and `wait`. */
export function judgeInEffect(propagation: ResourcePropagation | undefined, now: number): Verdict {
  const effectiveAt = propagation?.effectiveAt ?? null;
  if (propagation === undefined || effectiveAt === null) return ok("no recent change is known");
  const left = Date.parse(effectiveAt) - now;
  if (left <= 0) return ok(`since ${clockTime(effectiveAt, now)}`);
  const where = propagation.state === "settling" ? " everywhere" : "";
  return pending(`in effect${where} in ${duration(left)}. Next: \`wait\` waits for it`);
}
