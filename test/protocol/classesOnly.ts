// Tests that run only for the classes, not for the plugin: the options `import` and `replaceOnChanges`, which the engine
// itself handles for a plugin, and modules that are loaded one by one.
import { describe, test } from "vitest";
import { host } from "./providerProcess.ts";

type Define = (name: string, body: () => void | Promise<void>) => void;

const ofClasses = host() === "dynamic";

export const classesTest: Define = ofClasses ? (name, body) => test(name, body) : () => {};
export const classesDescribe: (name: string, body: () => void) => void = ofClasses
  ? (name, body) => describe(name, body)
  : () => {};
/** Cases that only the classes have. */
export const classesCases = <Case>(cases: readonly Case[]): readonly Case[] => (ofClasses ? cases : []);
