// After the compiler: takes out of dist/ what no installed package needs – comments (the types keep theirs), indentation and
// the long names of local variables. Names that others see stay. Run again on its own result it changes nothing.
// CommonJS, since `npm ci` runs it with whatever Node.js there is.
const { readdirSync, readFileSync, writeFileSync } = require("node:fs");
const { join, resolve } = require("node:path");
const { minify } = require("terser");

const dist = resolve(__dirname, "../dist");

async function slim() {
  for (const path of readdirSync(dist, { recursive: true })) {
    if (!path.endsWith(".js")) continue;
    const file = join(dist, path);
    const text = readFileSync(file, "utf8");
    const { code } = await minify(text, { compress: false, keep_classnames: true, keep_fnames: true });
    if (code !== text) writeFileSync(file, code);
  }
}

slim().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
