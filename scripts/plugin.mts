// `npm run plugin`: builds the plugin for this machine in dist-plugin/, and prints the path of its archive last.
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { makePlugin } from "./pluginArchive.mts";

const parent = resolve(import.meta.dirname, "../dist-plugin");
mkdirSync(parent, { recursive: true });
const { archive } = await makePlugin(parent);
console.log(archive);
