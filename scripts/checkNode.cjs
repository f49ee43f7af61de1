// Loaded before every script (`node -r`), in plain JavaScript: an older Node.js cannot even read them, and npm
// falls back to it silently where the install script of the `node` development dependency was not allowed to run.
const needed = require("../package.json").engines.node.match(/\d+/g).map(Number);
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  console.error(
    `This needs Node.js ${needed.join(".")} or later, and runs on ${process.version} (${process.execPath}).\n` +
      "`npm ci` installs one into node_modules: run it again, and see that it allows the install script of `node`\n" +
      "(allowScripts in package.json; `npm rebuild node` makes up for it).",
  );
  process.exit(1);
}
