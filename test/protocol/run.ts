// A run of the provider on an emulated account. What a process has listed it keeps for a while, so each group of tests has
// a process of its own, and finds in the account what an earlier run and colleagues have left.
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { type Emulator, type StateInput, startEmulator } from "../../emulator/index.ts";
import { environment } from "./fixtures.ts";
import { ProviderProcess, type Resource } from "./providerProcess.ts";

export let emulator: Emulator;
export let provider: ProviderProcess;
export let templates: Resource;
export let bindings: Resource;
export let waits: Resource;

interface RunOptions {
  accountId?: string;
  env?: Record<string, string>;
  config?: Record<string, string>;
}

/** Gives the tests of the file, or of the `describe`, an account that holds this and a run on it. */
export function onAccount(state: StateInput = {}, { accountId, env, config }: RunOptions = {}): void {
  beforeAll(async () => {
    emulator = await startEmulator(accountId ? { accountId } : {});
    emulator.setState(state);
    provider = await ProviderProcess.start({ env: environment(emulator, env), ...(config && { config }) });
    templates = provider.resource("CallbackTemplate");
    bindings = provider.resource("DomainTemplateBinding");
    waits = provider.resource("PropagationWait");
  });

  afterEach(() => emulator.clearFaults());

  afterAll(async () => {
    expect(provider.stderr).not.toMatch(/\n\s+at /);
    await provider.stop();
    await emulator.stop();
  });
}
