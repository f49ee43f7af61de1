/** Runs the experiments that an account allows. Reports for each dialect the observed value, or why there is none. */
import { randomBytes } from "node:crypto";
import { type DialectName, type Dialects, dialects, readDialects } from "../../emulator";
import { createCall } from "../../provider/live/actions";
import { LiveError, messageOf } from "../../provider/live/errors";
import type { RetryClock } from "../../provider/live/retry";
import type { Transport } from "../../provider/live/transport";
import { type Difference, findDifferences } from "./differences";
import type { Experiment, Findings } from "./experiment";
import { type Leftover, type Lists, lookingMs, removeLeftovers } from "./leftovers";
import { ruleExperiments } from "./ruleExperiments";
import { type Exchange, Session, Unanswerable } from "./session";
import { probePrefix, Symbols } from "./symbols";
import { templateExperiments } from "./templateExperiments";

export interface ProbeTarget {
  transport: Transport;
  clock: RetryClock;
  requestTimeoutMs: number;
  /** The push domain for rules. */
  domain: string | undefined;
  /** Why the domain can't have a rule. */
  domainProblem: string | undefined;
  wholeDomain: boolean;
  url: string;
  signal?: AbortSignal;
}

/** The document of `--json`. */
export interface ProbeReport {
  dialects: Record<string, { observed: string | number | null; default: string | number; why: string | null }>;
  /** The lag of reads in milliseconds. The median is the dialect's value. */
  readLag: { samples: number; median: number; p90: number } | null;
  differences: Difference[];
  left: Leftover[];
}

/** An experiment; with `why`, it is skipped for that reason. */
export interface Planned {
  experiment: Experiment;
  why: string | undefined;
}

const experiments: readonly Experiment[] = [...templateExperiments, ...ruleExperiments];
const mostTemplates = 50;
const needsStream = "needs a real stream and the records of its callbacks";

/** `lists`: the account's objects, or the error that reading them returned. */
export function planExperiments(lists: Lists | LiveError, target: ProbeTarget): Planned[] {
  if (lists instanceof LiveError) return experiments.map((experiment) => ({ experiment, why: lists.message }));
  const { templates, rules } = lists;
  const { domain, domainProblem, wholeDomain } = target;
  const free = mostTemplates - templates.length;
  const whole = rules.find(({ DomainName, AppName }) => DomainName === domain && ["", "*"].includes(String(AppName)));
  const whyNoRules = (kind: Experiment["rules"]) => {
    if (kind === "none") return undefined;
    if (domain === undefined) return "needs a rule on a push domain: pass --domain";
    if (domainProblem !== undefined || kind === "app") return domainProblem;
    if (!wholeDomain) return "needs a rule for the whole domain: pass --whole-domain";
    return whole && `${domain} already has a rule for the whole domain, which stays untouched`;
  };
  return experiments.map((experiment) => {
    const full = `the account has ${templates.length} of ${mostTemplates} templates; this needs ${experiment.templates} more`;
    return { experiment, why: experiment.templates > free ? full : whyNoRules(experiment.rules) };
  });
}

export interface Probing {
  /** The name prefix of all test objects of this run. */
  readonly prefix: string;
  run(planned: readonly Planned[], templatesThere: number): Promise<{ report: ProbeReport; transcripts: Exchange[] }>;
  /** Removes the remaining test objects, and returns those that could not be removed. */
  clear(): Promise<Leftover[]>;
}

export function probeAccount(target: ProbeTarget, show: (text: string) => void = () => {}): Probing {
  const { transport, clock, requestTimeoutMs, domain = "", url, signal } = target;
  const run = randomBytes(4).toString("hex");
  const symbols = new Symbols({ run, domain, url, key: randomBytes(8).toString("hex") });
  const session = new Session({ transport, symbols, clock, requestTimeoutMs, ...(signal && { signal }) });
  const prefix = `${probePrefix}${run}`;
  const call = createCall(transport, requestTimeoutMs);
  const clear = async () => {
    if (session.written === "nothing") return [];
    const leastMs = session.written === "unsure" ? lookingMs(requestTimeoutMs) : 0;
    return removeLeftovers(call, prefix, { clock, leastMs, mostMs: 4 * requestTimeoutMs });
  };
  return {
    prefix,
    async run(planned, templatesThere) {
      const findings: Findings = {};
      let stopped: string | undefined;
      for (const { experiment, why } of planned) {
        show(`${experiment.name}: ${experiment.sends}`);
        const found = why ?? stopped ?? (await tryOut(experiment, session));
        if (found instanceof LiveError && found.kind !== "auth") stopped = symbols.text(found.message);
        const failed = typeof found === "string" ? found : found instanceof Error ? messageOf(found) : undefined;
        const none = new Unanswerable(symbols.text(failed ?? ""));
        for (const name of experiment.dialects) findings[name] = none;
        if (failed === undefined) Object.assign(findings, found);
      }
      const lags = session.lags.toSorted((a, b) => a - b);
      const at = (part: number) => Math.round(lags[Math.floor((lags.length - 1) * part)] ?? 0);
      const readLag = lags.length === 0 ? null : { samples: lags.length, median: at(0.5), p90: at(0.9) };
      if (readLag) findings.readLag = readLag.median;
      const left = await clear();
      const report = { dialects: describe(findings), readLag, differences: [], left };
      const { transcripts } = session;
      const differences = await findDifferences(transcripts, observed(report.dialects), templatesThere);
      return { report: { ...report, differences }, transcripts };
    },
    async clear() {
      await session.clear().catch(() => {
        session.written = "unsure";
      });
      return clear();
    },
  };
}

/** Runs one experiment. A refusal by the account ends the experiment; any other failure, such as a lost network, ends the run. */
async function tryOut(experiment: Experiment, session: Session): Promise<Findings | Error> {
  session.experiment = experiment.name;
  const found = await experiment.run(session).catch((error: unknown) => {
    if (error instanceof Unanswerable || (error instanceof LiveError && error.code !== undefined)) return error;
    throw error;
  });
  await session.clear();
  return found;
}

function describe(findings: Findings): ProbeReport["dialects"] {
  const rows = Object.entries(dialects).map(([name, { default: value }]) => {
    // The names come from the table.
    const found = findings[name as DialectName] ?? new Unanswerable(needsStream);
    const answer =
      found instanceof Unanswerable ? { observed: null, why: found.message } : { observed: found, why: null };
    return [name, { observed: answer.observed, default: value, why: answer.why }];
  });
  return Object.fromEntries(rows);
}

function observed(rows: ProbeReport["dialects"]): Partial<Dialects> {
  const known = Object.entries(rows).filter(([, row]) => row.observed !== null);
  return readDialects(Object.fromEntries(known.map(([name, row]) => [name, row.observed])));
}
