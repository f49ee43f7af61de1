// Once per run: the package is built, and a small Pulumi project is made in which it resolves as in a user's.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { TestProject } from "vitest/node";
import { bundlePlugin } from "../../scripts/pluginBundle.mts";

declare module "vitest" {
  export interface ProvidedContext {
    protocol: {
      /** The folder of the project, without credentials of anybody. */
      project: string;
      /** Which border the calls come through: of the classes, or of the plugin. */
      host: "dynamic" | "plugin";
      /** The SDK's dynamic-provider process, or the plugin. */
      providerProcess: string;
      /** The plugin's server, as often as it is asked for. */
      pluginOfManyRuns: string;
      /** Loaded into that process first; tells which modules it has loaded. */
      moduleReporter: string;
    };
  }
}

const repository = resolve(import.meta.dirname, "../..");

export default async function setup(project: TestProject): Promise<() => void> {
  // Below node_modules, so that the dependencies of the package are found. A copy: a later build changes nothing here.
  const cache = join(repository, "node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  const covered = Boolean(process.env.NODE_V8_COVERAGE);
  const folder = covered ? join(cache, `coverage-${project.name}`) : mkdtempSync(join(cache, "protocol-"));
  if (covered) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  const installed = join(folder, "node_modules/pulumi-tencentcloud-lvb");
  mkdirSync(installed, { recursive: true });
  if (covered) {
    // For `npm run coverage`: with source maps, which lead back to the sources wherever it lies.
    const sources = ["--inlineSourceMap", "--sourceRoot", pathToFileURL(repository).href];
    compile("--project", repository, "--outDir", join(installed, "dist"), "--incremental", "false", ...sources);
  } else {
    compile("--build");
    cpSync(join(repository, "dist"), join(installed, "dist"), { recursive: true });
  }
  cpSync(join(repository, "package.json"), join(installed, "package.json"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "lvb-protocol", private: true }));
  writeFileSync(join(folder, "Pulumi.yaml"), "name: lvb-protocol\nruntime: nodejs\n");
  const host = project.name.startsWith("plugin") ? "plugin" : "dynamic";
  const plugin = join(folder, "plugin.cjs");
  const pluginOfManyRuns = join(folder, "pluginOfManyRuns.cjs");
  if (host === "plugin") {
    await bundlePlugin(plugin);
    await bundlePlugin(pluginOfManyRuns, "test/protocol/pluginOfManyRuns.ts");
  }
  const dynamicProvider = createRequire(import.meta.url).resolve("@pulumi/pulumi/cmd/dynamic-provider/index.js");
  project.provide("protocol", {
    project: folder,
    host,
    providerProcess: host === "plugin" ? plugin : dynamicProvider,
    pluginOfManyRuns,
    moduleReporter: join(import.meta.dirname, "moduleReporter.cjs"),
  });
  return () => {
    // What has run is read once more for the report of `npm run coverage`.
    if (!covered) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
}

function compile(...options: string[]): void {
  execFileSync(process.execPath, [join(repository, "node_modules/typescript/bin/tsc"), ...options], {
    cwd: repository,
    stdio: ["ignore", "inherit", "inherit"],
  });
}
