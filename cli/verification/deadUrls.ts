/** The callback URLs of a stack that never fire by themselves, for `doctor`. */
import type { BoundTemplate } from "./boundTemplate";
import { judgeCanFire } from "./canFire";
import type { Evidence } from "./evidence";
import { readSetup } from "./mediaSetup";
import { ok, splitAdvice, together, type Verdict } from "./verdict";

/** Lines that `doctor` has room for. */
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
  if (dead.length === 0) return ok("nothing that an API tells keeps one from firing");
  const { text, next } = splitAdvice(together(dead.slice(0, mostShown)).what ?? "");
  const more = dead.length > mostShown ? `; and those of ${dead.length - mostShown} more bindings` : "";
  return { verdict: "problem", what: `${text}${more}. Next: ${next ?? "`verify` shows all"}` };
}
