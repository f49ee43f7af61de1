// The wait for the propagation window. All its times come from the changes: it makes no API call.
import { afterAll, beforeAll, expect, test } from "vitest";
import { longAgo } from "./fixtures.ts";
import { ProviderProcess, type Resource } from "./providerProcess.ts";

let provider: ProviderProcess;
let waits: Resource;

const urnOfWait = "urn:pulumi:test::lvb-protocol::pulumi-nodejs:dynamic/tencentcloud-lvb:PropagationWait::live";

beforeAll(async () => {
  // Without credentials or an account.
  provider = await ProviderProcess.start();
  waits = provider.resource("PropagationWait");
  await waits.check({}, { changes: [] });
});

afterAll(() => provider.stop());

/** A change in effect everywhere in so many milliseconds, and in some places since `settling`, if that is set. */
function change(effectiveInMs: number, settling?: string) {
  const effectiveAt = new Date(Date.now() + effectiveInMs).toISOString();
  return { changedAt: longAgo.changedAt, earliestEffectiveAt: settling ?? effectiveAt, effectiveAt };
}

test.each([
  ["propagating", undefined],
  ["settling", longAgo.changedAt],
])(
  "is created once the latest change is in effect, and until then shows %s beside the resource",
  async (state, since) => {
    const urn = `${urnOfWait}-${state}`;
    const last = change(1_500, since);
    const { id, outs } = await waits.make({ changes: [longAgo, last, null], __urn: urn });
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(last.effectiveAt));
    expect(id).toBe("propagation");
    expect(outs).toEqual({ changes: [longAgo, last, null], effectiveAt: last.effectiveAt, __provider: waits.text });
    const message = expect.stringMatching(new RegExp(`^${state}: in effect everywhere in \\d s$`));
    const lines = provider.engineLines.filter((line) => line.urn === urn);
    expect(lines[0]).toEqual({ severity: "info", message, urn, ephemeral: true });
    expect(lines.every(({ ephemeral }) => ephemeral)).toBe(true);
  },
);

test("is updated once a later change is in effect", async () => {
  const last = change(300);
  const state = { changes: [longAgo], effectiveAt: longAgo.effectiveAt };
  const { outs } = await waits.update("propagation", state, { changes: [longAgo, last], __urn: urnOfWait });
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(last.effectiveAt));
  expect(outs.effectiveAt).toBe(last.effectiveAt);
});

test("doesn't wait if all changes are in effect, or without changes", async () => {
  const lines = provider.engineLines.length;
  expect((await waits.make({ changes: [longAgo], __urn: urnOfWait })).outs.effectiveAt).toBe(longAgo.effectiveAt);
  expect((await waits.make({ changes: [], __urn: urnOfWait })).outs.changes).toEqual([]);
  expect(provider.engineLines).toHaveLength(lines);
});

test("refuses to wait more than a day", async () => {
  await expect(waits.make({ changes: [change(25 * 3_600_000)], __urn: urnOfWait })).rejects.toThrow(/check the clock/);
});

test("doesn't change on a refresh, and deletes nothing", async () => {
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
