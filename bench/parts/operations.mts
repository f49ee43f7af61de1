// preview, up, refresh and destroy of the same program with handlers that do nothing, with this package, and with one
// that describes each resource by itself; without the engine's checkpoints, which would hide all of them.
import { type Context, inTurn, latencyMs } from "../context.mts";
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
  /** The slower baseline is run in every third pair. */
  const variantsOf = (pair: number): readonly Variant[] => [
    ...inTurn<Variant>(["floor", "ours"], pair),
    ...(pair % 3 === 0 ? (["describePerResource"] as const) : []),
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

/** Times the floor may be taken, and calls that are paid for besides. */
const goals: Readonly<Partial<Record<Operation, { times: number; calls: "spread" | 2 | 0 }>>> = {
  preview: { times: 1.05, calls: 0 },
  up: { times: 1.1, calls: "spread" },
  refresh: { times: 1.1, calls: 2 },
};

function tableOf(operation: Operation, samples: Samples, parallel: number): Table {
  const { floor = [] } = samples;
  const rows = Object.entries(samples).map(([variant, runs]) => [
    variantNames[variant as Variant],
    spread(runs.map(({ seconds }) => seconds)),
    variant === "floor"
      ? ""
      : spread(pairwise(runs, alongside(runs, floor), (run, other) => run.seconds / other.seconds)),
    callText(runs),
    variant === "ours" ? verdict(operation, runs, floor, parallel) : "",
  ]);
  return {
    title: `pulumi ${operation}`,
    columns: ["", "seconds: median (least – most)", "× floor, of pairs", "API calls", "goal"],
    rows,
  };
}

/** The runs of the floor that belong to those of a variant that was run in every third pair, or in each. */
function alongside(runs: readonly Measured[], floor: readonly Measured[]): Measured[] {
  return runs.length === floor.length ? [...floor] : floor.filter((_, pair) => pair % 3 === 0);
}

function callText(runs: readonly Measured[]): string {
  return [...new Set(runs.map(({ calls }) => String(sum(calls))))].join(" or ");
}

function verdict(
  operation: Operation,
  ours: readonly Measured[],
  floor: readonly Measured[],
  parallel: number,
): string {
  const goal = goals[operation];
  if (goal === undefined) return "";
  const calls = median(ours.map((run) => sum(run.calls)));
  const paidFor = ((goal.calls === "spread" ? calls / parallel : goal.calls) * latencyMs) / 1000;
  const excess = median(pairwise(ours, floor, (run, other) => run.seconds - goal.times * other.seconds));
  const allowed = goal.times * median(floor.map(({ seconds }) => seconds)) + paidFor;
  const formula = { spread: " + calls/parallel × latency", 2: " + 2 × latency", 0: "" }[goal.calls];
  const met = excess <= paidFor && (goal.calls !== 2 || calls <= 2);
  return `≤ ${goal.times.toFixed(2)} × floor${formula} (${allowed.toFixed(2)} s): ${met ? "met" : "missed"}`;
}
