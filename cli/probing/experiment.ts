/** What an experiment is, and what its answers are read with. */
import type { DialectName } from "../../emulator/dialects";
import { type Exchange, type Session, templateId, Unanswerable } from "./session";

/** What an experiment found: the value of a dialect, or why there is none. */
export type Finding = string | number | Unanswerable;
export type Findings = Partial<Record<DialectName, Finding>>;

export interface Experiment {
  readonly name: string;
  /** How many templates it has at once. */
  readonly templates: 0 | 1 | 2;
  /** The rules that it makes: none, for an app, or for the whole domain. */
  readonly rules: "none" | "app" | "domain";
  readonly dialects: readonly DialectName[];
  readonly sends: string;
  run(session: Session): Promise<Findings>;
}

/** A template that was there, and what describing it answers now. */
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

/** The value that a code stands for; `success`: without one. */
export function byCode({ action, code, message }: Exchange, values: Record<string, string>, success?: string): Finding {
  if (code === null) return success ?? new Unanswerable(`${action} was accepted, which no value stands for`);
  return values[code] ?? new Unanswerable(`${action} answered with ${code} (${message}), for which there is no value`);
}

export function oneOf(found: string | undefined, values: readonly string[]): Finding {
  return found !== undefined && values.includes(found) ? found : new Unanswerable(`no value stands for ${found}`);
}

export function unlike(replies: readonly Exchange[]): Unanswerable {
  const each = replies.map(({ action, code }) => `${action}: ${code ?? "success"}`);
  return new Unanswerable(`the answers differ: ${each.join(", ")}`);
}
