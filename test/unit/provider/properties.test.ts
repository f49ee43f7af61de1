import { expect, test } from "vitest";
import { isSet, sameValue } from "../../../provider/properties.ts";

const unset = [undefined, null, "", []];

test("undefined, null, empty text and an empty list are equal", () => {
  for (const left of unset) {
    expect(isSet(left)).toBe(false);
    for (const right of unset) expect(sameValue(left, right)).toBe(true);
    for (const right of ["a", ["a"], 0, false]) {
      expect(sameValue(left, right)).toBe(false);
      expect(sameValue(right, left)).toBe(false);
      expect(isSet(right)).toBe(true);
    }
  }
});

test("lists are compared as sets", () => {
  expect(sameValue(["error", "warning"], ["warning", "error"])).toBe(true);
  expect(sameValue(["error", "error"], ["error"])).toBe(true);
  expect(sameValue(["error"], ["error", "warning"])).toBe(false);
  expect(sameValue(["error"], "error")).toBe(false);
  expect(sameValue(["a,b"], ["a", "b"])).toBe(false);
});

test("texts are compared exactly, but an id may be a number", () => {
  expect(sameValue("https://a.example/x", "https://a.example/x")).toBe(true);
  expect(sameValue("https://a.example/x", "https://a.example/X")).toBe(false);
  expect(sameValue("a", "a ")).toBe(false);
  expect(sameValue("1001", 1001)).toBe(true);
  expect(sameValue("[]", [])).toBe(false);
});
