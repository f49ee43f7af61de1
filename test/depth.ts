// How much of a large set of cases runs. `npm test` runs some of every kind. `npm run test:deep` runs all of them: each file
// that imports this one, and each file named *.deep.test.ts.
import { describe, test } from "vitest";

export const deep = process.env.TEST_DEPTH === "deep";

/** All cases; in `npm test` only the first few, or those that a condition chooses. */
export function some<Case>(cases: readonly Case[], quick: number | ((item: Case, index: number) => boolean)): Case[] {
  if (deep) return [...cases];
  return cases.filter(typeof quick === "number" ? (_, index) => index < quick : quick);
}

/** One case of each kind in `npm test`. */
export function oneOfEach<Case>(cases: readonly Case[], kindOf: (item: Case) => string): Case[] {
  const seen = new Set<string>();
  return some(cases, (item) => {
    const kind = kindOf(item);
    return !seen.has(kind) && Boolean(seen.add(kind));
  });
}

type Define = (name: string, body: () => void | Promise<void>) => void;

/** Defined in `npm run test:deep` alone, so that `npm test` counts nothing as skipped. */
export const deepTest: Define = deep ? (name, body) => test(name, body) : () => {};
export const deepDescribe: (name: string, body: () => void) => void = deep
  ? (name, body) => describe(name, body)
  : () => {};
