// Once per run: builds and packs the package, installs the tarball into a new project, and finds or builds the Pulumi CLI.
// Every test then uses what a user gets, never the sources or a link to them.
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { makePlugin } from "../../scripts/pluginArchive.mts";
import { installTarball } from "../../tools/packedPackage.mts";
import { findOrMakePulumiCli } from "../../tools/pulumi-cli/pulumi-cli.mts";

declare module "vitest" {
  export interface ProvidedContext {
    e2e: {
      /** The temporary folder of the run. */
      folder: string;
      /** The installed packages, shared by all projects. */
      nodeModules: string;
      /** The folder of the Pulumi CLI. */
      cli: string;
      /** Whether programs use the classes or the plugin. */
      host: "dynamic" | "plugin";
      /** The folder of the plugin's executable, and its archive. */
      plugin: { folder: string; archive: string } | undefined;
    };
  }
}

export default async function setup(project: TestProject): Promise<() => void> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "pulumi-tencentcloud-lvb-e2e-")));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    const cli = await findOrMakePulumiCli();
    const template = await installTarball(folder);
    const host = project.name.startsWith("plugin") ? "plugin" : "dynamic";
    const plugin = host === "plugin" ? await makePlugin(folder) : undefined;
    project.provide("e2e", { folder, nodeModules: join(template, "node_modules"), cli, host, plugin });
    return remove;
  } catch (error) {
    remove();
    throw error;
  }
}
