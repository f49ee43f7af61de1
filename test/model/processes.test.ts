// The same lives over the SDK's real dynamic-provider process: a new one for each run in which something goes wrong,
// since to start one takes most of a second.
import { test } from "vitest";
import type { Emulator } from "../../emulator/index.ts";
import { share } from "../depth.ts";
import { ProviderProcess } from "../protocol/providerProcess.ts";
import type { Provider } from "./engine.ts";
import { checkLifecycles, environment, inProcess } from "./lifecycles.ts";
import type { WatchedRun } from "./watch.ts";

test("over the real provider process: whatever happens to a stack, the promise holds", async () => {
  await checkLifecycles({ ...share(50, 5, 6), maxCommands: 4, start: realProcess, timeout: "1" });
});

async function realProcess(emulator: Emulator, run: WatchedRun, timeout: string): Promise<Provider> {
  if (run.disturbances.length === 0) return inProcess(emulator, run, timeout);
  const provider = await ProviderProcess.start({ env: environment(emulator, run.token, timeout) });
  return {
    handlers: { template: provider.resource("CallbackTemplate"), binding: provider.resource("DomainTemplateBinding") },
    // What fails is in the messages of the steps; the host writes it to its output too.
    told: () => [...provider.lines("info"), ...provider.lines("warning")],
    stop: () => provider.stop(),
  };
}
