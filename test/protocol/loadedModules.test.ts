// The exact modules that the provider process loads for us. Each one costs every user some time, so none may creep in.
// docs/performance.md says why each is needed.
import { afterAll, beforeAll, expect, test } from "vitest";
import { moduleReasons } from "../../bench/moduleReasons.mts";
import { type Emulator, startEmulator } from "../../emulator/index.ts";
import { groupModules, type LoadedGroup } from "../../tools/loadedModules.mts";
import { environment, longAgo, url } from "./fixtures.ts";
import { ProviderProcess, type Values } from "./providerProcess.ts";

let emulator: Emulator;
let provider: ProviderProcess;
/** The host's own modules, and those that were checked before. */
let seen: Set<string>;

beforeAll(async () => {
  emulator = await startEmulator();
  provider = await ProviderProcess.start({ env: environment(emulator) });
  seen = new Set(await provider.loadedModules());
});

afterAll(async () => {
  await provider.stop();
  await emulator.stop();
});

async function loadedSince(): Promise<LoadedGroup[]> {
  const files = (await provider.loadedModules()).filter((file) => !seen.has(file));
  seen = new Set([...seen, ...files]);
  return groupModules(files);
}

const own = (groups: readonly LoadedGroup[]) => groups.filter(({ name }) => name.startsWith("dist/"));
const foreign = (groups: readonly LoadedGroup[]) => groups.filter(({ name }) => !name.startsWith("dist/"));
const names = (groups: readonly LoadedGroup[]) => groups.map(({ name }) => name).sort();
function total(groups: readonly LoadedGroup[]): { modules: number; bytes: number } {
  return groups.reduce((sum, group) => ({ modules: sum.modules + group.modules, bytes: sum.bytes + group.bytes }), {
    modules: 0,
    bytes: 0,
  });
}

const ofPreview = [
  "dist/provider/border.js",
  "dist/provider/engineMessages.js",
  "dist/provider/handlers/callbackTemplate.js",
  "dist/provider/handlers/callbackTemplateInputs.js",
  "dist/provider/handlers/callbackTemplateReconciling.js",
  "dist/provider/handlers/declarations.js",
  "dist/provider/handlers/domainTemplateBinding.js",
  "dist/provider/handlers/domainTemplateBindingInputs.js",
  "dist/provider/handlers/domainTemplateBindingReconciling.js",
  "dist/provider/handlers/failure.js",
  "dist/provider/handlers/inputRules.js",
  "dist/provider/handlers/outputs.js",
  "dist/provider/handlers/propagationWait.js",
  "dist/provider/handlers/session.js",
  "dist/provider/live/actions.js",
  "dist/provider/live/errors.js",
  "dist/provider/live/retry.js",
  "dist/provider/propagation.js",
  "dist/provider/properties.js",
  "dist/provider/runtime.js",
  "valibot",
];

test("a preview loads only what check and diff need", async () => {
  const resources: [Parameters<ProviderProcess["resource"]>[0], Values][] = [
    ["CallbackTemplate", { templateName: "events", recordNotifyUrl: url }],
    ["DomainTemplateBinding", { domainName: "push.example.com", appName: "live", templateId: "1001" }],
    ["PropagationWait", { changes: [longAgo] }],
  ];
  for (const [name, values] of resources) {
    const resource = provider.resource(name);
    expect((await resource.check({}, values)).failures).toEqual([]);
    await resource.diff("1001", values, values);
  }
  const loaded = await loadedSince();
  expect(names(loaded)).toEqual(ofPreview);
  expect(total(own(loaded)).bytes).toBeLessThanOrEqual(100_000);
  expect(total(foreign(loaded))).toEqual({ modules: 1, bytes: 212_980 });
});

test("the first API call loads only the gateway and the SDK", async () => {
  await provider.resource("DomainTemplateBinding").read("push.example.com/live", {
    domainName: "push.example.com",
    appName: "live",
    templateId: "1001",
  });
  const loaded = await loadedSince();
  // All other modules that have a reason.
  const others = Object.keys(moduleReasons).filter((name) => !ofPreview.includes(name));
  expect(names(loaded)).toEqual(others.sort());
  expect(total(own(loaded)).bytes).toBeLessThanOrEqual(35_000);
  expect(total(foreign(loaded))).toEqual({ modules: 108, bytes: 867_987 });
});
