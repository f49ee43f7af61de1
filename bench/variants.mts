// The installed package, and copies of it in which a file differs, each as in a user's project.
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";

export const packageName = "pulumi-tencentcloud-lvb";

/** The replacements of files of the package, in `dist/provider`. */
const replaced = {
  /** Our classes, with handlers that return constants and make no call: the cost of the engine and the classes. */
  floor: { "runtime.js": "floorRuntime.cjs" },
  /** The unchanged package. */
  ours: {},
  /** The classes of version 0.1.0. */
  firstVersion: { "index.js": "firstVersionClasses.cjs" },
  /** Neither our classes nor our handlers. */
  dynamicResource: { "index.js": "dynamicResourceClasses.cjs" },
  /** One list for each read, and one after each write. */
  describePerResource: { "runtime.js": "describePerResourceRuntime.cjs" },
} as const satisfies Record<string, Record<string, string>>;

export type Variant = keyof typeof replaced;

/** Their names in tables. */
export const variantNames: Readonly<Record<Variant, string>> = {
  floor: "floor",
  ours: "this package",
  firstVersion: "version 0.1.0",
  dynamicResource: "`dynamic.Resource`, no calls",
  describePerResource: "one describe per resource",
};

/**
 * Creates the `node_modules` of a variant: with its own copy of the package, and links to the packages that all share. So
 * variants differ only in a file.
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
