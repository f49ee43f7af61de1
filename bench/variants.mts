// The installed package and copies of it in which one file differs, each as a user's project would find it.
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";

export const packageName = "pulumi-tencentcloud-lvb";

/** What takes the place of the runtime in the package; undefined: nothing. */
const runtimes = {
  /** Handlers that return constants and make no call: what the engine itself takes. */
  floor: "floorRuntime.cjs",
  /** The package as it is. */
  ours: undefined,
  /** One list for each read, and one after each write. */
  describePerResource: "describePerResourceRuntime.cjs",
} as const;

export type Variant = keyof typeof runtimes;

/** How tables name them. */
export const variantNames: Readonly<Record<Variant, string>> = {
  floor: "floor",
  ours: "this package",
  describePerResource: "one describe per resource",
};

/**
 * Makes the `node_modules` of a variant. Each has a copy of the package of its own, and links to the packages that all
 * share: what differs is one file, not where the rest lies.
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
  const runtime = runtimes[variant];
  if (runtime !== undefined) {
    copyFileSync(join(import.meta.dirname, runtime), join(nodeModules, packageName, "dist", "provider", "runtime.js"));
  }
  return nodeModules;
}
