// Which of a large set of cases runs: `npm test` runs some of every kind, `npm run test:deep` runs the others, in each
// file that imports this one and in each file named *.deep.test.ts.
import { describe, test } from "vitest";

export const deep = process.env.TEST_DEPTH === "deep";

/** In `npm test` the first few cases, or those that a condition chooses; in `npm run test:deep` the others. */
export function some<Case>(cases: readonly Case[], quick: number | ((item: Case, index: number) => boolean)): Case[] {
  const isQuick = typeof quick === "number" ? (_: Case, index: number) => index < quick : quick;
  return cases.filter((item, index) => isQuick(item, index) !== deep);
}

/** In `npm test` one case of each kind; in `npm run test:deep` all, for what is said of them together. */
export function oneOfEach<Case>(cases: readonly Case[], kindOf: (item: Case) => string): Case[] {
  if (deep) return [...cases];
  const seen = new Set<string>();
  return cases.filter((item) => {
    const kind = kindOf(item);
    return !seen.has(kind) && Boolean(seen.add(kind));
  });
}

/** How many of `count` random cases run, and from which seed: the second part must not repeat the first. */
export function share(count: number, quick: number, seed: number): { runs: number; seed: number } {
  return deep ? { runs: count - quick, seed: seed + 1000 } : { runs: quick, seed };
}

type Define = (name: string, body: () => void | Promise<void>) => void;

// Defined in one part alone, so that the other counts nothing as skipped.
export const quickTest: Define = deep ? () => {} : (name, body) => test(name, body);
export const deepTest: Define = deep ? (name, body) => test(name, body) : () => {};
export const quickDescribe: (name: string, body: () => void) => void = deep
  ? () => {}
  : (name, body) => describe(name, body);
export const deepDescribe: (name: string, body: () => void) => void = deep
  ? (name, body) => describe(name, body)
  : () => {};
