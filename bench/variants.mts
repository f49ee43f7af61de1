// The installed package and copies of it in which a file differs, each as a user's project would find it.
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";

export const packageName = "pulumi-tencentcloud-lvb";

/** What takes the place of files of the package, below `dist/provider`. */
const replaced = {
  /** Our classes, and handlers that return constants and make no call: what the engine and the classes take. */
  floor: { "runtime.js": "floorRuntime.cjs" },
  /** The package as it is. */
  ours: {},
  /** The classes of version 0.1.0. */
  firstVersion: { "index.js": "firstVersionClasses.cjs" },
  /** Neither our classes nor our handlers. */
  dynamicResource: { "index.js": "dynamicResourceClasses.cjs" },
  /** One list for each read, and one after each write. */
  describePerResource: { "runtime.js": "describePerResourceRuntime.cjs" },
} as const satisfies Record<string, Record<string, string>>;

export type Variant = keyof typeof replaced;

/** How tables name them. */
export const variantNames: Readonly<Record<Variant, string>> = {
  floor: "floor",
  ours: "this package",
  firstVersion: "version 0.1.0",
  dynamicResource: "`dynamic.Resource`, no calls",
  describePerResource: "one describe per resource",
};

/**
 * Makes the `node_modules` of a variant. Each has a copy of the package of its own, and links to the packages that all
 * share: what differs is a file, not where the rest lies.
 */
export function makeVariant(variant: Variant, installed: string, folder: string): string {
  const nodeModules = join(folder, variant, "node_modules");
  if (existsSync(nodeModules)) return nodeModules;
  mkdirSync(nodeModules, { recursive: true });
  for (const name of readdirSync(installed)) {
    if (name.startsWith(".") || name === packageName) continue;
    symlinkSync(join(installed, name), join(nodeModules, name), "junction");
  }
  cpSync(join(installed, packageName), join(nodeModules, packageName), { recursive: true });
  for (const [file, replacement] of Object.entries(replaced[variant])) {
    copyFileSync(join(import.meta.dirname, replacement), join(nodeModules, packageName, "dist", "provider", file));
  }
  return nodeModules;
}
