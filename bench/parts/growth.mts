// How the time grows with the number of bindings, and which code uses the processor in the provider process. Anything
// that grew faster than their number would show in the last rows.
import { type Context, inTurn } from "../context.mts";
import type { Result, Table } from "../results.mts";
import type { CpuProfile, Measured } from "../stack.mts";
import { median, spread } from "../statistics.mts";

type Timed = Record<"up" | "refresh" | "destroy", Measured[]>;

export async function measureGrowth(context: Context): Promise<Result> {
  const { templates = 50, bindings: most = 2000 } = context.options;
  const steps = [0.05, 0.25, 0.5, 1].map((share) => Math.ceil(most * share));
  const pairs = Math.min(3, context.options.pairs);
  const times: (string | number)[][] = [];
  const shares: Record<string, Record<string, number>> = {};
  const functions: Record<string, Record<string, number>> = {};
  const samples: Record<string, { floor: Timed; ours: Timed }> = {};

  for (const bindings of steps) {
    const timed = { floor: emptyTimed(), ours: emptyTimed() };
    for (let pair = 0; pair < pairs; pair++) {
      for (const variant of inTurn(["floor", "ours"] as const, pair)) {
        const stack = await context.stack(variant, { templates, bindings });
        try {
          for (const operation of ["up", "refresh", "destroy"] as const) {
            const measured = await stack[operation]();
            timed[variant][operation].push(measured);
            context.tell(
              `  ${operation} of ${bindings}, ${pair + 1}/${pairs}, ${variant}: ${measured.seconds.toFixed(2)} s`,
            );
          }
          if (variant === "ours" && pair === 0) {
            const { profile } = await stack.probed("up", { LVB_PROBE_PROFILE: "1" });
            if (profile === undefined) throw new Error("the provider process left no profile");
            shares[bindings] = milliseconds(profile, ({ url }, name) => ownerOf(url, name));
            functions[bindings] = milliseconds(profile, ({ url, lineNumber }, name) =>
              ownerOf(url, name) === owners.package
                ? `${name || "(anonymous)"}, ${placeOf(url)}:${lineNumber + 1}`
                : undefined,
            );
          }
        } finally {
          stack.dispose();
        }
      }
    }
    samples[bindings] = timed;
    const cells = (["up", "refresh", "destroy"] as const).flatMap((operation) =>
      (["floor", "ours"] as const).map((variant) =>
        spread(
          timed[variant][operation].map(({ seconds }) => seconds),
          1,
        ),
      ),
    );
    times.push([String(bindings), ...cells]);
  }
  return {
    name: "growth",
    environment: { ...context.environment, templates, pairs },
    tables: [
      {
        title: `Seconds with ${templates} templates and more and more bindings: median (least – most)`,
        columns,
        rows: times.map((row) => row.map(String)),
      },
      perBinding(steps, samples),
      profileTable("Processor time of the provider process during up, milliseconds by owner", shares, steps, 20),
      profileTable("Of it, the functions of this package that use most", functions, steps, 12),
    ],
    samples: { seconds: samples, owners: shares, functions },
  };
}

/** Each operation, for the floor and for this package. */
const columns = [
  "bindings",
  "up: floor",
  "this package",
  "refresh: floor",
  "this package",
  "destroy: floor",
  "this package",
];

function emptyTimed(): Timed {
  return { up: [], refresh: [], destroy: [] };
}

/** If nothing grows faster than their number, the cost of another binding stays the same. */
function perBinding(steps: readonly number[], samples: Readonly<Record<string, { floor: Timed; ours: Timed }>>): Table {
  const seconds = (bindings: number, variant: "floor" | "ours", operation: keyof Timed) =>
    median(samples[bindings]?.[variant][operation].map((run) => run.seconds) ?? []);
  const rows = steps.slice(1).map((bindings, index) => {
    const before = steps[index] ?? 0;
    const cost = (variant: "floor" | "ours", operation: keyof Timed) => {
      const more = seconds(bindings, variant, operation) - seconds(before, variant, operation);
      return ((1000 * more) / (bindings - before)).toFixed(1);
    };
    const cells = (["up", "refresh", "destroy"] as const).flatMap((operation) => [
      cost("floor", operation),
      cost("ours", operation),
    ]);
    return [`${before} → ${bindings}`, ...cells];
  });
  return {
    title: "Milliseconds for each further binding",
    columns,
    rows,
  };
}

const owners = {
  package: "this package",
  sdk: "Tencent SDK and valibot",
  host: "Pulumi's host: gRPC, protobuf",
  node: "Node.js itself, loading included",
  collector: "garbage collector",
} as const;

/** undefined: the processor was idle. */
function ownerOf(url: string, name: string): string | undefined {
  if (name === "(idle)" || name === "(root)") return undefined;
  if (name === "(garbage collector)") return owners.collector;
  if (/pulumi-tencentcloud-lvb[/\\]dist/.test(url)) return owners.package;
  if (/[/\\]node_modules[/\\](@pulumi|@grpc|google-protobuf|long|protobufjs|source-map|require-from-string)/.test(url))
    return owners.host;
  if (url.includes("node_modules")) return owners.sdk;
  return owners.node;
}

function placeOf(url: string): string {
  return url.replace(/^.*[/\\]dist[/\\]/, "").replaceAll("\\", "/");
}

/** The time in each function itself, added up by key. */
function milliseconds(
  { nodes, samples, timeDeltas }: CpuProfile,
  keyOf: (frame: CpuProfile["nodes"][number]["callFrame"], name: string) => string | undefined,
): Record<string, number> {
  const keys = new Map(nodes.map(({ id, callFrame }) => [id, keyOf(callFrame, callFrame.functionName)]));
  const total: Record<string, number> = {};
  for (const [index, node] of samples.entries()) {
    const key = keys.get(node);
    if (key !== undefined) total[key] = (total[key] ?? 0) + (timeDeltas[index] ?? 0) / 1000;
  }
  return total;
}

function profileTable(
  title: string,
  measured: Readonly<Record<string, Record<string, number>>>,
  steps: readonly number[],
  most: number,
): Table {
  const last = Object.entries(measured[steps.at(-1) ?? 0] ?? {}).sort(([, a], [, b]) => b - a);
  return {
    title,
    columns: ["", ...steps.map((bindings) => `${bindings} bindings`)],
    rows: last
      .slice(0, most)
      .map(([key]) => [key, ...steps.map((bindings) => (measured[bindings]?.[key] ?? 0).toFixed(0))]),
  };
}
