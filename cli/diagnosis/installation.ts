/** Checks the installation: Node.js, the Pulumi CLI, and the packages or the plugin of the project. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { ownPackage } from "../ownPackage";
import { minimumCli, type Project, upward } from "../stack/project";
import { ok, problem, type Verdict, warning } from "./finding";

const minimumNode = oldestOf(ownPackage.engines.node);
const minimumSdk = oldestOf(ownPackage.peerDependencies["@pulumi/pulumi"] ?? "");

export function nodeVersion(version: string): Verdict {
  if (atLeast(version, minimumNode)) return ok(version);
  return problem(`${version} is too old`, `install Node.js ${minimumNode} or newer`);
}

export function cliVersion(version: string): Verdict {
  if (atLeast(version, minimumCli)) return ok(version);
  return warning(version, `\`import\` needs ${minimumCli} or newer`);
}

export function sdkVersion(folder: string): Verdict {
  const version = packageVersion("@pulumi/pulumi", folder);
  if (version === undefined) return problem("@pulumi/pulumi is not installed", "npm install @pulumi/pulumi");
  if (!atLeast(version, minimumSdk))
    return problem(`${version} is too old`, `npm install @pulumi/pulumi@^${minimumSdk}`);
  return ok(version);
}

/** The provider process runs in the folder of the project or of its main file, and looks for packages from there upward. */
export function packageFound(folder: string): Verdict {
  const own = ownPackage.version;
  try {
    createRequire(join(folder, "index.js")).resolve("pulumi-tencentcloud-lvb/runtime");
  } catch {
    return problem(
      "pulumi-tencentcloud-lvb cannot be resolved from the project's folder",
      "make it a direct dependency of the project (npm install pulumi-tencentcloud-lvb); with Yarn use the node-modules linker",
    );
  }
  const version = packageVersion("pulumi-tencentcloud-lvb", folder) ?? "unknown";
  return version === own
    ? ok(version)
    : warning(`${version} in the project, ${own} here`, "run the project's own command: npx pulumi-tencentcloud-lvb");
}

/** Where the engine finds the plugin: at the path in Pulumi.yaml, on PATH, or among the installed plugins. */
export async function pluginFound(project: Project): Promise<Verdict> {
  const { path, installed } = await project.plugin();
  if (path !== undefined) return ok(`${path} (from Pulumi.yaml)`);
  const name = `pulumi-resource-tencentcloud-lvb${process.platform === "win32" ? ".exe" : ""}`;
  const onPath = (process.env.PATH ?? "").split(delimiter).find((place) => place && existsSync(join(place, name)));
  if (onPath) return ok(join(onPath, name));
  if (installed !== undefined) return ok(installed || "installed");
  return problem(
    "tencentcloud-lvb is not installed",
    "pulumi plugin install resource tencentcloud-lvb VERSION --file ARCHIVE (docs/languages.md)",
  );
}

/** The SDK loads the project's TypeScript to run programs. Version 7 doesn't work: its main export is only a version. */
export function typescript(folder: string): Verdict {
  const version = packageVersion("typescript", folder);
  if (version === undefined) return ok("none installed: the SDK brings its own");
  if (!atLeast(version, "7.0.0")) return ok(version);
  const inTypeScript =
    existsSync(folder) && readdirSync(folder).some((file) => /\.[mc]?ts$/.test(file) && !file.endsWith(".d.ts"));
  if (!inTypeScript) return ok(`${version}; no program here needs it`);
  return problem(
    `${version}: Pulumi's SDK cannot run a TypeScript program with it`,
    'npm install --save-dev "typescript@<7", or compile the program and run the JavaScript',
  );
}

function packageVersion(name: string, folder: string): string | undefined {
  const files = upward(folder).map((at) => join(at, "node_modules", name, "package.json"));
  const file = files.find((path) => existsSync(path));
  return file === undefined ? undefined : String(JSON.parse(readFileSync(file, "utf8")).version);
}

/** The oldest version of a range such as `>=22.21`. */
function oldestOf(range: string): string {
  return range.replace(/^\D+/, "");
}

function atLeast(version: string, minimum: string): boolean {
  const numbers = (text: string) => text.split(/[.-]/).slice(0, 3).map(Number);
  const [actual, least] = [numbers(version), numbers(minimum)];
  for (const [index, wanted] of least.entries()) {
    const found = actual[index] ?? 0;
    if (found !== wanted) return found > wanted;
  }
  return true;
}
