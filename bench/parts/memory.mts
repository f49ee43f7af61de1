// The peak memory of the provider process with many bindings, beside one with handlers that do nothing.
import { type Context, inTurn } from "../context.mts";
import type { Result } from "../results.mts";
import type { Operation } from "../stack.mts";
import { median, pairwise, spread } from "../statistics.mts";

const goalMB = 40;
const operations = ["up", "refresh", "destroy"] as const satisfies readonly Operation[];

export async function measureMemory(context: Context): Promise<Result> {
  const { templates = 50, bindings = 2000 } = context.options;
  // The peak depends little on the speed of the machine.
  const pairs = Math.min(3, context.options.pairs);
  const size = { templates, bindings };
  const samples = {
    floor: { up: [] as number[], refresh: [] as number[], destroy: [] as number[] },
    ours: { up: [] as number[], refresh: [] as number[], destroy: [] as number[] },
  };
  for (let pair = 0; pair < pairs; pair++) {
    for (const variant of inTurn(["floor", "ours"] as const, pair)) {
      const stack = await context.stack(variant, size);
      try {
        for (const operation of operations) {
          const { peakMemoryKB } = await stack.probed(operation);
          context.tell(`  ${operation} ${pair + 1}/${pairs}, ${variant}: ${Math.round(peakMemoryKB / 1024)} MB`);
          samples[variant][operation].push(peakMemoryKB / 1024);
        }
      } finally {
        stack.dispose();
      }
    }
  }
  const rows = operations.map((operation) => {
    const [ours, floor] = [samples.ours[operation], samples.floor[operation]];
    const more = pairwise(ours, floor, (own, other) => own - other);
    const goal = `≤ +${goalMB} MB: ${median(more) <= goalMB ? "met" : "missed"}`;
    return [`pulumi ${operation}`, spread(floor, 0), spread(ours, 0), spread(more, 0), goal];
  });
  return {
    name: "memory",
    environment: { ...context.environment, templates, bindings, pairs },
    tables: [
      {
        title: `Peak memory of the provider process, ${templates} templates and ${bindings} bindings, MB`,
        columns: ["", "floor: median (least – most)", "this package", "more, of pairs", "goal"],
        rows,
      },
    ],
    samples,
  };
}
