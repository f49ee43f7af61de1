/** Finds out on a real account what the documentation leaves open, with objects of its own that it removes again. */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { createCall } from "../../provider/live/actions";
import { LiveError, messageOf } from "../../provider/live/errors";
import type { LiveGateway } from "../../provider/live/gateway";
import { realClock } from "../../provider/live/retry";
import { type Configuration, nothingConfigured } from "../../provider/live/settings";
import { connectTransport } from "../account";
import { CommandFailure, exitCodes } from "../failure";
import { onInterrupt } from "../interruption";
import { sentenceOf } from "../probing/differences";
import { type Leftover, leftoversIn, lookingMs, nameOf, readLists, removeLeftovers } from "../probing/leftovers";
import {
  type Planned,
  type ProbeReport,
  type ProbeTarget,
  planExperiments,
  probeAccount,
} from "../probing/probeAccount";
import type { Exchange } from "../probing/session";
import { probePrefix } from "../probing/symbols";
import { Project } from "../stack/project";
import { confirm, printable, printJson, printTable, tell } from "../terminal";
import { progressLine } from "../verification/progressLine";

export interface ProbeOptions {
  cwd: string;
  /** Whose credentials; without it those of the environment. */
  stack?: string;
  domain?: string;
  wholeDomain: boolean;
  url: string;
  out?: string;
  sweep: boolean;
  yes: boolean;
  json: boolean;
}

type Connection = Awaited<ReturnType<typeof connectTransport>>;

export async function probe(options: ProbeOptions): Promise<void> {
  if (options.wholeDomain && options.domain === undefined) {
    throw new CommandFailure("--whole-domain is for the domain of --domain", exitCodes.usage);
  }
  const connection = await connectTransport(await configOf(options));
  if (options.sweep) return sweep(connection, options);

  const stop = new AbortController();
  const domain = options.domain?.toLowerCase();
  const { transport, live } = connection;
  const { requestTimeoutMs } = live.settings;
  const lists = await readLists(createCall(transport, requestTimeoutMs)).catch(refusal);
  const target: ProbeTarget = {
    transport,
    clock: realClock,
    requestTimeoutMs,
    domain,
    domainProblem: domain === undefined || lists instanceof LiveError ? undefined : await problemOf(domain, live),
    wholeDomain: options.wholeDomain,
    url: options.url,
    signal: stop.signal,
  };
  const planned = planExperiments(lists, target);
  const progress = progressLine("probe");
  const probing = probeAccount(target, progress.show);
  tell(await planText(planned, probing.prefix, live));
  const nothingToDo = planned.every(({ why }) => why !== undefined);
  if (!nothingToDo && !(await confirm("Do this?", options.yes))) throw new CommandFailure("nothing was changed");

  const running = probing.run(planned, lists instanceof LiveError ? 0 : lists.templates.length);
  const release = onInterrupt(async () => {
    stop.abort();
    await running.catch(() => {});
    const left = await probing.clear().catch(() => undefined);
    tell(left?.length === 0 ? "interrupted; everything that was made is removed" : leftText(left));
  });
  try {
    const { report, transcripts } = await running;
    if (options.json) printJson(report);
    else printReport(report);
    if (options.out !== undefined) writeReport(resolve(options.cwd, options.out), report, transcripts);
    conclude(report);
  } catch (error) {
    if (stop.signal.aborted) return new Promise(() => {});
    if (error instanceof CommandFailure) throw error;
    const left = await probing.clear().catch(() => undefined);
    throw new CommandFailure(
      `${messageOf(error)}. ${left?.length === 0 ? "Everything that was made is removed" : leftText(left)}`,
    );
  } finally {
    progress.clear();
    release();
  }
}

async function configOf({ stack, cwd }: ProbeOptions): Promise<Configuration> {
  return stack === undefined ? nothingConfigured : Project.open(cwd).config(stack);
}

/** What the service itself said, as a suspended account or credentials that may not read are told. */
function refusal(error: unknown): LiveError {
  if (error instanceof LiveError && error.code !== undefined) return error;
  throw error;
}

