// The plugin as one JavaScript file with all its dependencies.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";

const repository = resolve(import.meta.dirname, "..");

export const pluginVersion: string = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")).version;

export async function bundlePlugin(outfile: string, entry = "plugin/index.ts"): Promise<void> {
  const schema = JSON.parse(readFileSync(join(repository, "plugin/schema.json"), "utf8"));
  await build({
    entryPoints: [join(repository, entry)],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    // Not the identifiers: with names kept, each closure costs a call at run time; without, stacks are unreadable.
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: "error",
    define: {
      PLUGIN_VERSION: JSON.stringify(pluginVersion),
      PLUGIN_SCHEMA: JSON.stringify(JSON.stringify({ ...schema, version: pluginVersion })),
    },
  });
}
