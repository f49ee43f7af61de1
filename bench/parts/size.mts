// The size of the package: its tarball, its dependencies, and a resource in the state. Exact, so tests assert it.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { packedFiles } from "../../tools/packedPackage.mts";
import type { Context } from "../context.mts";
import type { Result } from "../results.mts";
import { packageName } from "../variants.mts";

const goalBytes = 360_000;

export async function measureSize(context: Context): Promise<Result> {
  const files = await packedFiles();
  const folders: Record<string, number> = {};
  for (const { path, size } of files) {
    const folder = path.startsWith("dist/") ? path.split("/").slice(0, 2).join("/") : "other files";
    const what = path.endsWith(".d.ts") ? `${folder}: types` : folder;
    folders[what] = (folders[what] ?? 0) + size;
  }
  const total = files.reduce((bytes, { size }) => bytes + size, 0);
  const dependencies = Object.fromEntries(
    [...closure(context.installed)].map(([name, folder]) => [name, bytesOf(folder)]),
  );
  const ofDependencies = Object.values(dependencies).reduce((bytes, size) => bytes + size, 0);
  const kB = (bytes: number) => (bytes / 1000).toFixed(0);
  const largest = Object.entries(dependencies).sort(([, a], [, b]) => b - a);
  return {
    name: "size",
    environment: context.environment,
    tables: [
      {
        title: "The tarball's own files, unpacked",
        columns: ["", "kB", "goal"],
        rows: [
          ...Object.entries(folders).map(([folder, bytes]) => [folder, kB(bytes), ""]),
          ["together", kB(total), `≤ ${kB(goalBytes)} kB: ${total <= goalBytes ? "met" : "missed"}`],
        ],
      },
      {
        title: "Its dependencies, unpacked",
        columns: ["", "kB"],
        rows: [
          ...largest.slice(0, 8).map(([name, bytes]) => [name, kB(bytes)]),
          [`together, ${largest.length} packages`, kB(ofDependencies)],
        ],
      },
    ],
    samples: { files: folders, dependencies },
  };
}

/** The packages that are installed with ours, and their folders. */
function closure(nodeModules: string): Map<string, string> {
  const found = new Map<string, string>();
  const add = (from: string, name: string) => {
    const nested = join(from, "node_modules", name);
    const folder = existsSync(nested) ? nested : join(nodeModules, name);
    if ([...found.values()].includes(folder) || !existsSync(folder)) return;
    found.set(found.has(name) ? `${name} (nested)` : name, folder);
    addAll(folder);
  };
  const addAll = (folder: string) => {
    const { dependencies = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    for (const name of Object.keys(dependencies)) add(folder, name);
  };
  addAll(join(nodeModules, packageName));
  return found;
}

/** All files of a package, without nested packages, which count separately. */
function bytesOf(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isFile()) bytes += statSync(path).size;
    else if (entry.isDirectory() && entry.name !== "node_modules") bytes += bytesOf(path);
  }
  return bytes;
}
