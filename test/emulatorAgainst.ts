// Replaces the emulator while the tests run with `--against FILE`: it has the dialects of the file, unless a test sets its
// own.
import { readFileSync } from "node:fs";
import { readDialects } from "../emulator/dialects";
import { type Emulator, type EmulatorOptions, startEmulator as start } from "../emulator/index";

// Without an extension, since an import with one leads here.
export * from "../emulator/index";

const observed = readDialects(JSON.parse(readFileSync(process.env.EMULATOR_DIALECTS ?? "", "utf8")));

export function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  return start({ ...options, dialects: { ...observed, ...readDialects(options.dialects ?? {}) } });
}
