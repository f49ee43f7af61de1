// Once per run: the package is built, packed and installed from its tarball into a fresh project, and the Pulumi CLI is
// found or made. Every test then uses what a user gets, never the sources or a link to them.
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { installTarball } from "../../tools/packedPackage.mts";
import { findOrMakePulumiCli } from "../../tools/pulumi-cli/pulumi-cli.mts";

declare module "vitest" {
  export interface ProvidedContext {
    e2e: {
      /** Temporary folder of the whole run. */
      folder: string;
      /** The installed packages that all projects share. */
      nodeModules: string;
      /** The folder of the Pulumi CLI. */
      cli: string;
    };
  }
}

export default async function setup(project: TestProject): Promise<() => void> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "pulumi-tencentcloud-lvb-e2e-")));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    const cli = await findOrMakePulumiCli();
    const template = await installTarball(folder);
    project.provide("e2e", { folder, nodeModules: join(template, "node_modules"), cli });
    return remove;
  } catch (error) {
    remove();
    throw error;
  }
}
