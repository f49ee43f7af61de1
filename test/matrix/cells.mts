// The tested combinations: every Node.js with every SDK and kind of program under npm, and every package manager with the
// newest of both.
import { join } from "node:path";
import { npmCommand } from "../../tools/packedPackage.mts";
import type { ProgramName } from "./programs.mts";

/** Node.js by major version, as npm packages. */
export const nodes: Readonly<Record<string, string>> = { 22: "22.23.3", 24: "^24.0.0", 26: "^26.0.0" };

/** The oldest SDK that is supported, one in the middle, the newest. */
const sdks = ["3.216.0", "3.243.0", "3.276.0"] as const;

/** A package manager. */
interface ManagerTool {
  /** Its npm packages. Default: the npm that runs this script. */
  packages?: Record<string, string>;
  /** The packages that need their install script. */
  allowScripts?: Record<string, boolean>;
  /** Its command, given the folder of those packages. */
  command(nodeModules: string): string[];
  /** Files that it reads in the project. */
  settings?: Record<string, string>;
}

const npm = () => [...npmCommand];

export type Manager = "npm" | "npm workspaces" | "pnpm" | "yarn" | "bun";

export const managers: Readonly<Record<Manager, ManagerTool>> = {
  npm: { command: npm },
  "npm workspaces": { command: npm },
  pnpm: {
    packages: { pnpm: "10.34.8" },
    command: (nodeModules) => [process.execPath, join(nodeModules, "pnpm/bin/pnpm.cjs")],
  },
  yarn: {
    packages: { "@yarnpkg/cli-dist": "4.18.1" },
    command: (nodeModules) => [process.execPath, join(nodeModules, "@yarnpkg/cli-dist/bin/yarn.js")],
    // Pulumi's launcher can't resolve Plug'n'Play.
    settings: {
      ".yarnrc.yml": "nodeLinker: node-modules\nenableTelemetry: false\nenableImmutableInstalls: false\n",
      "yarn.lock": "",
    },
  },
  bun: {
    packages: { bun: "1.4.5" },
    // The script installs the binary of this platform.
    allowScripts: { bun: true },
    command: (nodeModules) => [join(nodeModules, "bun/bin/bun.exe")],
  },
};

/** One combination. */
export interface Cell {
  name: string;
  node: string;
  sdk: string;
  program: ProgramName;
  manager: Manager;
  /** Set if it is documented not to work: a text of the failure, and its footnote in docs/versions.md. */
  refused: { because: string; note: string } | undefined;
}

/** All combinations, or a few with each version once. */
export function cells({ slice }: { slice: boolean }): Cell[] {
  const [oldest, middle, newest] = sdks;
  if (slice) {
    return [
      cell("22", oldest, "TypeScript 5", "npm"),
      cell("24", middle, "JavaScript", "pnpm"),
      cell("26", newest, "ESM", "npm"),
    ];
  }
  const kinds = [
    "TypeScript 5",
    "TypeScript 6",
    "JavaScript",
    "ESM",
    "compiled by TypeScript 7",
    "TypeScript 7",
  ] as const;
  return [
    ...Object.keys(nodes).flatMap((node) => sdks.flatMap((sdk) => kinds.map((kind) => cell(node, sdk, kind, "npm")))),
    ...(["npm workspaces", "pnpm", "yarn", "bun"] as const).flatMap((manager) =>
      (["TypeScript 6", "JavaScript", "two accounts"] as const).map((kind) => cell("24", newest, kind, manager)),
    ),
    cell("24", newest, "two accounts", "npm"),
  ];
}

function cell(node: string, sdk: string, program: ProgramName, manager: Manager): Cell {
  return {
    name: `Node.js ${node}, SDK ${sdk}, ${program}, ${manager}`,
    node,
    sdk,
    program,
    manager,
    refused: refusal(sdk, program),
  };
}

function refusal(sdk: string, program: ProgramName): Cell["refused"] {
  if (program === "TypeScript 7") return { because: "ERESOLVE", note: "¹" };
  if (program === "TypeScript 6" && sdk === sdks[0]) return { because: "ERESOLVE", note: "²" };
  return undefined;
}
