// Random stacks, run by fast-check. A failure prints seed, path and replayPath. To repeat it:
// MODEL_SEED=… MODEL_PATH=… MODEL_REPLAY=… npx vitest run --project model test/model/lifecycles.0.test.ts
import fc from "fast-check";
import { onTestFinished } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/index.ts";
import { createRuntime } from "../../provider/runtime.ts";
import { share } from "../depth.ts";
import { anyCommand, anyDialects, anyProgram } from "./commands.ts";
import type { Provider } from "./engine.ts";
import { domainNames } from "./programs.ts";
import { type WatchedRun, watchCalls } from "./watch.ts";
import { World } from "./world.ts";

const { MODEL_SEED, MODEL_PATH, MODEL_REPLAY, MODEL_RUNS } = process.env;

/** The request timeout in seconds: short, since most other limits are multiples of it. */
const requestTimeout = "0.15";

/** The seed, the same in each run unless the environment sets one. */
export function seedOf(seed: number): { seed: number; path?: string } {
  return { seed: MODEL_SEED ? Number(MODEL_SEED) : seed, ...(MODEL_PATH ? { path: MODEL_PATH } : {}) };
}

/** A file's part of the stacks: 2 000, or as many as the environment sets. */
export function livesOf(file: number, files: number): { runs: number; seed: number } {
  const { runs, seed } = share(2_000, 120, 4 + file);
  return { runs: Math.ceil(Number(MODEL_RUNS ?? runs) / files), seed };
}

/** Starts a provider process on an account for a run of the engine. */
export type Start = (emulator: Emulator, run: WatchedRun, timeout: string) => Promise<Provider>;

/** Random stacks with at most `maxCommands` commands. Each ends with nothing left over, whatever went wrong before. */
export async function checkLifecycles(options: {
  runs: number;
  seed: number;
  maxCommands: number;
  start: Start;
  timeout?: string;
}): Promise<void> {
  const { runs, seed, maxCommands, start, timeout = requestTimeout } = options;
  const emulator = await startEmulator({ domains: [...domainNames] });
  onTestFinished(() => emulator.stop());
  const watch = watchCalls(emulator);
  // The first call of a process loads the SDK, which takes longer than the timeout.
  const first = await start(emulator, watch.begin([]), "5");
  await first.handlers.template.read("1", {}).catch(() => {});
  await first.stop();

  const commands = fc.commands(anyCommand, {
    maxCommands,
    size: "max",
    ...(MODEL_REPLAY ? { replayPath: MODEL_REPLAY } : {}),
  });
  const property = fc.asyncProperty(anyDialects(), anyProgram, commands, async (dialects, program, steps) => {
    const world = new World(emulator, watch, (run) => start(emulator, run, timeout));
    await world.begin(dialects);
    const model = { specs: new Map(), chinaFields: dialects.chinaFields === "accepted" };
    await fc.asyncModelRun(() => ({ model, real: world }), program);
    await fc.asyncModelRun(() => ({ model, real: world }), steps);
    await world.converge();
  });
  await fc.assert(property, { numRuns: runs, ...seedOf(seed) });
}

/** Each runtime counts as a process. */
export async function inProcess(emulator: Emulator, { token }: WatchedRun, timeout: string): Promise<Provider> {
  const told: string[] = [];
  const tell = (text: string) => {
    told.push(text);
  };
  const runtime = createRuntime({
    env: environment(emulator, token, timeout),
    report: { info: tell, warn: tell, progress: tell },
  });
  const load = (resource: "CallbackTemplate" | "DomainTemplateBinding") => {
    const handlers = runtime.load(resource);
    void handlers.configure({ config: { get: () => undefined } });
    return handlers;
  };
  return {
    handlers: { template: load("CallbackTemplate"), binding: load("DomainTemplateBinding") },
    told: () => told,
    stop: async () => {},
  };
}

export function environment(emulator: Emulator, token: string, timeout: string): Record<string, string> {
  return {
    TENCENTCLOUD_SECRET_ID: "emulator-id",
    TENCENTCLOUD_SECRET_KEY: "emulator-key",
    TENCENTCLOUD_SECURITY_TOKEN: token,
    TENCENTCLOUD_LVB_ENDPOINT: emulator.url,
    TENCENTCLOUD_LVB_REQUEST_TIMEOUT: timeout,
  };
}
