// After the compiler: takes out of dist/ what no installed package needs – comments (the types keep theirs), indentation, the
// long names of local variables, and the copy of __importStar in each file. Names that others see stay. Run again on its own
// result it changes nothing.
// Also copies the page of the emulator, in the same way.
// CommonJS, since `npm ci` runs it with whatever Node.js there is.
const { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } = require("node:fs");
const { extname, join, resolve } = require("node:path");
const { minify } = require("terser");

const dist = resolve(__dirname, "../dist");

/** The compiler wraps each `import * as` in it, for the sake of default imports. A namespace of named exports needs none. */
const importStar = /^var __createBinding = [\s\S]+?^var __importStar = [\s\S]+?^\}\)\(\);$/m;

async function slim() {
  for (const path of readdirSync(dist, { recursive: true })) {
    if (!path.endsWith(".js")) continue;
    const file = join(dist, path);
    const text = readFileSync(file, "utf8");
    const plain = text.replace(importStar, "").replaceAll("__importStar(require(", "(require(");
    const { code } = await minify(plain, { compress: false, toplevel: true, keep_classnames: true, keep_fnames: true });
    if (code !== text) writeFileSync(file, code);
  }
}

/** How each kind of file of the page gets smaller. */
const shorten = {
  ".mjs": async (text) =>
    (await minify(text, { module: true, ecma: 2020, compress: { passes: 3, unsafe_arrows: true } })).code,
  ".css": (text) =>
    text
      .replace(/\/\*.*?\*\//gs, "")
      .replace(/\s+/g, " ")
      .replace(/ ?([{};,>]) ?/g, "$1")
      .replace(/: /g, ":")
      .replaceAll(";}", "}"),
  ".html": (text) => text.replace(/\n\s*/g, "\n"),
  ".svg": (text) => text,
};

async function copyPage() {
  const [from, to] = [resolve(__dirname, "../emulator/console"), join(dist, "emulator/console")];
  mkdirSync(to, { recursive: true });
  for (const file of readdirSync(from)) {
    const make = shorten[extname(file)];
    if (!make) continue;
    const text = await make(readFileSync(join(from, file), "utf8"));
    const copy = join(to, file);
    if (!existsSync(copy) || readFileSync(copy, "utf8") !== text) writeFileSync(copy, text);
  }
}

Promise.all([slim(), copyPage()]).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
