import type { MultiBar, SingleBar } from "cli-progress";
import { compareAccount, connectAccount, isInAccount, readAccount } from "../account";
import { CommandFailure, exitCodes } from "../failure";
import { onInterrupt } from "../interruption";
import { Project } from "../stack/project";
import { effectLine, lastEffectiveAt, type ResourcePropagation, reportPropagation } from "../stack/propagationReport";
import { byName, duration, printable, printJson, tell } from "../terminal";

export interface WaitOptions {
  cwd: string;
  stack?: string;
  json: boolean;
  /** Milliseconds; undefined for no limit. */
  timeout?: number;
  verify: boolean;
}

/** How long before the end the state is read again: another run may have changed something. */
const lookAgainMs = 5_000;
const lineEveryMs = 60_000;

/** Waits until everything in the stack is in effect. Reads only the state, and with `verify` the account at the end. */
export async function wait(options: WaitOptions): Promise<void> {
  const project = Project.open(options.cwd);
  const stack = await project.stackName(options.stack);
  const startedAt = Date.now();
  const deadline = options.timeout === undefined ? undefined : startedAt + options.timeout;
  const read = async () => reportPropagation((await project.state(stack)).resources, Date.now());

  let report = await read();
  // Shared by all reads, so that reading the state again prints no extra line.
  const lineDue = { at: startedAt };
  while (await passes(report, stack, lineDue, deadline)) {
    const before = lastEffectiveAt(report) ?? 0;
    report = await read();
    if ((lastEffectiveAt(report) ?? 0) > before) tell(`stack ${stack} was changed in the meantime`);
  }

  const now = Date.now();
  const end = lastEffectiveAt(report);
  const late = end !== undefined && end > now;
  const { changes, elsewhere } = options.verify && !late ? await changedMeanwhile(project, stack) : nothingCompared;
  if (options.json) {
    printJson({
      stack,
      effective: !late,
      timedOut: late,
      effectiveAt: end === undefined ? null : new Date(end).toISOString(),
      waitedSeconds: Math.round((now - startedAt) / 1000),
      verified: options.verify && !late ? changes.length === 0 && elsewhere === 0 : null,
      changes,
    });
  }
  if (late) {
    throw new CommandFailure(
      `timed out: stack ${stack} is effective in another ${duration(end - now)}`,
      exitCodes.timedOut,
    );
  }
  for (const { id, what } of changes) tell(`changed in the meantime: ${printable(id)}: ${printable(what)}`);
  if (changes.length > 0) {
    throw new CommandFailure(
      `${changes.length} objects differ from stack ${stack}. Next: \`pulumi refresh --preview-only\` shows how`,
      exitCodes.found,
    );
  }
  if (elsewhere > 0) {
    throw new CommandFailure(
      `${elsewhere} of ${report.length} resources of stack ${stack} are not in the account of these credentials, so they were not compared. ` +
        "Next: use credentials of their account; for a stack with several accounts, `pulumi refresh --preview-only` compares all",
    );
  }
  tell(`${effectLine(stack, report, now)}${options.verify ? ", and the account matches the stack" : ""}`);
}

interface Compared {
  changes: { id: string; what: string }[];
  /** The number of resources in other accounts. */
  elsewhere: number;
}

const nothingCompared: Compared = { changes: [], elsewhere: 0 };

async function changedMeanwhile(project: Project, stack: string): Promise<Compared> {
  const [account, state] = await Promise.all([
    project.config(stack).then(connectAccount).then(readAccount),
    project.state(stack),
  ]);
  const changes = compareAccount(account, state.resources).flatMap(({ id, kind, name, status, drift }) => {
    if (status === "missing") return [{ id: name || id, what: `the ${kind} is gone` }];
    return drift.map(({ field }) => ({ id: name || id, what: `${field} was edited` }));
  });
  const elsewhere = state.resources.filter((resource) => !isInAccount(resource, account.accountId)).length;
  return { changes, elsewhere };
}

