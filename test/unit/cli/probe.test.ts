import { expect, test } from "vitest";
import { type Dialects, dialects } from "../../../emulator/index.ts";
import { account, probed } from "./probing.ts";

/** What nobody can ask without a stream. */
const ofRecords = ["recordRequest", "recordRetries", "recordFailure", "recordLag"];
const everyValue = Object.entries(dialects)
  .filter(([name]) => !ofRecords.includes(name))
  .flatMap(([name, { values }]) => (values ?? [0, 300]).map((value) => ({ [name]: value }) as Partial<Dialects>));

/** All that can be observed on an emulator that is set so. */
function observable(set: Partial<Dialects>): Record<string, unknown> {
  const all = Object.entries(dialects).map(([name, dialect]) => [name, dialect.default]);
  const value: Partial<Dialects> & Record<string, unknown> = { ...Object.fromEntries(all), ...set };
  const hidden = [
    ...ofRecords,
    ...(value.chinaFields === "refused" ? ["exceptionLevelWord"] : []),
    // No edit takes a URL away.
    ...(value.omittedOnModify === "kept" && value.emptyOnModify === "ignored" ? ["lastUrl"] : []),
  ];
  for (const name of hidden) delete value[name];
  return value;
}

test.each(everyValue)("%j is observed, and nothing is left", async (set) => {
  const of = await account({ dialects: set });
  const before = of.emulator.state();
  const { observed, differences, left, dialects: rows } = await probed(of);
  const { readLag, ...expected } = observable(set);
  expect(observed).toEqual({ ...expected, readLag: expect.any(Number) });
  expect(Math.abs(Number(observed.readLag) - Number(readLag))).toBeLessThanOrEqual(0.2 * Number(readLag));
  expect(differences).toEqual([]);
  expect(left).toEqual([]);
  expect(of.emulator.state()).toEqual(before);
  for (const row of Object.values(rows)) expect(row.observed === null).toBe(row.why !== null);
});
