// Keeps the account in a file between runs of the emulator.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { UsageError } from "./errors";
import type { EmulatorState } from "./store";

interface StoredState extends EmulatorState {
  nextTemplateId: number;
}

/** The content of the file; undefined if it doesn't exist. */
export function readStateFile(path: string): Record<string, unknown> | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return undefined;
    }
    throw new UsageError(`state file ${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
  try {
    const state: unknown = JSON.parse(text);
    return typeof state === "object" && state !== null ? { ...state } : {};
  } catch {
    throw new UsageError(`state file ${path} is not JSON`);
  }
}

/** Replaces the file in one step, so that a killed emulator leaves the old or the new state. Only the owner may read it: it contains callback keys. */
export function writeStateFile(path: string, state: StoredState): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
    renameSync(temporary, path);
  } catch (error) {
    throw new UsageError(`state file ${path} cannot be written: ${error instanceof Error ? error.message : error}`);
  }
}
