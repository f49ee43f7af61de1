// The timing of a wait, with a fake clock.
import { expect, onTestFinished, test, vi } from "vitest";
import { openBorder } from "../../../provider/border.ts";
import type { Configuration } from "../../../provider/live/settings.ts";
import { createRuntime } from "../../../provider/runtime.ts";

test("a wait shows its progress every fifteen seconds, every five in the last minute", async () => {
  const start = Date.parse("2026-01-02T03:04:05Z");
  vi.useFakeTimers({ now: start });
  onTestFinished(() => void vi.useRealTimers());
  const told: [second: number, text: string, urn: string | undefined][] = [];
  const progress = (text: string, urn: string | undefined) => told.push([(Date.now() - start) / 1000, text, urn]);
  const waits = createRuntime({ env: {}, report: { info: () => {}, warn: () => {}, progress } }).load(
    "PropagationWait",
  );

  const changedAt = new Date(start - 60_000).toISOString();
  const effectiveAt = new Date(start + 88_000).toISOString();
  const done = waits.create({ changes: [{ changedAt, earliestEffectiveAt: changedAt, effectiveAt }], __urn: "urn" });
  await vi.advanceTimersByTimeAsync(88_000);
  expect(await done).toMatchObject({ outs: { effectiveAt } });
  const text = (left: string) => `settling: in effect everywhere in ${left}`;
  expect(told).toEqual([
    [0, text("1 min 28 s"), "urn"],
    [15, text("1 min 13 s"), "urn"],
    [30, text("58 s"), "urn"],
    ...[53, 48, 43, 38, 33, 28, 23, 18, 13, 8, 3].map((left) => [88 - left, text(`${left} s`), "urn"]),
  ]);
});

test("the last minute includes 60 s left, and a day is the longest wait", async () => {
  vi.useFakeTimers({ now: Date.parse("2026-01-02T03:04:05Z") });
  onTestFinished(() => void vi.useRealTimers());
  const told: string[] = [];
  const report = { info: () => {}, warn: () => {}, progress: (text: string) => told.push(text) };
  const waits = createRuntime({ env: {}, report }).load("PropagationWait");
  const wait = (seconds: number) => {
    const effectiveAt = new Date(Date.now() + 1000 * seconds).toISOString();
    return waits.create({ changes: [{ changedAt: effectiveAt, earliestEffectiveAt: effectiveAt, effectiveAt }] });
  };
  const minute = wait(60);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(told).toEqual(["1 min 0 s", "55 s"].map((left) => `propagating: in effect everywhere in ${left}`));
  await vi.advanceTimersByTimeAsync(55_000);
  await minute;
  const day = wait(86_400);
  await vi.advanceTimersByTimeAsync(86_400_000);
  await day;
  await expect(wait(86_401)).rejects.toThrow(/more than a day ahead\. Next: check the clock/);
});

test("an interrupt ends the wait, and no other begins", async () => {
  vi.useFakeTimers({ now: Date.parse("2026-01-02T03:04:05Z") });
  onTestFinished(() => void vi.useRealTimers());
  const interrupted = new AbortController();
  const report = { info: () => {}, warn: () => {}, progress: () => {} };
  const configuration = (): Configuration => ({ namespace: "tencentcloud-lvb", get: () => undefined });
  const waits = openBorder({ env: {}, report, configuration, cancelled: interrupted.signal })("PropagationWait");
  const wait = () => {
    const effectiveAt = new Date(Date.now() + 60_000).toISOString();
    return waits.create({ changes: [{ changedAt: effectiveAt, earliestEffectiveAt: effectiveAt, effectiveAt }] });
  };
  const message =
    /the run was interrupted; the changes take effect at 2026-01-02T03:05:05.*Next: `pulumi up` continues/;
  const running = expect(wait()).rejects.toThrow(message);
  await vi.advanceTimersByTimeAsync(0);
  interrupted.abort();
  await running;
  await expect(wait()).rejects.toThrow(message);
  expect(vi.getTimerCount()).toBe(0);
});
