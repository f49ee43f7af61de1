// After the compiler: takes out of dist/ what no installed package needs – comments (the types keep theirs), indentation, the
// long names of local variables, and the copy of __importStar in each file. Names that others see stay. Run again on its own
// result it changes nothing.
// CommonJS, since `npm ci` runs it with whatever Node.js there is.
const { readdirSync, readFileSync, writeFileSync } = require("node:fs");
const { join, resolve } = require("node:path");
const { minify } = require("terser");

const dist = resolve(__dirname, "../dist");

/** The compiler wraps each `import * as` in it, for the sake of default imports. A namespace of named exports needs none. */
const importStar = /^var __createBinding = [\s\S]+?^var __importStar = [\s\S]+?^\}\)\(\);$/m;

/** What the compiler writes begins so; what is slim already is one line. */
const compiled = /^(#!.*\r?\n)?"use strict";\r?\n/;

/** Not what hides the names of exports from Node.js where a module of the other kind imports them (cjs-module-lexer). */
const compress = { passes: 2, sequences: false, booleans: false };

async function slim() {
  for (const path of readdirSync(dist, { recursive: true })) {
    if (!path.endsWith(".js")) continue;
    const file = join(dist, path);
    const text = readFileSync(file, "utf8");
    if (!compiled.test(text)) continue;
    const plain = text.replace(importStar, "").replaceAll("__importStar(require(", "(require(");
    const { code } = await minify(plain, { compress, toplevel: true, keep_classnames: true });
    writeFileSync(file, code);
  }
}

slim().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
