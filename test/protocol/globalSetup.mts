// Once per run: builds the package, and creates a small Pulumi project in which it resolves as in a user's.
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
      /** The folder of the project, without credentials. */
      project: string;
      /** Whether the calls go to the classes or to the plugin. */
      host: "dynamic" | "plugin";
      /** The SDK's dynamic-provider process, or the plugin. */
      providerProcess: string;
      /** A process that starts the plugin's server as often as requested. */
      pluginOfManyRuns: string;
      /** Loaded into that process first. Reports the modules that it has loaded. */
      moduleReporter: string;
    };
  }
}

const repository = resolve(import.meta.dirname, "../..");

export default async function setup(project: TestProject): Promise<() => void> {
  // In node_modules, so that the package finds its dependencies. A copy, so that a later build changes nothing here.
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
    // The report of `npm run coverage` reads these files again.
    if (!covered) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
}

function compile(...options: string[]): void {
  execFileSync(process.execPath, [join(repository, "node_modules/typescript/bin/tsc"), ...options], {
    cwd: repository,
    stdio: ["ignore", "inherit", "inherit"],
  });
}
