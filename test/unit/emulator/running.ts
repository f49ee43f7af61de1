import { onTestFinished } from "vitest";
import type { Emulator, EmulatorOptions } from "../../../emulator/index.ts";
import { startEmulator } from "../../../emulator/index.ts";

/** An emulator that stops at the end of the test. */
export async function running(options?: EmulatorOptions): Promise<Emulator> {
  const emulator = await startEmulator(options);
  onTestFinished(() => emulator.stop());
  return emulator;
}

// biome-ignore lint/suspicious/noExplicitAny: each path has an answer of its own shape.
type Answer = { status: number; body: any };

/** Sends a request to the admin interface. A body that isn't text is sent as JSON. */
export async function admin({ url }: Emulator, method: string, path: string, body?: unknown): Promise<Answer> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const answer = await fetch(`${url}/_emulator/${path}`, { method, ...(body !== undefined && { body: text }) });
  return { status: answer.status, body: await answer.json() };
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
