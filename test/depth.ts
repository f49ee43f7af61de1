// Selects cases: `npm test` runs some of every kind, `npm run test:deep` the others, in each file that imports this one
// and in each file named *.deep.test.ts.
import { describe, test } from "vitest";

export const deep = process.env.TEST_DEPTH === "deep";

/** In `npm test`, the first few cases or those that match a condition; in `npm run test:deep`, the others. */
export function some<Case>(cases: readonly Case[], quick: number | ((item: Case, index: number) => boolean)): Case[] {
  const isQuick = typeof quick === "number" ? (_: Case, index: number) => index < quick : quick;
  return cases.filter((item, index) => isQuick(item, index) !== deep);
}

/** In `npm test`, one case of each kind; in `npm run test:deep`, all, since a test needs them together. */
export function oneOfEach<Case>(cases: readonly Case[], kindOf: (item: Case) => string): Case[] {
  if (deep) return [...cases];
  const seen = new Set<string>();
  return cases.filter((item) => {
    const kind = kindOf(item);
    return !seen.has(kind) && Boolean(seen.add(kind));
  });
}

/** The number of random cases, and the seed. The second part must not repeat the first. */
export function share(count: number, quick: number, seed: number): { runs: number; seed: number } {
  return deep ? { runs: count - quick, seed: seed + 1000 } : { runs: quick, seed };
}

type Define = (name: string, body: () => void | Promise<void>) => void;

// Defined in only one part, so that the other part doesn't report skipped tests.
export const quickTest: Define = deep ? () => {} : (name, body) => test(name, body);
export const deepTest: Define = deep ? (name, body) => test(name, body) : () => {};
export const quickDescribe: (name: string, body: () => void) => void = deep
  ? () => {}
  : (name, body) => describe(name, body);
export const deepDescribe: (name: string, body: () => void) => void = deep
  ? (name, body) => describe(name, body)
  : () => {};
