/** Checks each binding of a stack, from the rule to the receiver, and names obstacles. */
import { connectWithEvidence } from "../account";
import { CommandFailure, exitCodes } from "../failure";
import { Project } from "../stack/project";
import { effectLine, lastEffectiveAt, reportPropagation } from "../stack/propagationReport";
import { duration, printJson, tell } from "../terminal";
import { chooseBindings } from "../verification/chosenBindings";
import type { HostFinding } from "../verification/hostProbe";
import { printReports } from "../verification/printReports";
import { type ProgressLine, progressLine } from "../verification/progressLine";
import { type BindingReport, firstObstacle } from "../verification/verdict";
import { isInternational, verifyBindings } from "../verification/verifyBindings";

export interface VerifyOptions {
  cwd: string;
  stack?: string;
  json: boolean;
  verbose: boolean;
  requireDelivery: boolean;
  /** Milliseconds; only with `requireDelivery`. */
  timeout?: number;
}

const defaultTimeoutMs = 20 * 60_000;
/** Between two looks at what was delivered. */
const lookEveryMs = 5_000;
const lineEveryMs = 60_000;

export async function verify(wanted: readonly string[], options: VerifyOptions): Promise<void> {
  if (options.timeout !== undefined && !options.requireDelivery) {
    throw new CommandFailure("--timeout needs --require-delivery", exitCodes.usage);
  }
  const project = await Project.open(options.cwd);
  const stack = await project.stackName(options.stack);
  const [{ resources }, connection] = await Promise.all([
    project.state(stack),
    project.config(stack).then(connectWithEvidence),
  ]);
  const bindings = chooseBindings(stack, resources, wanted);
  if (bindings.length === 0) {
    if (options.json) printJson({ stack, bindings: [], ok: true });
    tell(`stack ${stack} has no bindings`);
    return;
  }
  if (options.requireDelivery && isInternational(connection.live)) {
    throw new CommandFailure(
      "the international site keeps no records of deliveries, so a delivery can't be proved. " +
        "Next: run `verify` without --require-delivery, and check whether your receiver gets the events",
    );
  }
  const propagation = reportPropagation(resources, Date.now());
  const begin = () => {
    if (!options.json) tell(effectLine(stack, propagation, Date.now()));
  };
  if (options.requireDelivery) begin();

  const progress = progressLine(stack);
  const hosts = new Map<string, HostFinding>();
  const look = () =>
    verifyBindings({ ...connection, resources, bindings, env: process.env, hosts, progress: progress.show });
  const timeoutMs = options.timeout ?? defaultTimeoutMs;
  const chosen = new Set(bindings.map(({ urn }) => urn));
  const effectiveAt = lastEffectiveAt(propagation.filter(({ urn }) => chosen.has(urn))) ?? 0;
  let reports: BindingReport[];
  try {
    reports = options.requireDelivery
      ? await waitForDelivery(look, stack, effectiveAt, timeoutMs, progress)
      : await look();
  } finally {
    progress.clear();
  }

  // Only now, so that a failure prints nothing but its message.
  if (!options.requireDelivery) begin();
  const obstacles = reports.filter((report) => firstObstacle(report) !== undefined).length;
  if (options.json) printJson({ stack, bindings: reports, ok: obstacles === 0 });
  else printReports(reports, options.verbose);
  conclude(stack, reports, obstacles, options.requireDelivery ? timeoutMs : undefined);
}

/** Looks again until every binding has a proven delivery, or one has an obstacle that waiting doesn't remove. */
async function waitForDelivery(
  look: () => Promise<BindingReport[]>,
  stack: string,
  effectiveAt: number,
  timeoutMs: number,
  progress: ProgressLine,
): Promise<BindingReport[]> {
  const startedAt = Date.now();
  const deadline = startedAt + timeoutMs;
  let lineAt = startedAt;
  for (;;) {
    const reports = await look();
    const waiting = reports.filter(({ delivered }) => delivered.verdict !== "ok").length;
    const now = Date.now();
    if (waiting === 0 || reports.some(isStuck) || now >= deadline) return reports;
    const inEffect = now < effectiveAt ? `, in effect in ${duration(effectiveAt - now)}` : "";
    const line = `waiting for the first delivery of ${waiting} of ${reports.length} bindings${inEffect}`;
    if (!process.stderr.isTTY && now >= lineAt) {
      tell(`stack ${stack}: ${line}`);
      lineAt = now + lineEveryMs;
    }
    // There is nothing to see before the change is in effect.
    const next = Math.min(Math.max(now + lookEveryMs, Math.min(effectiveAt, now + timeoutMs)), deadline);
    while (Date.now() < next) {
      progress.show(`${line}, ${duration(Math.max(0, deadline - Date.now()))} until it gives up`);
      await new Promise((resolve) => setTimeout(resolve, Math.min(250, Math.max(0, next - Date.now()))));
    }
  }
}

/** Waiting doesn't remove an obstacle before the delivery. A failed delivery does not count: LVB tries again. */
function isStuck(report: BindingReport): boolean {
  const obstacle = firstObstacle(report);
  return obstacle?.verdict === "problem" && obstacle.stage !== "delivered";
}

/** Reports the result, and fails if it is not a success. */
function conclude(stack: string, reports: readonly BindingReport[], obstacles: number, timeoutMs?: number): void {
  const all = reports.length;
  if (timeoutMs !== undefined && !reports.some(isStuck)) {
    const unproved = reports.filter(({ delivered }) => delivered.verdict !== "ok").length;
    if (unproved === 0) {
      tell(`stack ${stack}: every binding delivers`);
      return;
    }
    throw new CommandFailure(
      `timed out: ${unproved} of ${all} bindings of stack ${stack} have no proven delivery after ${duration(timeoutMs)}. ` +
        "Next: push a stream to each, and run this command again",
      exitCodes.timedOut,
    );
  }
  if (obstacles === 0) return;
  const onlyTime = reports.every((report) => firstObstacle(report)?.verdict !== "problem");
  const some = `${obstacles} of ${all} bindings of stack ${stack}`;
  throw new CommandFailure(
    onlyTime
      ? `${some} need only time. Next: \`wait\` waits until they are in effect, \`verify --require-delivery\` until a callback arrives`
      : `${some} have an obstacle. Next: \`verify --verbose\` shows all stages; docs/no-callback.md says what to do`,
    exitCodes.found,
  );
}
