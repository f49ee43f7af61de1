/**
 * Waits until changes are in effect, so that other resources can depend on it. It manages no object in the account, so a
 * kill, a second Ctrl-C or a job's time limit loses nothing.
 */
import * as v from "valibot";
import { propagationStatus } from "../propagation";
import { checkInputs, isUnknown, type Rule } from "./inputRules";
import { asPropagation } from "./outputs";
import type { CheckResult, DiffResult, Handlers, ReadResult, Session, Values } from "./session";

const rules: Readonly<Record<"changes" | "__urn", Rule>> = {
  changes: {
    schema: v.array(
      v.nullish(
        v.custom((value) => asPropagation(value) !== undefined, "expected the propagation output of a resource"),
      ),
      "expected a list of propagation outputs",
    ),
    required: true,
  },
  __urn: { schema: v.string() },
};

/** Longer than any window that can be set. A longer wait means that a clock is wrong. */
const longestWaitMs = 24 * 60 * 60_000;

/** A pipeline logs each progress line, so they are frequent only near the end. */
const progressEveryMs = (remainingMs: number) => (remainingMs > 60_000 ? 15_000 : 5_000);

export function propagationWaitHandlers(session: Session): Handlers {
  return {
    check(olds, news): CheckResult {
      return checkInputs(olds, news, rules);
    },

    diff(_id, olds, news): DiffResult {
      const later = isUnknown(news.changes) || latestEffectiveAt(news) > Date.parse(String(olds.effectiveAt));
      return { changed: later ? ["changes"] : [], replaces: [] };
    },

    async create(inputs) {
      return { id: "propagation", outs: await untilEffective(session, inputs) };
    },

    async read(id, props): Promise<ReadResult> {
      return { id, props };
    },

    async update(_id, _olds, news) {
      return { outs: await untilEffective(session, news) };
    },

    async delete() {},
  };
}

async function untilEffective({ report, cancelled }: Session, inputs: Values): Promise<Values> {
  const effectiveAt = latestEffectiveAt(inputs);
  const urn = typeof inputs.__urn === "string" ? inputs.__urn : undefined;
  const instant = new Date(effectiveAt).toISOString();
  if (effectiveAt - Date.now() > longestWaitMs) {
    throw new Error(
      `the changes take effect at ${instant}, more than a day ahead. Next: check the clock of this machine`,
    );
  }
  for (;;) {
    const { state, remainingMs } = propagationStatus(changesOf(inputs));
    if (state === "effective") return { changes: inputs.changes, effectiveAt: instant };
    report.progress(`${state}: in effect everywhere in ${duration(remainingMs)}`, urn);
    await sleep(Math.min(remainingMs, progressEveryMs(remainingMs)), cancelled);
    if (cancelled?.aborted) {
      throw new Error(
        `the run was interrupted; the changes take effect at ${instant}. Next: \`pulumi up\` continues the wait`,
      );
    }
  }
}

/** Waits, and stops when the run is interrupted. */
async function sleep(ms: number, cancelled: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      cancelled?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    cancelled?.addEventListener("abort", end);
    if (cancelled?.aborted) end();
  });
}

function latestEffectiveAt(values: Values): number {
  return Math.max(0, ...changesOf(values).map((change) => Date.parse(change.effectiveAt)));
}

function changesOf(values: Values) {
  const changes: unknown = values.changes;
  return Array.isArray(changes) ? changes.map(asPropagation).filter((change) => change !== undefined) : [];
}

function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
