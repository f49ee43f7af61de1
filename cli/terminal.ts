/** Output for people: colours, tables that fit, questions, times. Results go to stdout, messages to stderr. */
import { createInterface } from "node:readline/promises";
import { styleText } from "node:util";
import Table from "cli-table3";
import stringWidth from "string-width";
import { printable } from "../provider/live/errors";
import { CommandFailure, exitCodes } from "./failure";

/** Colours by meaning; none if NO_COLOR is set or the output is not a terminal. */
export const paint = {
  good: (text: string) => styleText("green", text, { stream: process.stdout }),
  busy: (text: string) => styleText("yellow", text, { stream: process.stdout }),
  bad: (text: string) => styleText("red", text, { stream: process.stdout }),
  faint: (text: string) => styleText("dim", text, { stream: process.stdout }),
  head: (text: string) => styleText("bold", text, { stream: process.stdout }),
};

/** Prints a message to stderr; the command's result goes to stdout. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Prints the result as one JSON document. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** A value from the account or the state, safe to print. */
export { printable };

/** Tables are not cut below this width. */
const narrowest = 40;
const noBorders = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

/**
 * Prints a table, one line for each row. On a terminal it is cut to the terminal's width: only the columns in `flexible`
 * (indices) get narrower, the widest first. In a file or a pipe nothing is cut.
 */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[], flexible: number[]): void {
  const table = new Table({
    head: head.map(paint.head),
    colWidths: columnWidths(head, rows, flexible, process.stdout.isTTY ? process.stdout.columns : undefined),
    chars: noBorders,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  table.push(...rows.map((row) => [...row]));
  process.stdout.write(`${table.toString().replace(/ +$/gm, "")}\n`);
}

/** The width of each column, in cells of the terminal: Chinese characters take two. */
export function columnWidths(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  flexible: readonly number[],
  columns: number | undefined,
): number[] {
  const widths = head.map((title, column) =>
    Math.max(...[title, ...rows.map((row) => row[column] ?? "")].map((text) => stringWidth(text))),
  );
  if (columns === undefined) return widths;
  const gaps = 2 * (head.length - 1);
  const tooWide = () => widths.reduce((sum, width) => sum + width, gaps) > Math.max(columns, narrowest);
  while (tooWide()) {
    const widest = [...flexible].sort((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0))[0];
    const width = widest === undefined ? 0 : (widths[widest] ?? 0);
    if (widest === undefined || width <= 8) break;
    widths[widest] = width - 1;
  }
  return widths;
}

/** Order of names as people expect it: `b2` before `b10`. */
export const byName = new Intl.Collator("en", { numeric: true }).compare;

/** Asks for confirmation; fails without a terminal. */
export async function confirm(question: string, given: boolean): Promise<boolean> {
  if (given) return true;
  if (!process.stdin.isTTY) {
    throw new CommandFailure(
      "this command asks for confirmation, which needs a terminal. Next: pass --yes",
      exitCodes.usage,
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // During the question readline handles Ctrl-C. Not `process.kill`: on Windows that ends the process silently.
  terminal.once("SIGINT", () => process.emit("SIGINT"));
  // Ctrl-D counts as "no".
  const closed = new Promise<string>((resolve) => terminal.once("close", () => resolve("")));
  try {
    const answer = await Promise.race([terminal.question(`${question} [y/N] `), closed]);
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") return false;
    throw error;
  } finally {
    terminal.close();
  }
}

/** A length of time in short form: `45s`, `9m 05s`, `1h 02m`. */
export function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  const whole = Math.floor(seconds / 60);
  if (seconds < 60) return `${seconds}s`;
  return whole < 60 ? `${whole}m ${two(seconds % 60)}s` : `${Math.floor(whole / 60)}h ${two(whole % 60)}m`;
}

/** An instant in local time: `14:05:09` today, otherwise `11-24 14:05`, or `2025-11-24` if it is long ago. */
export function clockTime(instant: string, now: number): string {
  const date = new Date(instant);
  const today = new Date(now);
  if (date.toDateString() === today.toDateString()) return `${minutes(instant)}:${two(date.getSeconds())}`;
  const day = `${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const halfYearMs = 182 * 24 * 3_600_000;
  return now - date.getTime() < halfYearMs ? `${day} ${minutes(instant)}` : `${date.getFullYear()}-${day}`;
}

/** Hours and minutes of an instant in local time. */
export function minutes(instant: string): string {
  const date = new Date(instant);
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
