// With the engine's checkpoints, as `pulumi up` runs unless told otherwise: the state is written whole before and after
// each step. For the record, and for the advice on size of stacks and on backends; one run of each.
import type { Context } from "../context.mts";
import type { Result } from "../results.mts";

const ways = [
  { name: "without checkpoints", checkpoints: false, env: {} },
  { name: "file backend", checkpoints: true, env: {} },
  { name: "file backend, compressed", checkpoints: true, env: { PULUMI_DIY_BACKEND_GZIP: "true" } },
] as const;

export async function measureRecord(context: Context): Promise<Result> {
  const { templates = 50, bindings = 500 } = context.options;
  const sizes = [0.2, 1].map((share) => ({
    templates: Math.ceil(templates * share),
    bindings: Math.ceil(bindings * share),
  }));
  const rows: string[][] = [];
  const samples: object[] = [];
  for (const size of sizes) {
    for (const { name, checkpoints, env } of ways) {
      const cells: string[] = [];
      for (const variant of ["floor", "ours"] as const) {
        const stack = await context.stack(variant, size, { checkpoints, env });
        try {
          const up = await stack.up();
          const destroy = await stack.destroy();
          context.tell(`  ${size.templates} + ${size.bindings}, ${name}, ${variant}: up ${up.seconds.toFixed(2)} s`);
          samples.push({ size, way: name, variant, up, destroy });
          cells.push(up.seconds.toFixed(1), destroy.seconds.toFixed(1));
        } finally {
          stack.dispose();
        }
      }
      rows.push([`${size.templates} + ${size.bindings}`, name, ...cells]);
    }
  }
  return {
    name: "record",
    environment: { ...context.environment, pairs: 1 },
    tables: [
      {
        title: "Seconds with and without the engine's checkpoints, one run of each",
        columns: [
          "templates + bindings",
          "",
          "up: floor",
          "destroy: floor",
          "up: this package",
          "destroy: this package",
        ],
        rows,
      },
    ],
    samples,
  };
}
