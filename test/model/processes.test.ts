// Random stacks over the SDK's real dynamic-provider process. Only a run with a disturbance gets a new process, since a
// start takes most of a second.
import { test } from "vitest";
import type { Emulator } from "../../emulator/index.ts";
import { share } from "../depth.ts";
import { ProviderProcess } from "../protocol/providerProcess.ts";
import type { Provider } from "./engine.ts";
import { checkLifecycles, environment, inProcess } from "./lifecycles.ts";
import type { WatchedRun } from "./watch.ts";

test("the promise of docs/reliability.md holds for random stacks over the real provider process", async () => {
  await checkLifecycles({ ...share(50, 5, 6), maxCommands: 4, start: realProcess, timeout: "1" });
});

async function realProcess(emulator: Emulator, run: WatchedRun, timeout: string): Promise<Provider> {
  if (run.disturbances.length === 0) return inProcess(emulator, run, timeout);
  const provider = await ProviderProcess.start({ env: environment(emulator, run.token, timeout) });
  return {
    handlers: { template: provider.resource("CallbackTemplate"), binding: provider.resource("DomainTemplateBinding") },
    // The host prints failures too, which the messages already contain.
    told: () => [...provider.lines("info"), ...provider.lines("warning")],
    stop: () => provider.stop(),
  };
}
