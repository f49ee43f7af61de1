// Where the account is kept from one run of the emulator to the next.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { UsageError } from "./errors";
import type { EmulatorState } from "./store";

interface StoredState extends EmulatorState {
  nextTemplateId: number;
}

/** What is in the file; undefined if there is none. */
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

/** In one step, so that a killed emulator leaves the former state or the new one. It holds callback keys: for its owner only. */
export function writeStateFile(path: string, state: StoredState): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
    renameSync(temporary, path);
  } catch (error) {
    throw new UsageError(`state file ${path} cannot be written: ${error instanceof Error ? error.message : error}`);
  }
}
