// What only the classes have, so that it is not tested over the plugin: their options `import` and `replaceOnChanges`, which
// for the plugin the engine itself answers, and modules that are loaded one by one.
import { describe, test } from "vitest";
import { host } from "./providerProcess.ts";

type Define = (name: string, body: () => void | Promise<void>) => void;

const ofClasses = host() === "dynamic";

export const classesTest: Define = ofClasses ? (name, body) => test(name, body) : () => {};
export const classesDescribe: (name: string, body: () => void) => void = ofClasses
  ? (name, body) => describe(name, body)
  : () => {};
/** Cases of which some are of the classes alone. */
export const classesCases = <Case>(cases: readonly Case[]): readonly Case[] => (ofClasses ? cases : []);
