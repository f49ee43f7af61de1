import { describe, expect, test } from "vitest";
import { clockTime, columnWidths, duration } from "../../../cli/terminal.ts";

test.each([
  [0, "0s"],
  [1, "1s"],
  [59_000, "59s"],
  [59_001, "1m 00s"],
  [545_000, "9m 05s"],
  [3_720_000, "1h 02m"],
])("%d ms is written as %s", (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test("a time is written as short as its distance allows", () => {
  const at = (...parts: [number, number, number, number, number, number]) => new Date(...parts);
  const now = at(2026, 5, 15, 12, 0, 0).getTime();
  expect(clockTime(at(2026, 5, 15, 9, 5, 7).toISOString(), now)).toBe("09:05:07");
  expect(clockTime(at(2026, 5, 14, 9, 5, 7).toISOString(), now)).toBe("06-14 09:05");
  expect(clockTime(at(2025, 5, 14, 9, 5, 7).toISOString(), now)).toBe("2025-06-14");
});

describe("columns", () => {
  const rows = [["template", "\u76f4\u64ad\u56de\u8c03", "x".repeat(40)]];

  test("are as wide as the longest cell; a Chinese character counts as two", () => {
    expect(columnWidths(["A", "B", "C"], rows, [1, 2], undefined)).toEqual([8, 8, 40]);
  });

  test("shrink where possible until the table fits", () => {
    expect(columnWidths(["A", "B", "C"], rows, [1, 2], 50)).toEqual([8, 8, 30]);
    expect(columnWidths(["A", "B", "C"], rows, [1, 2], 10)).toEqual([8, 8, 20]);
  });
});
