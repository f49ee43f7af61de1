// After the compiler: takes out of dist/ what no installed package needs – comments (the types keep theirs), indentation, the
// long names of local variables. Names that others see stay. The command line and the emulator become one file each; of the
// provider, a preview loads only some files. Also writes the page of the emulator. Run again on its own result it changes nothing.
// CommonJS, since `npm ci` runs it with whatever Node.js there is.
const { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } = require("node:fs");
const { join, relative, resolve, sep } = require("node:path");
const { build } = require("esbuild");
const { minify } = require("terser");

const repository = resolve(__dirname, "..");
const dist = join(repository, "dist");

/** The compiler wraps each `import * as` in it, for the sake of default imports. A namespace of named exports needs none. */
const importStar = /^var __createBinding = [\s\S]+?^var __importStar = [\s\S]+?^\}\)\(\);$/m;

/** What the compiler writes begins so; what is slim already is one line. */
const compiled = /^(#!.*\r?\n)?"use strict";\r?\n/;

/** Not what hides the names of exports from Node.js where a module of the other kind imports them (cjs-module-lexer). */
const compress = { passes: 2, sequences: false, booleans: false };

async function slim() {
  await Promise.all([bundle("cli"), bundle("emulator")]);
  for (const path of readdirSync(dist, { recursive: true })) {
    if (!/^(provider|receiver)\b.*\.js$/.test(path)) continue;
    const file = join(dist, path);
    const text = readFileSync(file, "utf8");
    if (!compiled.test(text)) continue;
    const plain = text.replace(importStar, "").replaceAll("__importStar(require(", "(require(");
    const { code } = await minify(plain, { compress, toplevel: true, keep_classnames: true });
    writeFileSync(file, code);
  }
}

/** One file of a folder's sources; what it imports of the others stays where it is. */
function bundle(folder) {
  const own = join(repository, folder);
  const otherFolders = {
    name: "other folders",
    setup({ onResolve }) {
      onResolve({ filter: /^\.\.?(\/|$)/ }, ({ path, resolveDir }) => {
        const target = resolve(resolveDir, path).replace(/\.js$/, "");
        if (target === own || target.startsWith(own + sep)) return undefined;
        const file = existsSync(`${target}.ts`) ? `${target}.js` : join(target, "index.js");
        return { path: `../${relative(repository, file).replaceAll(sep, "/")}`, external: true };
      });
    },
  };
  return build({
    entryPoints: [join(own, "index.ts")],
    outfile: join(dist, folder, "index.js"),
    bundle: true,
    minify: true,
    platform: "node",
    target: "node22",
    packages: "external",
    plugins: [otherFolders],
    logLevel: "error",
  });
}

/** The page: its script in one file, as its styles are. */
async function writePage() {
  const [from, to] = [join(repository, "emulator/console"), join(dist, "emulator/console")];
  const { outputFiles } = await build({
    entryPoints: [join(from, "console.mjs"), join(from, "console.css")],
    outdir: to,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
    logLevel: "error",
  });
  mkdirSync(to, { recursive: true });
  for (const { path, text } of outputFiles) {
    const script = { module: true, ecma: 2020, compress: { passes: 3, unsafe_arrows: true } };
    writeFileSync(path, path.endsWith(".css") ? text : (await minify(text, script)).code);
  }
  for (const file of ["index.html", "icon.svg"]) cpSync(join(from, file), join(to, file));
}

Promise.all([slim(), writePage()]).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
