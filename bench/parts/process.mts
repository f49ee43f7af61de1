// The start of the provider process: its cost, and the modules that it loads.

import { groupModules, type LoadedGroup } from "../../tools/loadedModules.mts";
import { type Context, inTurn } from "../context.mts";
import { moduleReasons } from "../moduleReasons.mts";
import type { Result, Table } from "../results.mts";
import { median, spread } from "../statistics.mts";

const goals = { requireMs: 40, firstCallMs: 150 } as const;

export async function measureProcess(context: Context): Promise<Result> {
  const stack = await context.stack("ours", { templates: 1, bindings: 1 });
  const samples = { requireMs: [] as number[], firstCallMs: [] as number[] };
  let onPreview: string[] = [];
  let onFirstCall: string[] = [];
  try {
    await stack.up();
    for (let pair = 0; pair < context.options.pairs; pair++) {
      for (const operation of inTurn(["preview", "refresh"] as const, pair)) {
        const notes = await stack.probed(operation);
        if (operation === "preview") {
          samples.requireMs.push(notes.requireMs);
          onPreview = notes.modules;
        } else {
          samples.firstCallMs.push(notes.firstCallMs ?? Number.NaN);
          onFirstCall = notes.modulesAtFirstCall ?? [];
        }
      }
    }
  } finally {
    stack.dispose();
  }
  const row = (what: string, key: keyof typeof goals) => [
    what,
    spread(samples[key], 0),
    `≤ ${goals[key]} ms: ${median(samples[key]) <= goals[key] ? "met" : "missed"}`,
  ];
  return {
    name: "process",
    environment: { ...context.environment, pairs: context.options.pairs },
    tables: [
      {
        title: "First moments of the provider process",
        columns: ["", "milliseconds: median (least – most)", "goal"],
        rows: [
          row("`require` of all that check and diff need", "requireMs"),
          row("from there until the first API call is sent (refresh)", "firstCallMs"),
        ],
      },
      moduleTable("Modules on preview", groupModules(onPreview)),
      moduleTable(
        "Modules up to the first API call, besides those",
        groupModules(onFirstCall.filter((file) => !onPreview.includes(file))),
      ),
    ],
    samples,
  };
}

function moduleTable(title: string, groups: readonly LoadedGroup[]): Table {
  const total = { modules: 0, bytes: 0 };
  for (const { modules, bytes } of groups) {
    total.modules += modules;
    total.bytes += bytes;
  }
  const cells = ({ modules, bytes }: Omit<LoadedGroup, "name">) => [String(modules), (bytes / 1000).toFixed(1)];
  return {
    title,
    columns: ["", "modules", "kB", "why"],
    rows: [
      ...groups.map((group) => [`\`${group.name}\``, ...cells(group), moduleReasons[group.name] ?? "?"]),
      ["together", ...cells(total), ""],
    ],
  };
}
