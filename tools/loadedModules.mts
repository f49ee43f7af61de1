// The modules that a provider process has loaded for us, for the test that limits them and for the page that justifies
// them: our own files one by one, and those of each dependency together.
import { statSync } from "node:fs";

export interface LoadedGroup {
  /** Our file, from the package's root, or the name of a dependency. */
  name: string;
  modules: number;
  bytes: number;
}

const ownFile = /[/\\]pulumi-tencentcloud-lvb[/\\](dist[/\\].+)$/;
/** The last one counts: packages may be nested. */
const packageOf = /.*[/\\]node_modules[/\\]((?:@[^/\\]+[/\\])?[^/\\]+)/;

/** In the order of their first loading. */
export function groupModules(files: readonly string[]): LoadedGroup[] {
  const groups = new Map<string, LoadedGroup>();
  for (const file of files) {
    const name = (ownFile.exec(file)?.[1] ?? packageOf.exec(file)?.[1] ?? file).replaceAll("\\", "/");
    const group = groups.get(name) ?? { name, modules: 0, bytes: 0 };
    groups.set(name, { name, modules: group.modules + 1, bytes: group.bytes + statSync(file).size });
  }
  return [...groups.values()];
}
