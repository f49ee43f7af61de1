// Mistakes in a program: the CLI shows their positions, although the stack traces of the SDK's promises are left out.
import { expect, test } from "vitest";
import { account, onStack, program, stack } from "./account.ts";

onStack();

test.each([
  [
    "an apply that throws",
    `const { templateName } = new lvb.CallbackTemplate("t", { templateName: "t", recordNotifyUrl: url });
     templateName.apply(function inTheProgram() { throw new Error("out of order"); });`,
    /out of order.*at inTheProgram \(.*index\.js:\d+:\d+\)/s,
  ],
  [
    "an input that never comes",
    `new lvb.CallbackTemplate("t", { recordNotifyUrl: new Promise(() => {}) });`,
    /"t" \[.*CallbackTemplate\] was waiting for the value of its input property "recordNotifyUrl"/,
  ],
])("the CLI shows where the mistake is: %s", async (_mistake, body, says) => {
  stack.setProgram(program(body));
  const { exitCode, output } = await stack.pulumi("preview");
  expect(exitCode).not.toBe(0);
  expect(output).toMatch(says);
  expect(account.emulator.requests()).toEqual([]);
});
