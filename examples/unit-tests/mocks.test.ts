// Tests the inputs of the program without engine, provider and network, in milliseconds.
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, expect, test } from "vitest";
import { lvbMocks } from "./lvbMocks";

let program: typeof import("./index");

beforeAll(async () => {
  await pulumi.runtime.setMocks(lvbMocks, "lvb-unit-tests", "prod");
  pulumi.runtime.setAllConfig({ "lvb-unit-tests:callbackKey": "testKey1" }, ["lvb-unit-tests:callbackKey"]);
  // Only now, since the program creates its resources while it is loaded.
  program = await import("./index");
});

/** Returns the value of an output. */
function resolved<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

test("production events go to the production host", async () => {
  const { streamBeginNotifyUrl, streamEndNotifyUrl } = program.template;
  expect(await resolved(streamBeginNotifyUrl)).toBe("https://callbacks.example.com/lvb");
  expect(await resolved(streamEndNotifyUrl)).toBe("https://callbacks.example.com/lvb");
});

test("the production domain is bound to the template", async () => {
  expect(await resolved(program.binding.domainName)).toBe("push.example.com");
  expect(await resolved(program.binding.templateId)).toBe("id of live-events");
});

test("the callback key is a secret", async () => {
  expect(await pulumi.isSecret(program.template.callbackKey)).toBe(true);
});

test("what waits for the callbacks knows when they are in effect, and under which name", async () => {
  expect(await resolved(program.effectiveAt)).toBe("2026-01-01T00:10:00.000Z");
  expect(await resolved(program.templateName)).toBe("live-events");
});
