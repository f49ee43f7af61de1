/** The files of a Pulumi project that `import` writes: a new project, or one file more in an existing one. */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, extname, join, resolve } from "node:path";
import { CommandFailure } from "../failure";
import { ownPackage } from "../ownPackage";
import { projectSetting, upward } from "../stack/project";

/** What is written: file names in the project's folder, with their text; `added` is put at the end of a file. */
export interface ProjectFiles {
  written: Readonly<Record<string, string>>;
  added: Readonly<Record<string, string>>;
}

/** A whole project, for a folder that holds none. */
export function newProject(folder: string, program: string): ProjectFiles {
  const name = basename(resolve(folder)).replace(/[^A-Za-z0-9_.-]+/g, "-") || "live-callbacks";
  const manifest = {
    name: name.toLowerCase(),
    private: true,
    dependencies: {
      "@pulumi/pulumi": ownPackage.peerDependencies["@pulumi/pulumi"],
      "pulumi-tencentcloud-lvb": `^${ownPackage.version}`,
    },
    // The SDK's own peer range; with TypeScript 7 it cannot run a program written in TypeScript.
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
      "Pulumi.yaml": `name: ${name}\ndescription: Callback templates of Tencent Cloud LVB and their bindings\nruntime: nodejs\n`,
      "package.json": `${JSON.stringify(manifest, null, 2)}\n`,
      "tsconfig.json": `${JSON.stringify({ compilerOptions, include: ["*.ts"] }, null, 2)}\n`,
      ".gitignore": "node_modules/\n",
      "index.ts": program,
    },
    added: {},
  };
}

/** One file more, which the main file of the program loads; where there is none yet, the main file itself. */
export function addedToProject(folder: string, program: string): ProjectFiles {
  const main = mainFile(folder);
  if (main === undefined) return { written: { [join(programFolder(folder), "index.ts")]: program }, added: {} };
  const text = readFileSync(join(folder, main), "utf8");
  if (text === "" && extname(main) === ".ts") return { written: {}, added: { [main]: program } };
  const place = dirname(main);
  const module = freeName(join(folder, place));
  const kind = extname(main);
  const isModule = kind === ".mjs" || (/\.[jt]s$/.test(main) && manifestAbove(join(folder, place)).type === "module");
  // The program is JavaScript too. What JavaScript modules import, nothing compiles for them.
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

/** Writes them; nothing that exists is overwritten. */
export function writeFiles(folder: string, { written, added }: ProjectFiles): void {
  mkdirSync(folder, { recursive: true });
  const taken = Object.keys(written).filter((file) => existsSync(join(folder, file)));
  // One that is there already serves as well.
  const own = taken.filter((file) => file !== ".gitignore");
  if (own.length > 0) {
    throw new CommandFailure(`${folder} holds ${own.join(", ")} already. Next: choose another --out DIR`);
  }
  for (const [file, text] of Object.entries(written)) {
    if (!taken.includes(file)) writeFileSync(join(folder, file), text, { flag: "wx" });
  }
  for (const [file, text] of Object.entries(added)) appendFileSync(join(folder, file), text);
}

/** Whether there is no program yet, or an empty one, as `import` leaves it in a new project until everything else is there. */
export function isBlank(folder: string): boolean {
  const main = mainFile(folder);
  return main === undefined || readFileSync(join(folder, main), "utf8") === "";
}

/** Whether the program and the provider process would find their packages from this folder. */
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

/** The file that Pulumi runs, from the project's folder: what `main` of Pulumi.yaml or of package.json names, or an index. */
function mainFile(folder: string): string | undefined {
  const place = programFolder(folder);
  const { main } = manifest(join(folder, place));
  const indexes = ["index.ts", "index.js", "index.mjs", "index.cjs"];
  return [projectSetting(folder, "main"), ...[main, ...indexes].map((file) => file && join(place, file))].find(
    (file) => file !== undefined && /\.[mc]?[jt]s$/.test(file) && existsSync(join(folder, file)),
  );
}

/** Where the program is, from the project's folder; there the provider process runs too. */
export function programFolder(folder: string): string {
  const main = projectSetting(folder, "main") ?? "";
  return existsSync(join(folder, main)) && statSync(join(folder, main)).isDirectory() ? main : dirname(main);
}

/** The nearest package.json, which decides what a file is. */
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
