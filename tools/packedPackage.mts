// The package as a user gets it: built, packed and installed from its tarball into a new project, never the sources or a
// link to them. End-to-end tests and measurements use it.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { run } from "./pulumi-cli/process.mts";

const repository = resolve(import.meta.dirname, "..");

/** Creates a project in `folder` with the tarball among its packages, and returns the project's folder. */
export async function installTarball(folder: string): Promise<string> {
  await npm(["run", "build"], repository);
  const tarball = await packTarball(folder);
  const { name, devDependencies } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
  const template = join(folder, "template");
  mkdirSync(template);
  const manifest = {
    name: "template",
    private: true,
    dependencies: {
      "@pulumi/pulumi": devDependencies["@pulumi/pulumi"],
      typescript: devDependencies.typescript,
      [name]: `file:${tarball}`,
    },
  };
  writeFileSync(join(template, "package.json"), JSON.stringify(manifest));
  await npm(["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"], template);
  return template;
}

/** Packs the current build into a folder, and returns the tarball. */
export async function packTarball(folder: string): Promise<string> {
  await npm(["pack", "--ignore-scripts", "--pack-destination", folder], repository);
  const { name, version } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
  return join(folder, `${name}-${version}.tgz`);
}

/** A file of the tarball. */
export interface PackedFile {
  /** From the package's root. */
  path: string;
  /** In bytes, unpacked. */
  size: number;
}

/** The files that a tarball of the current build would have. */
export async function packedFiles(): Promise<PackedFile[]> {
  const listing: unknown = JSON.parse(await npm(["pack", "--dry-run", "--json", "--ignore-scripts"], repository));
  // A list of packages, or since npm 12 an object by name.
  const [packed] = Object.values(listing as Record<string, { files: PackedFile[] }>);
  if (packed === undefined) throw new Error("npm pack lists no package");
  return packed.files.map(({ path, size }) => ({ path, size }));
}

/** `npm run` names its npm; otherwise the one on PATH. */
export const npmCommand: readonly [string, ...string[]] = process.env.npm_execpath?.endsWith(".js")
  ? [process.execPath, process.env.npm_execpath]
  : ["npm"];

function npm(args: string[], cwd: string): Promise<string> {
  const [program, ...first] = npmCommand;
  return command(program, [...first, ...args], cwd);
}

async function command(program: string, args: string[], cwd: string): Promise<string> {
  const { exitCode, stdout, output } = await run(program, args, { cwd, timeoutMs: 300_000 });
  if (exitCode !== 0) {
    throw new Error(`${program} ${args.join(" ")} failed:\n${output}`);
  }
  return stdout;
}
