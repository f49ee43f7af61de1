// The results of a part of the bench: printed in the terminal, stored in bench/results/, and written into the page.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Table {
  title: string;
  columns: string[];
  rows: string[][];
  /** A sentence below it. */
  note?: string;
}

export interface Result {
  /** Name of the file, and of the place in the page. */
  name: string;
  /** The machine and the versions that the figures depend on. */
  environment: Record<string, string | number>;
  tables: Table[];
  /** The values behind the tables. */
  samples: unknown;
}

const folder = join(import.meta.dirname, "results");
const page = join(import.meta.dirname, "../docs/performance.md");

/** Stores a result and writes it into the page. */
export function keep(result: Result): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${result.name}.json`), `${JSON.stringify(result, null, 2)}\n`);
  writeFileSync(page, withResults(readFileSync(page, "utf8")));
}

/** The page with all stored results in their places. */
export function withResults(text: string): string {
  return text.replace(
    /(<!-- bench (\w+) -->\n).*?(<!-- \/bench -->)/gs,
    (_whole, begin: string, name: string, end: string) => {
      const file = join(folder, `${name}.json`);
      if (!existsSync(file)) return `${begin}\nNot measured yet.\n\n${end}`;
      const result: Result = JSON.parse(readFileSync(file, "utf8"));
      return `${begin}\n${result.tables.map(asText).join("\n")}\n${environmentLine(result)}\n\n${end}`;
    },
  );
}

/** The names of all stored results. */
export function keptResults(): string[] {
  return existsSync(folder) ? readdirSync(folder).map((file) => file.replace(/\.json$/, "")) : [];
}

/** A Markdown table, padded to be readable in a terminal. */
export function asText({ title, columns, rows, note }: Table): string {
  const all = [columns, ...rows];
  const widths = columns.map((_, column) => Math.max(3, ...all.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => (cells[column] ?? "").padEnd(width)).join(" | ")} |`;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  return `**${title}**\n\n${[line(columns), rule, ...rows.map(line)].join("\n")}\n${note === undefined ? "" : `\n${note}\n`}`;
}

function environmentLine({ environment }: Result): string {
  return `Measured with ${Object.entries(environment)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ")}.`;
}
