// The user's settings: the same stack with one setting changed at a time, beside the engine's defaults.
import type { Context } from "../context.mts";
import type { Result } from "../results.mts";
import type { Measured } from "../stack.mts";
import { median } from "../statistics.mts";

interface Setting {
  name: string;
  language?: "javascript";
  checkpoints?: boolean;
  env?: Record<string, string>;
  flags?: string[];
}

/** By default the engine writes the whole state before and after each step. */
const settings: Setting[] = [
  { name: "defaults: TypeScript, file backend" },
  { name: "`PULUMI_NODEJS_TRANSPILE_ONLY=true`", env: { PULUMI_NODEJS_TRANSPILE_ONLY: "true" } },
  { name: "a JavaScript program", language: "javascript" },
  { name: "`PULUMI_DIY_BACKEND_GZIP=true`", env: { PULUMI_DIY_BACKEND_GZIP: "true" } },
  { name: "`PULUMI_DIY_BACKEND_ZSTD=true`", env: { PULUMI_DIY_BACKEND_ZSTD: "true" } },
  { name: "`--parallel 32`", flags: ["--parallel", "32"] },
  { name: "without checkpoints", checkpoints: false },
];

export async function measureSettings(context: Context): Promise<Result> {
  const { templates = 50, bindings = 500 } = context.options;
  // With checkpoints a run takes most of a minute.
  const rounds = Math.min(2, context.options.pairs);
  const samples = new Map<string, Record<"preview" | "up" | "destroy", Measured[]>>();
  for (let round = 0; round < rounds; round++) {
    for (const { name, flags = [], checkpoints = true, ...more } of settings) {
      const stack = await context.stack("ours", { templates, bindings }, { checkpoints, ...more });
      try {
        const up = await stack.up(...flags);
        const preview = await stack.preview();
        const destroy = await stack.destroy(...flags);
        context.tell(`  ${name} ${round + 1}/${rounds}: up ${up.seconds.toFixed(1)} s`);
        const former = samples.get(name);
        samples.set(name, {
          preview: [...(former?.preview ?? []), preview],
          up: [...(former?.up ?? []), up],
          destroy: [...(former?.destroy ?? []), destroy],
        });
      } finally {
        stack.dispose();
      }
    }
  }
  const seconds = (runs: readonly Measured[]) => median(runs.map((run) => run.seconds)).toFixed(1);
  return {
    name: "settings",
    environment: { ...context.environment, templates, bindings, rounds },
    tables: [
      {
        title: "One setting at a time, seconds",
        columns: ["", "preview without changes", "up from nothing", "destroy"],
        rows: [...samples].map(([name, { preview, up, destroy }]) => [
          name,
          seconds(preview),
          seconds(up),
          seconds(destroy),
        ]),
      },
    ],
    samples: Object.fromEntries(samples),
  };
}
