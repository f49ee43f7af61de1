/** Callback URLs of a stack that never get an event, for `doctor`. */
import type { BoundTemplate } from "./boundTemplate";
import { judgeCanFire } from "./canFire";
import type { Evidence } from "./evidence";
import { readSetup } from "./mediaSetup";
import { ok, splitAdvice, together, type Verdict } from "./verdict";

/** How many `doctor` shows. */
const mostShown = 5;

/** One verdict for all bindings. */
export async function judgeUrls(bound: readonly BoundTemplate[], evidence: Evidence): Promise<Verdict> {
  const setup = await readSetup(
    evidence,
    bound.flatMap(({ fields }) => fields),
  );
  if ("verdict" in setup) return setup;
  const dead = bound
    .map(({ place, fields }) => judgeCanFire(place, fields, setup))
    .filter(({ verdict }) => verdict === "problem");
  if (dead.length === 0) return ok("no obstacle that an API shows");
  const { text, next } = splitAdvice(together(dead.slice(0, mostShown)).what ?? "");
  const more = dead.length > mostShown ? `; and ${dead.length - mostShown} more` : "";
  return { verdict: "problem", what: `${text}${more}. Next: ${next ?? "`verify` shows all"}` };
}
