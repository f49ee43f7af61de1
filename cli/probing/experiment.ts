/** The type of an experiment, and functions that read its answers. */
import type { DialectName } from "../../emulator/dialects";
import { type Exchange, type Session, templateId, Unanswerable } from "./session";

/** The result of an experiment: the value of a dialect, or the reason why there is none. */
export type Finding = string | number | Unanswerable;
export type Findings = Partial<Record<DialectName, Finding>>;

export interface Experiment {
  readonly name: string;
  /** How many templates it needs at the same time. */
  readonly templates: 0 | 1 | 2;
  /** The rules that it creates: none, for an app, or for the whole domain. */
  readonly rules: "none" | "app" | "domain";
  readonly dialects: readonly DialectName[];
  readonly sends: string;
  run(session: Session): Promise<Findings>;
}

/** Creates and deletes a template, and returns the answer to describing it. */
export async function gone(session: Session): Promise<Exchange> {
  await session.template("gone");
  await session.shown("gone");
  await session.ask("DeleteLiveCallbackTemplate", templateId("gone"));
  const isGone = ({ code, answer }: Exchange) => code !== null || !answer.Template;
  return session.askUntil("DescribeLiveCallbackTemplate", templateId("gone"), isGone);
}

export function same(...codes: string[]): Record<string, string> {
  return Object.fromEntries(codes.map((code) => [code, code]));
}

/** The dialect value for an error code; `success` is the value for an answer without one. */
export function byCode({ action, code, message }: Exchange, values: Record<string, string>, success?: string): Finding {
  if (code === null) return success ?? new Unanswerable(`${action} succeeded, which no dialect value describes`);
  return (
    values[code] ?? new Unanswerable(`${action} answered with ${code} (${message}), which no dialect value describes`)
  );
}

export function oneOf(found: string | undefined, values: readonly string[]): Finding {
  return found !== undefined && values.includes(found)
    ? found
    : new Unanswerable(`no dialect value describes ${found}`);
}

export function unlike(replies: readonly Exchange[]): Unanswerable {
  const each = replies.map(({ action, code }) => `${action}: ${code ?? "success"}`);
  return new Unanswerable(`the answers differ: ${each.join(", ")}`);
}
