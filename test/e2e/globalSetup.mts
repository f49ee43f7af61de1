// Once per run: the package is built, packed and installed from its tarball into a fresh project, and the Pulumi CLI is
// found or made. Every test then uses what a user gets, never the sources or a link to them.
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { TestProject } from "vitest/node";
import { run } from "../../tools/pulumi-cli/process.mts";
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

const repository = resolve(import.meta.dirname, "../..");

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

async function installTarball(folder: string): Promise<string> {
  await command(process.execPath, [join(repository, "node_modules/typescript/bin/tsc"), "--build"], repository);
  await npm(["pack", "--ignore-scripts", "--pack-destination", folder], repository);
  const { name, version, devDependencies } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
  const template = join(folder, "template");
  mkdirSync(template);
  const manifest = {
    name: "template",
    private: true,
    dependencies: {
      "@pulumi/pulumi": devDependencies["@pulumi/pulumi"],
      typescript: devDependencies.typescript,
      [name]: `file:${join(folder, `${name}-${version}.tgz`)}`,
    },
  };
  writeFileSync(join(template, "package.json"), JSON.stringify(manifest));
  await npm(["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"], template);
  return template;
}

/** `npm test` says which npm runs it; `vitest` alone uses the one on PATH. */
function npm(args: string[], cwd: string): Promise<void> {
  const script = process.env.npm_execpath;
  return script?.endsWith(".js") ? command(process.execPath, [script, ...args], cwd) : command("npm", args, cwd);
}

async function command(program: string, args: string[], cwd: string): Promise<void> {
  const { exitCode, output } = await run(program, args, { cwd, timeoutMs: 300_000 });
  if (exitCode !== 0) {
    throw new Error(`${program} ${args.join(" ")} failed:\n${output}`);
  }
}
