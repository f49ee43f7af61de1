// preview, up, refresh and destroy of the same program with this package, with version 0.1.0, and with three baselines:
// handlers that do nothing, classes that aren't ours either, and handlers that describe each resource separately. Without
// the engine's checkpoints, which would hide all of them.
import { type Context, inTurn, latencyMs } from "../context.mts";
import { kinds } from "../cpuOfProcesses.mts";
import type { Result, Table } from "../results.mts";
import type { BenchStack, Measured, Operation } from "../stack.mts";
import { median, pairwise, spread, sum } from "../statistics.mts";
import { type Variant, variantNames } from "../variants.mts";

export const operations = ["preview", "up", "refresh", "destroy"] as const satisfies readonly Operation[];

type Samples = Partial<Record<Variant, Measured[]>>;

export async function measureOperations(context: Context, wanted: readonly Operation[]): Promise<Result[]> {
  const { pairs, templates = 50, bindings = 500 } = context.options;
  const size = { templates, bindings };
  const stacks = new Map<Variant, BenchStack>();
  const samples = new Map<Operation, Samples>(wanted.map((operation) => [operation, {}]));
  const run = async (operation: Operation, variant: Variant, pair: number) => {
    const measured = await stacks.get(variant)?.[operation]();
    const kept = samples.get(operation);
    if (measured === undefined || kept === undefined) return;
    context.tell(`  ${operation} ${pair + 1}/${pairs}, ${variantNames[variant]}: ${measured.seconds.toFixed(2)} s`);
    kept[variant] = [...(kept[variant] ?? []), measured];
  };
  /** Variants that are only for comparison run in every third pair. */
  const variantsOf = (pair: number): readonly Variant[] => [
    ...inTurn<Variant>(["floor", "firstVersion", "ours"], pair),
    ...(pair % 3 === 0 ? (["dynamicResource", "describePerResource"] as const) : []),
  ];

  try {
    for (const variant of variantsOf(0)) stacks.set(variant, await context.stack(variant, size));
    const lasting = wanted.filter((operation) => operation === "preview" || operation === "refresh");
    if (lasting.length > 0) {
      context.tell("  making the stacks that are previewed and refreshed");
      for (const stack of stacks.values()) await stack.up();
      for (const operation of lasting) {
        for (let pair = 0; pair < pairs; pair++) {
          for (const variant of variantsOf(pair)) await run(operation, variant, pair);
        }
      }
      for (const stack of stacks.values()) await stack.destroy();
    }
    if (lasting.length < wanted.length) {
      for (let pair = 0; pair < pairs; pair++) {
        for (const variant of variantsOf(pair)) {
          await run("up", variant, pair);
          await run("destroy", variant, pair);
        }
      }
    }
  } finally {
    for (const stack of stacks.values()) stack.dispose();
  }
  const environment = { ...context.environment, templates, bindings, pairs, latency: `${latencyMs} ms` };
  return wanted.map((operation) => {
    const kept = samples.get(operation) ?? {};
    const parallel = Number(context.environment.parallel);
    return { name: operation, environment, tables: [tableOf(operation, kept, parallel)], samples: kept };
  });
}

interface Goal {
  /** The variant to compare with, and the allowed ratio. */
  than: "floor" | "firstVersion";
  times: number;
  /** The API calls that are allowed in addition to those of the floor. */
  calls: "spread" | "none";
}

const goals: Readonly<Record<Operation, Goal>> = {
  preview: { than: "firstVersion", times: 0.68, calls: "none" },
  up: { than: "firstVersion", times: 0.75, calls: "none" },
  refresh: { than: "firstVersion", times: 1, calls: "none" },
  destroy: { than: "floor", times: 1.35, calls: "spread" },
};

function tableOf(operation: Operation, samples: Samples, parallel: number): Table {
  const { floor = [], firstVersion = [] } = samples;
  const times = (runs: readonly Measured[], than: readonly Measured[]) =>
    runs === than ? "" : spread(pairwise(runs, alongside(runs, than), (run, other) => run.seconds / other.seconds));
  const rows = Object.entries(samples).map(([variant, runs]) => [
    variantNames[variant as Variant],
    spread(runs.map(({ seconds }) => seconds)),
    times(runs, floor),
    times(runs, firstVersion),
    ...kinds.map((kind) => {
      const seconds = runs.flatMap(({ cpu }) => cpu?.[kind] ?? []);
      return seconds.length > 0 ? median(seconds).toFixed(1) : "";
    }),
    callText(runs),
  ]);
  return {
    title: `pulumi ${operation}`,
    columns: [
      "",
      "seconds: median (least – most)",
      "× floor, of pairs",
      "× 0.1.0, of pairs",
      ...kinds.map((kind) => `CPU s: ${kind}`),
      "API calls",
    ],
    rows,
    note: `Goal: ${verdict(operation, samples, parallel)}.`,
  };
}

/** The runs of the floor that match those of a variant, which ran in every third pair or in each. */
function alongside(runs: readonly Measured[], floor: readonly Measured[]): Measured[] {
  return runs.length === floor.length ? [...floor] : floor.filter((_, pair) => pair % 3 === 0);
}

function callText(runs: readonly Measured[]): string {
  return [...new Set(runs.map(({ calls }) => String(sum(calls))))].join(" or ");
}

function verdict(operation: Operation, { ours = [], ...others }: Samples, parallel: number): string {
  const { than, times, calls } = goals[operation];
  const other = others[than] ?? [];
  const paidFor = calls === "spread" ? ((median(ours.map((run) => sum(run.calls))) / parallel) * latencyMs) / 1000 : 0;
  // The floor makes no calls, so the least time that they take, with the maximum number in parallel, is added to it.
  const ratio = median(pairwise(ours, other, (run, its) => run.seconds / (its.seconds + paidFor)));
  const added = calls === "spread" ? " + calls / parallel × latency" : "";
  return `≤ ${times.toFixed(2)} × (${variantNames[than]}${added}); it is ${ratio.toFixed(2)}: ${ratio <= times ? "met" : "missed"}`;
}
