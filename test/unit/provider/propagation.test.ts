import fc from "fast-check";
import { expect, test } from "vitest";
import {
  defaultPropagationSeconds,
  parseServerTime,
  propagationOf,
  propagationStatus,
  reconcilePropagation,
} from "../../../provider/propagation.ts";

const written = Date.parse("2026-01-02T03:04:05.000Z");
const minute = 60_000;
const change = propagationOf(written, defaultPropagationSeconds);

test("a change is in effect in some places after five minutes, everywhere after ten", () => {
  expect(change).toEqual({
    changedAt: "2026-01-02T03:04:05.000Z",
    earliestEffectiveAt: "2026-01-02T03:09:05.000Z",
    effectiveAt: "2026-01-02T03:14:05.000Z",
  });
});

test("the length of the window can be set", () => {
  expect(propagationOf(written, 3)).toEqual({
    changedAt: "2026-01-02T03:04:05.000Z",
    earliestEffectiveAt: "2026-01-02T03:04:06.500Z",
    effectiveAt: "2026-01-02T03:04:08.000Z",
  });
  const none = propagationOf(written, 0);
  expect(new Set(Object.values(none)).size).toBe(1);
  expect(propagationStatus(none, written)).toEqual({ state: "effective", remainingMs: 0 });
});

test.each([
  [0, "propagating", 10 * minute],
  [5 * minute - 1, "propagating", 5 * minute + 1],
  [5 * minute, "settling", 5 * minute],
  [10 * minute - 1, "settling", 1],
  [10 * minute, "effective", 0],
  [11 * minute, "effective", 0],
])("%d ms after the change, the state is %s", (after, state, remainingMs) => {
  expect(propagationStatus(change, written + after)).toEqual({ state, remainingMs });
  expect(propagationStatus(change, new Date(written + after))).toEqual({ state, remainingMs });
});

test("without a time, the status is that of now", () => {
  expect(propagationStatus(propagationOf(Date.now(), 600)).state).toBe("propagating");
  expect(propagationStatus(propagationOf(0, 600)).state).toBe("effective");
});

test("the latest of several changes decides", () => {
  const later = propagationOf(written + 7 * minute, 600);
  for (const both of [
    [change, later],
    [later, undefined, change],
  ]) {
    expect(propagationStatus(both, written + 10 * minute)).toEqual({ state: "propagating", remainingMs: 7 * minute });
    expect(propagationStatus(both, written + 12 * minute)).toEqual({ state: "settling", remainingMs: 5 * minute });
    expect(propagationStatus(both, written + 17 * minute)).toEqual({ state: "effective", remainingMs: 0 });
  }
});

test("without a known change, the state is effective", () => {
  for (const nothing of [undefined, [], [undefined]]) {
    expect(propagationStatus(nothing, written)).toEqual({ state: "effective", remainingMs: 0 });
  }
});

test.each([
  ["2018-09-12 15:52:01", "2018-09-12T07:52:01.000Z"],
  ["2022-05-16T10:59:38+08:00", "2022-05-16T02:59:38.000Z"],
  ["2022-05-16T10:59:38Z", "2022-05-16T10:59:38.000Z"],
  [" 2018-09-12 15:52:01 ", "2018-09-12T07:52:01.000Z"],
  ["2018-09-12 00:00:00", "2018-09-11T16:00:00.000Z"],
])("the server's time %s means %s", (text, instant) => {
  expect(parseServerTime(text)).toBe(Date.parse(instant));
});

test.each([
  "",
  "yesterday",
  "2018-09-12",
  "2018-09-12 15:52",
  "2018-13-12 15:52:01",
  "0000-00-00 00:00:00",
  "1536738721",
  "since 2018-09-12 15:52:01",
  "2018-09-12 15:52:01 at the latest",
  undefined,
  null,
  1_536_738_721,
])("%j is not a valid time of the server", (text) => {
  expect(parseServerTime(text)).toBeUndefined();
});

test("a server's time within two minutes of the stored one changes nothing", () => {
  for (const distance of [-2 * minute, -1, 0, 1000, 2 * minute]) {
    expect(reconcilePropagation(change, written + distance, 600)).toBe(change);
  }
  for (const distance of [-2 * minute - 1, 2 * minute + 1]) {
    expect(reconcilePropagation(change, written + distance, 600)).toEqual(propagationOf(written + distance, 600));
  }
});

test("a second refresh changes nothing", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: -3 * minute, max: 3 * minute }), (at, drift) => {
      const found = reconcilePropagation(propagationOf(at, 600), at + drift, 600);
      expect(reconcilePropagation(found, at + drift, 600)).toEqual(found);
    }),
  );
});

test("without a server's time the stored one stays; without a stored one the server's counts", () => {
  expect(reconcilePropagation(change, undefined, 600)).toBe(change);
  expect(reconcilePropagation(undefined, undefined, 600)).toBeUndefined();
  expect(reconcilePropagation(undefined, written, 600)).toEqual(change);
});

test("a stored change keeps its window when the setting changes", () => {
  expect(reconcilePropagation(change, written, 3)).toBe(change);
});
