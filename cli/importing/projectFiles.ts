/** The files that `import` writes: a new Pulumi project, or one more file in an existing project. */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, extname, join, resolve } from "node:path";
import { CommandFailure } from "../failure";
import { ownPackage } from "../ownPackage";
import { projectSetting, upward, usesPlugin } from "../stack/project";

/** File names in the project's folder, with their text. `written` are new files; `added` is appended to existing ones. */
export interface ProjectFiles {
  written: Readonly<Record<string, string>>;
  added: Readonly<Record<string, string>>;
}

/** A whole project, for a folder without one. */
export function newProject(folder: string, program: string): ProjectFiles {
  const name =
    basename(resolve(folder))
      .replace(/[^A-Za-z0-9_.-]+/g, "-")
      .replace(/^[-.]+|[-.]+$/g, "") || "live-callbacks";
  const manifest = {
    name: name.toLowerCase(),
    private: true,
    dependencies: {
      "@pulumi/pulumi": ownPackage.peerDependencies["@pulumi/pulumi"],
      "pulumi-tencentcloud-lvb": `^${ownPackage.version}`,
    },
    // The SDK's own peer range: it cannot run TypeScript programs with TypeScript 7.
    devDependencies: { typescript: "<7" },
  };
  const compilerOptions = {
    strict: true,
    target: "es2022",
    module: "nodenext",
    moduleResolution: "nodenext",
    noEmit: true,
  };
  return {
    written: {
      "Pulumi.yaml": `name: ${JSON.stringify(name)}\ndescription: Callback templates of Tencent Cloud LVB and their bindings\nruntime: nodejs\n`,
      "package.json": `${JSON.stringify(manifest, null, 2)}\n`,
      "tsconfig.json": `${JSON.stringify({ compilerOptions, include: ["*.ts"] }, null, 2)}\n`,
      ".gitignore": "node_modules/\n",
      "index.ts": program,
    },
    added: {},
  };
}

/** One more file, which the program's main file loads. Without a main file, it becomes the main file. */
export function addedToProject(folder: string, program: string): ProjectFiles {
  const main = mainFile(folder);
  if (main === undefined) return { written: { [join(programFolder(folder), "index.ts")]: program }, added: {} };
  const text = readFileSync(join(folder, main), "utf8");
  if (text === "" && extname(main) === ".ts") return { written: {}, added: { [main]: program } };
  const place = dirname(main);
  const module = freeName(join(folder, place));
  const kind = extname(main);
  const isModule = kind === ".mjs" || (/\.[jt]s$/.test(main) && manifestAbove(join(folder, place)).type === "module");
  // The text is also valid JavaScript. A JavaScript module can't load a `.ts` file, since nothing compiles it.
  const file = `${module}${isModule && kind !== ".ts" ? kind : ".ts"}`;
  const line = !isModule
    ? kind === ".ts"
      ? `import "./${module}";`
      : `require("./${file}");`
    : `import "./${kind === ".ts" ? `${module}.js` : file}";`;
  return {
    written: { [join(place, file)]: program },
    added: { [main]: `${text.endsWith("\n") || text === "" ? "" : "\n"}${line}\n` },
  };
}

/** Writes the files, and never overwrites one. */
export function writeFiles(folder: string, { written, added }: ProjectFiles): void {
  mkdirSync(folder, { recursive: true });
  const taken = Object.keys(written).filter((file) => existsSync(join(folder, file)));
  // An existing .gitignore is fine.
  const own = taken.filter((file) => file !== ".gitignore");
  if (own.length > 0) {
    throw new CommandFailure(`${folder} already contains ${own.join(", ")}. Next: choose another --out DIR`);
  }
  for (const [file, text] of Object.entries(written)) {
    if (!taken.includes(file)) writeFileSync(join(folder, file), text, { flag: "wx" });
  }
  for (const [file, text] of Object.entries(added)) appendFileSync(join(folder, file), text);
}

/** Whether there is no program yet, or an empty one. In a new project `import` writes the program last. */
export function isBlank(folder: string): boolean {
  // Pulumi.yaml may be the program, and other languages have many files.
  if (usesPlugin(folder)) return false;
  const main = mainFile(folder);
  return main === undefined || readFileSync(join(folder, main), "utf8") === "";
}

/** Whether the program and the provider process can find their packages from this folder. */
export function packagesResolve(folder: string): boolean {
  const find = createRequire(join(resolve(folder), programFolder(folder), "index.js"));
  return ["@pulumi/pulumi", "pulumi-tencentcloud-lvb/runtime"].every((name) => {
    try {
      return find.resolve(name) !== "";
    } catch {
      return false;
    }
  });
}

/** The file that Pulumi runs, relative to the project's folder: `main` of Pulumi.yaml or package.json, or an index file. */
function mainFile(folder: string): string | undefined {
  const place = programFolder(folder);
  const { main } = manifest(join(folder, place));
  const indexes = ["index.ts", "index.js", "index.mjs", "index.cjs"];
  return [projectSetting(folder, "main"), ...[main, ...indexes].map((file) => file && join(place, file))].find(
    (file) => file !== undefined && /\.[mc]?[jt]s$/.test(file) && existsSync(join(folder, file)),
  );
}

/** The folder of the program and of the provider process, relative to the project's folder. */
export function programFolder(folder: string): string {
  const main = projectSetting(folder, "main") ?? "";
  return existsSync(join(folder, main)) && statSync(join(folder, main)).isDirectory() ? main : dirname(main);
}

/** The nearest package.json, which decides whether a file is a module. */
function manifestAbove(folder: string): ReturnType<typeof manifest> {
  return manifest(upward(folder).find((at) => existsSync(join(at, "package.json"))) ?? folder);
}

function manifest(folder: string): { main?: string; type?: string } {
  const file = join(folder, "package.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
}

function freeName(folder: string): string {
  const files = new Set(readdirSync(folder));
  for (let number = 1; ; number++) {
    const name = `lvbCallbacks${number === 1 ? "" : number}`;
    if (![".ts", ".js", ".mjs"].some((extension) => files.has(`${name}${extension}`))) return name;
  }
}
