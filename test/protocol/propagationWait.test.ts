// The wait for the propagation window. Every limit here comes from the changes themselves: no call of the API is made.
import { afterAll, beforeAll, expect, test } from "vitest";
import { longAgo } from "./fixtures.ts";
import { ProviderProcess, type Resource } from "./providerProcess.ts";

let provider: ProviderProcess;
let waits: Resource;

const urn = "urn:pulumi:test::lvb-protocol::pulumi-nodejs:dynamic/tencentcloud-lvb:PropagationWait::live";

beforeAll(async () => {
  // No credentials and no account.
  provider = await ProviderProcess.start();
  waits = provider.resource("PropagationWait");
});

afterAll(() => provider.stop());

function change(effectiveInMs: number) {
  const instant = (ms: number) => new Date(Date.now() + ms).toISOString();
  return {
    changedAt: instant(0),
    earliestEffectiveAt: instant(effectiveInMs / 2),
    effectiveAt: instant(effectiveInMs),
  };
}

test("is created when the latest change is in effect, and shows its progress beside the resource", async () => {
  const last = change(1_500);
  const { id, outs } = await waits.make({ changes: [longAgo, last, null], __urn: urn });
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(last.effectiveAt));
  expect(id).toBe("propagation");
  expect(outs).toEqual({ changes: [longAgo, last, null], effectiveAt: last.effectiveAt, __provider: waits.text });
  expect(provider.engineLines).toContainEqual({
    severity: "info",
    message: expect.stringMatching(/^propagating: in effect everywhere in \d s$/),
    urn,
    ephemeral: true,
  });
  expect(provider.engineLines).toContainEqual(
    expect.objectContaining({ message: expect.stringMatching(/^settling: /) }),
  );
  expect(provider.engineLines.filter(({ ephemeral }) => !ephemeral)).toEqual([]);
});

test("is updated when a later change is in effect", async () => {
  const last = change(300);
  const state = { changes: [longAgo], effectiveAt: longAgo.effectiveAt };
  const { outs } = await waits.update("propagation", state, { changes: [longAgo, last], __urn: urn });
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(last.effectiveAt));
  expect(outs.effectiveAt).toBe(last.effectiveAt);
});

test("does not wait for what is in effect, nor for nothing", async () => {
  const lines = provider.engineLines.length;
  expect((await waits.make({ changes: [longAgo], __urn: urn })).outs.effectiveAt).toBe(longAgo.effectiveAt);
  expect((await waits.make({ changes: [], __urn: urn })).outs.changes).toEqual([]);
  expect(provider.engineLines).toHaveLength(lines);
});

test("refuses to wait more than a day", async () => {
  await expect(waits.make({ changes: [change(25 * 3_600_000)], __urn: urn })).rejects.toThrow(/check the clock/);
});

test("stays as it is over a refresh, and owns nothing to delete", async () => {
  const state = { changes: [longAgo], effectiveAt: longAgo.effectiveAt };
  expect(await waits.read("propagation", state)).toEqual({
    id: "propagation",
    props: { ...state, __provider: waits.text },
    inputs: undefined,
  });
  await waits.delete("propagation", state);
});

test("prints nothing on the console", () => {
  expect(provider.stdout + provider.stderr).not.toMatch(/propagating|settling|\n\s+at /);
});
