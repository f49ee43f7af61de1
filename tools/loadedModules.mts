// Which modules a provider process has loaded on our behalf, for the test that they do not creep and for the page that
// justifies them: our own files one by one, those of each dependency together.
import { statSync } from "node:fs";

export interface LoadedGroup {
  /** A file of ours from the package's root, or the name of a dependency. */
  name: string;
  modules: number;
  bytes: number;
}

const ownFile = /[/\\]pulumi-tencentcloud-lvb[/\\](dist[/\\].+)$/;
/** The last one counts: packages may be nested. */
const packageOf = /.*[/\\]node_modules[/\\]((?:@[^/\\]+[/\\])?[^/\\]+)/;

/** In the order in which they were loaded first. */
export function groupModules(files: readonly string[]): LoadedGroup[] {
  const groups = new Map<string, LoadedGroup>();
  for (const file of files) {
    const name = (ownFile.exec(file)?.[1] ?? packageOf.exec(file)?.[1] ?? file).replaceAll("\\", "/");
    const group = groups.get(name) ?? { name, modules: 0, bytes: 0 };
    groups.set(name, { name, modules: group.modules + 1, bytes: group.bytes + statSync(file).size });
  }
  return [...groups.values()];
}
