/** The reports of `verify`, for a person: one line for each binding, or one for each stage. */
import { paint, printable, printTable, tell } from "../terminal";
import { type BindingReport, firstObstacle, type Stage, splitAdvice, stages, type Verdict } from "./verdict";

const titles: Readonly<Record<Stage, string>> = {
  declared: "declared",
  inEffect: "in effect",
  canFire: "can fire",
  reachable: "reachable",
  delivered: "delivered",
};

export function printReports(reports: readonly BindingReport[], verbose: boolean): void {
  if (verbose) {
    printTable(["BINDING", "STAGE", "RESULT", "WHAT"], reports.flatMap(stageRows), [3, 0]);
  } else {
    printTable(["BINDING", "TEMPLATE", "RESULT", "WHAT"], reports.map(row), [3, 0]);
  }
  for (const advice of adviceOf(reports)) tell(`Next: ${printable(advice)}`);
}

function row(report: BindingReport): string[] {
  const { result, what } = summaryOf(report);
  return [printable(report.id), report.templateId ?? "unknown", result, printable(what)];
}

/** The first obstacle; without one, the verdict on deliveries. */
function summaryOf(report: BindingReport): { result: string; what: string } {
  const obstacle = firstObstacle(report);
  if (obstacle !== undefined) {
    const { text } = splitAdvice(obstacle.what);
    const where = obstacle.stage === "inEffect" ? "" : `${titles[obstacle.stage]}: `;
    return { result: paintVerdict(obstacle.verdict)(obstacle.verdict), what: `${where}${text}` };
  }
  const { verdict, what } = report.delivered;
  const { text } = splitAdvice(what ?? "");
  return verdict === "ok"
    ? { result: paint.good("delivered"), what: text }
    : { result: paint.busy("not proved"), what: text };
}

function stageRows(report: BindingReport): string[][] {
  return stages.map((stage, index) => {
    const { verdict, what } = report[stage];
    const { text } = splitAdvice(what ?? "");
    return [index === 0 ? printable(report.id) : "", titles[stage], paintVerdict(verdict)(verdict), printable(text)];
  });
}

/** What to do, without duplicates, the first obstacle of each binding first. */
function adviceOf(reports: readonly BindingReport[]): string[] {
  const advice = reports.flatMap(
    (report) => splitAdvice(firstObstacle(report)?.what ?? report.delivered.what ?? "").next ?? [],
  );
  return [...new Set(advice)];
}

function paintVerdict(verdict: Verdict["verdict"]): (text: string) => string {
  switch (verdict) {
    case "ok":
      return paint.good;
    case "problem":
      return paint.bad;
    case "pending":
    case "unknown":
      return paint.busy;
    default:
      return verdict satisfies never;
  }
}
