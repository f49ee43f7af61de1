// A run of the provider on an emulated account. A process caches its lists, so each group of tests has its own process,
// and its account already has the objects of an earlier run and of colleagues.
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { type Emulator, type StateInput, startEmulator } from "../../emulator/index.ts";
import { environment } from "./fixtures.ts";
import { ProviderProcess, type Resource } from "./providerProcess.ts";

export let emulator: Emulator;
export let provider: ProviderProcess;
export let templates: Resource;
export let bindings: Resource;
export let waits: Resource;

/** The writes that the account has received. */
export const written = () => emulator.requests().filter(({ action }) => !/^(Describe|Get)/.test(action));

interface RunOptions {
  accountId?: string;
  env?: Record<string, string>;
  config?: Record<string, string>;
}

/** Gives the tests of the file, or of the `describe`, an account with this state, and a run on it. */
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