async function problemOf(domain: string, live: LiveGateway): Promise<string | undefined> {
  const found = await live.domain(domain).catch(refusal);
  if (found instanceof LiveError) return found.message;
  return found?.type === "push" && found.enabled ? undefined : `${domain} isn't an enabled push domain of the account`;
}

async function planText(planned: readonly Planned[], prefix: string, live: LiveGateway): Promise<string> {
  const host = live.settings.endpoint?.host ?? "live.tencentcloudapi.com";
  const todo = planned.filter(({ why }) => why === undefined);
  const most = Math.max(0, ...todo.map(({ experiment }) => experiment.templates));
  const line = ({ experiment, why }: Planned) =>
    why === undefined
      ? `  ${experiment.name}: ${experiment.sends}`
      : `  ${experiment.name}: not asked: ${printable(why)}`;
  return [
    `On account ${(await live.accountId()) ?? "unknown"} through ${host}, ${todo.length} of ${planned.length} experiments:`,
    ...planned.map(line),
    `At most ${most} templates at a time, named ${prefix}-…, and rules of such apps. Each is removed at once, and nothing else is touched.`,
  ].join("\n");
}

function leftText(left: readonly Leftover[] | undefined): string {
  const what = left === undefined ? "what was made may still be there" : `still there: ${left.map(nameOf).join(", ")}`;
  return `${printable(what)}. Next: \`pulumi-tencentcloud-lvb probe --sweep\``;
}

function printReport({ dialects: rows, readLag, differences }: ProbeReport): void {
  const agrees = (row: ProbeReport["dialects"][string]) => {
    if (row.observed === null) return printable(row.why ?? "");
    return row.observed === row.default ? "agrees" : "differs";
  };
  const lines = Object.entries(rows).map(([name, row]) => [
    name,
    row.observed === null ? "-" : String(row.observed),
    String(row.default),
    agrees(row),
  ]);
  printTable(["DIALECT", "OBSERVED", "EMULATOR", ""], lines, [3]);
  if (readLag)
    tell(`reads lag by ${readLag.median} ms (median of ${readLag.samples}; nine of ten within ${readLag.p90} ms)`);
  for (const difference of differences) tell(printable(sentenceOf(difference)));
}

function writeReport(file: string, report: ProbeReport, transcripts: readonly Exchange[]): void {
  try {
    writeFileSync(file, `${JSON.stringify({ ...report, transcripts }, null, 2)}\n`);
  } catch (error) {
    throw new CommandFailure(`${file} cannot be written: ${messageOf(error)}`);
  }
  tell(`written to ${file}`);
}

function conclude({ dialects: rows, differences, left }: ProbeReport): void {
  if (left.length > 0) throw new CommandFailure(leftText(left));
  const answers = Object.values(rows);
  if (answers.every(({ observed }) => observed === null)) {
    throw new CommandFailure(`nothing could be asked: ${printable(answers[0]?.why ?? "")}`);
  }
  if (differences.length === 0) return;
  throw new CommandFailure(
    `the account differs from the emulator in ${differences.length} points that no dialect covers. Next: report them, see docs/live-account.md`,
    exitCodes.found,
  );
}

/** Removes what an interrupted run has left, of all runs. */
async function sweep({ transport, live }: Connection, { yes, json }: ProbeOptions): Promise<void> {
  const { requestTimeoutMs } = live.settings;
  const call = createCall(transport, requestTimeoutMs);
  const look = async () => leftoversIn(await readLists(call), probePrefix);
  let found = await look();
  const leastMs = lookingMs(requestTimeoutMs);
  if (found.length === 0) {
    // Reads may lag behind what a run did that was killed just now.
    await realClock.sleep(leastMs);
    found = await look();
  }
  tell(found.length === 0 ? `nothing is named ${probePrefix}…` : `remove ${printable(found.map(nameOf).join(", "))}`);
  if (found.length > 0 && !(await confirm("Remove them?", yes))) throw new CommandFailure("nothing was changed");
  const patience = { clock: realClock, leastMs, mostMs: 4 * requestTimeoutMs };
  const left = found.length === 0 ? [] : await removeLeftovers(call, probePrefix, patience);
  if (json) printJson({ found, left });
  if (left.length > 0) throw new CommandFailure(leftText(left));
}
