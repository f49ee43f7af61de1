// The plugin from a YAML program beside the classes from a TypeScript program: the same resources, in the same run.
import { makePlugin } from "../../scripts/pluginArchive.mts";
import { type Context, inTurn, latencyMs } from "../context.mts";
import type { Size } from "../programs.mts";
import type { Result, Table } from "../results.mts";
import type { BenchStack, Measured, Operation } from "../stack.mts";
import { median, pairwise, spread, sum } from "../statistics.mts";

type Host = "classes" | "plugin";

type Samples = Record<Host, Measured[]>;

const operations = ["preview", "up", "refresh", "destroy"] as const satisfies readonly Operation[];
const small: Size = { templates: 1, bindings: 2 };
/** The time that a preview of the small stack may take. */
const smallGoal = 0.8;

export async function measurePlugin(context: Context): Promise<Result> {
  const { pairs, templates = 50, bindings = 500 } = context.options;
  const { archive } = await makePlugin(context.folder);
  const large = await measure(context, archive, { templates, bindings });
  const little = await measure(context, archive, small);
  return {
    name: "plugin",
    environment: { ...context.environment, templates, bindings, pairs, latency: `${latencyMs} ms` },
    tables: [
      table(`${templates} templates and ${bindings} bindings`, large, largeVerdict(large)),
      table(`${small.templates} template and ${small.bindings} bindings`, little, smallVerdict(little)),
    ],
    samples: { large, small: little },
  };
}

/** Each operation on both hosts, in turn, each on its own stack. */
async function measure(context: Context, plugin: string, size: Size): Promise<Record<Operation, Samples>> {
  const samples: Record<Operation, Samples> = {
    preview: { classes: [], plugin: [] },
    up: { classes: [], plugin: [] },
    refresh: { classes: [], plugin: [] },
    destroy: { classes: [], plugin: [] },
  };
  const stacks: Record<Host, BenchStack> = {
    classes: await context.stack("ours", size),
    plugin: await context.stack("ours", size, { language: "yaml", plugin }),
  };
  try {
    for (let pair = 0; pair < context.options.pairs; pair++) {
      for (const host of inTurn<Host>(["classes", "plugin"], pair)) {
        for (const operation of ["up", "preview", "refresh", "destroy"] as const) {
          const measured = await stacks[host][operation]();
          context.tell(
            `  ${operation} ${pair + 1}/${context.options.pairs}, ${host}: ${measured.seconds.toFixed(2)} s`,
          );
          samples[operation][host].push(measured);
        }
      }
    }
  } finally {
    for (const stack of Object.values(stacks)) stack.dispose();
  }
  return samples;
}

function table(title: string, samples: Record<Operation, Samples>, note: string): Table {
  const seconds = (runs: readonly Measured[]) => spread(runs.map((run) => run.seconds));
  // Other work on the machine affects them less than the time of a run.
  const cpu = (runs: readonly Measured[]) => {
    const totals = runs.flatMap((run) => (run.cpu ? [sum(run.cpu)] : []));
    return totals.length > 0 ? median(totals).toFixed(1) : "";
  };
  const calls = (runs: readonly Measured[]) => [...new Set(runs.map((run) => String(sum(run.calls))))].join(" or ");
  return {
    title,
    columns: [
      ...["", "classes, TypeScript: s", "plugin, YAML: s", "plugin ÷ classes, of pairs"],
      ...["CPU s: classes", "plugin", "API calls: classes", "plugin"],
    ],
    rows: operations.map((operation) => {
      const { classes, plugin } = samples[operation];
      const ratios = spread(pairwise(plugin, classes, (ours, other) => ours.seconds / other.seconds));
      const [ofClasses, ofPlugin] = [cpu(classes), cpu(plugin)];
      return [operation, seconds(classes), seconds(plugin), ratios, ofClasses, ofPlugin, calls(classes), calls(plugin)];
    }),
    note,
  };
}

function largeVerdict(samples: Record<Operation, Samples>): string {
  const slower = operations.filter((operation) => {
    const { classes, plugin } = samples[operation];
    return median(pairwise(plugin, classes, (ours, other) => ours.seconds / other.seconds)) >= 1;
  });
  return `Goal: the plugin is faster in each: ${slower.length === 0 ? "met" : `missed in ${slower.join(", ")}`}.`;
}

function smallVerdict({ preview }: Record<Operation, Samples>): string {
  const seconds = median(preview.plugin.map((run) => run.seconds));
  const verdict = seconds <= smallGoal ? "met" : "missed";
  return `Goal: a preview from YAML takes at most ${smallGoal} s, as OpenTofu does; it is ${seconds.toFixed(2)}: ${verdict}.`;
}