/** Waits until shortly before the end, and returns true to look again; or until the end or the deadline, and returns false. */
async function passes(
  report: readonly ResourcePropagation[],
  stack: string,
  lineDue: { at: number },
  deadline = Infinity,
): Promise<boolean> {
  const end = lastEffectiveAt(report) ?? 0;
  const farAway = end - Date.now() > lookAgainMs;
  const progress = showProgress(stack, report, lineDue);
  try {
    const reached = Math.min(farAway ? end - lookAgainMs : end, deadline);
    await until(reached, progress);
    return farAway && reached < deadline;
  } finally {
    progress.stop();
  }
}

interface Progress {
  update(now: number): void;
  stop(): void;
}

/** Sleeps until an instant (milliseconds since 1970), and shows progress. */
async function until(instant: number, progress: Progress): Promise<void> {
  for (;;) {
    const now = Date.now();
    progress.update(now);
    if (now >= instant) return;
    await new Promise((resolve) => setTimeout(resolve, Math.min(instant - now, 250)));
  }
}

/** On a terminal a bar for each binding, otherwise a line each minute. */
function showProgress(stack: string, report: readonly ResourcePropagation[], lineDue: { at: number }): Progress {
  const pending = report.filter(({ remainingSeconds }) => remainingSeconds > 0);
  if (pending.length === 0) return { update: () => {}, stop: () => {} };
  return process.stderr.isTTY ? bars(pending) : lines(stack, pending, lineDue);
}

function lines(stack: string, pending: readonly ResourcePropagation[], lineDue: { at: number }): Progress {
  return {
    update(now) {
      if (now < lineDue.at) return;
      lineDue.at += lineEveryMs;
      const waiting = pending.filter(({ effectiveAt }) => effectiveAt !== null && Date.parse(effectiveAt) > now);
      const left = Math.max(0, ...waiting.map(({ effectiveAt }) => Date.parse(effectiveAt ?? "") - now));
      if (left > 0)
        tell(`stack ${stack}: ${waiting.length} of ${pending.length} changes under way, ${duration(left)} left`);
    },
    stop: () => {},
  };
}

function bars(pending: readonly ResourcePropagation[]): Progress {
  // Loaded only for a terminal.
  const { MultiBar } = require("cli-progress") as typeof import("cli-progress");
  const multi: MultiBar = new MultiBar({
    format: "{bar} {state} {left}  {object}",
    barsize: 20,
    hideCursor: true,
    // Reading the state again starts new bars, and a final line replaces them all.
    clearOnComplete: true,
    stream: process.stderr,
    linewrap: false,
  });
  // A binding's bar includes its template's change, so templates need bars only if there are no bindings.
  const bindings = pending.filter(({ kind }) => kind === "binding");
  const all = (bindings.length > 0 ? bindings : pending).map((resource) => ({
    changedAt: Date.parse(resource.changedAt ?? ""),
    earliestAt: Date.parse(resource.earliestEffectiveAt ?? ""),
    effectiveAt: Date.parse(resource.effectiveAt ?? ""),
    object: printable(resource.object),
  }));
  const room = Math.max(1, (process.stderr.rows ?? 24) - 3);
  const latestFirst = [...all].sort((a, b) => b.effectiveAt - a.effectiveAt);
  const inOrder = latestFirst.slice(0, room).sort((a, b) => byName(a.object, b.object));
  const shown = inOrder.map((resource) => {
    const bar: SingleBar = multi.create(resource.effectiveAt - resource.changedAt, 0, {
      object: resource.object,
      state: "",
      left: "",
    });
    return { ...resource, bar };
  });
  const hidden = all.length - shown.length;
  if (hidden > 0) multi.log(`and ${hidden} more, which take effect no later\n`);
  const release = onInterrupt(() => multi.stop());
  return {
    update(now) {
      for (const { bar, changedAt, earliestAt, effectiveAt, object } of shown) {
        const state = now < earliestAt ? "propagating" : now < effectiveAt ? "settling   " : "effective  ";
        const left = effectiveAt > now ? duration(effectiveAt - now) : "";
        bar.update(Math.min(now, effectiveAt) - changedAt, { object, state, left: left.padStart(7) });
      }
    },
    stop() {
      multi.stop();
      release();
    },
  };
}
