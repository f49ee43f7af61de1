import { onTestFinished } from "vitest";
import type { Emulator, EmulatorOptions } from "../../../emulator/index.ts";
import { startEmulator } from "../../../emulator/index.ts";

/** An emulator that stops at the end of the test. */
export async function running(options?: EmulatorOptions): Promise<Emulator> {
  const emulator = await startEmulator(options);
  onTestFinished(() => emulator.stop());
  return emulator;
}

/** A clock that only `advance` moves. */
export function stoppedClock(start = Date.parse("2026-01-02T03:04:05Z")) {
  let now = start;
  return {
    read: () => now,
    advance: (seconds: number) => {
      now += seconds * 1000;
    },
  };
}

/** A minimal template. */
export const template = { TemplateId: 7, TemplateName: "seven", StreamBeginNotifyUrl: "https://example.com/begin" };

export const rule = { DomainName: "push.example.com", AppName: "live", TemplateId: 7 };
