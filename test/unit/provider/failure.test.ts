// The error that a user reads after a failed call.
import { expect, test } from "vitest";
import { failed, isKind, isUncertain } from "../../../provider/handlers/failure.ts";
import { type ErrorKind, LiveError } from "../../../provider/live/errors.ts";

const again = "run the same command again";

test.each<[ErrorKind, string, string]>([
  ["invalid", "refused", "it was not created: refused"],
  [
    "ambiguous",
    "lost",
    `it may or may not have been created: lost. Next: ${again}; it checks first and does nothing twice`,
  ],
  ["transient", "busy", `it was not created: busy. Next: ${again}; nothing was done`],
  ["transient", "no way. Next: check the proxy", "it was not created: no way. Next: check the proxy"],
])("a failure of kind %s (%s) says what was done and what to do", (kind, message, read) => {
  const cause = new LiveError(message, { kind });
  const failure = failed("it", "created", cause);
  expect(failure).toMatchObject({ message: read, kind, cause });
  expect(isUncertain(failure)).toBe(kind !== "invalid");
  expect(isKind(failure, kind)).toBe(true);
});

test("an error that doesn't come from the API is passed on, and has no kind", () => {
  const defect = Object.assign(new TypeError("defect"), { kind: "ambiguous" as const });
  expect(failed("it", "created", defect)).toBe(defect);
  expect(failed("it", "created", "text")).toEqual(new Error("text"));
  expect([isUncertain(defect), isKind(defect, "ambiguous")]).toEqual([false, false]);
});
