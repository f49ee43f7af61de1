// Many objects on an account that throttles below the rate of a run, and at times to a tenth of it: nothing fails and
// nothing is lost. A smaller version of `npm run test:load`.
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/index.ts";
import { start } from "../../tools/pulumi-cli/process.mts";
import { createStack, type Stack } from "./harness.ts";
import { providerMemory } from "./processes.ts";

interface Size {
  templates: number;
  domains: number;
  appsOfDomain: number;
  /** Calls per second. */
  throttle: number;
  timeoutMs: number;
}

const slice: Size = { templates: 10, domains: 10, appsOfDomain: 10, throttle: 20, timeoutMs: 240_000 };
const full: Size = { templates: 50, domains: 100, appsOfDomain: 20, throttle: 40, timeoutMs: 1_200_000 };
const size = process.env.LVB_LOAD === "full" ? full : slice;
const { templates, domains, appsOfDomain, throttle, timeoutMs } = size;
/** Six seconds at the full rate, two at a tenth of it. */
const fullRateMs = 6_000;
const lowRateMs = 2_000;

const domainNames = Array.from({ length: domains }, (_, domain) => `push${domain}.example.com`);

const program = `
  const lvb = require("pulumi-tencentcloud-lvb");
  const templates = Array.from({ length: ${templates} }, (_, i) => new lvb.CallbackTemplate("events" + i, {
    templateName: "events" + i, streamBeginNotifyUrl: "https://callbacks.example.com/" + i, callbackKey: "KeyOfLoad" + i,
  }));
  for (let domain = 0; domain < ${domains}; domain++) {
    for (let app = 0; app < ${appsOfDomain}; app++) {
      new lvb.DomainTemplateBinding("live" + domain + "-" + app, {
        domainName: "push" + domain + ".example.com", appName: "app" + app,
        templateId: templates[(domain * ${appsOfDomain} + app) % ${templates}].templateId,
      });
    }
  }
`;

const allRules = domainNames.flatMap((domain, i) =>
  Array.from(
    { length: appsOfDomain },
    (_, app) => `${domain}/app${app} → events${(i * appsOfDomain + app) % templates}`,
  ),
);

let emulator: Emulator;
let stack: Stack;
let rate: NodeJS.Timeout;

beforeAll(async () => {
  emulator = await startEmulator({ domains: domainNames, throttle });
  const env = { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" };
  stack = await createStack({ program, emulator, env });
  const change = (low: boolean) => {
    emulator.configure({ throttle: low ? throttle / 10 : throttle });
    rate = setTimeout(() => change(!low), low ? lowRateMs : fullRateMs);
  };
  change(false);
});

afterAll(async () => {
  clearTimeout(rate);
  stack?.dispose();
  await emulator?.stop();
});

/** Runs the CLI to its end, and prints what it took. */
async function run(...args: string[]): Promise<void> {
  emulator.clearRequests();
  const begun = performance.now();
  const cli = start(join(inject("e2e").cli, "pulumi"), [...args, "--non-interactive", "--color", "never"], {
    cwd: stack.project,
    env: stack.env,
    timeoutMs,
  });
  let peak = 0;
  const measuring = setInterval(() => {
    peak = Math.max(peak, providerMemory(cli));
  }, 1_000);
  const { exitCode, output } = await cli.result.finally(() => clearInterval(measuring));
  expect(exitCode, output.slice(-5_000)).toBe(0);
  const codes = emulator.requests().map(({ code }) => code);
  const throttled = codes.filter((code) => code === "RequestLimitExceeded").length;
  const seconds = Math.round((performance.now() - begun) / 1000);
  console.log(
    `${args[0]}: ${seconds} s, ${codes.length} calls, ${throttled} of them throttled, provider at most ${Math.round(peak)} MB`,
  );
  expect(codes.filter((code) => code !== null && code !== "RequestLimitExceeded")).toEqual([]);
  if (args[0] !== "refresh") expect(throttled, "the run must exceed the rate").toBeGreaterThan(0);
}

function rules(): string[] {
  const state = emulator.state();
  const names = new Map(state.templates.map(({ TemplateId, TemplateName }) => [TemplateId, TemplateName]));
  return state.rules.map(
    ({ DomainName, AppName, TemplateId }) => `${DomainName}/${AppName} → ${names.get(TemplateId)}`,
  );
}

test(
  "up, refresh and destroy succeed, and nothing is lost or duplicated",
  async () => {
    await run("up", "--yes", "--skip-preview");
    expect(emulator.state().templates).toHaveLength(templates);
    expect(rules().sort()).toEqual([...allRules].sort());
    expect(stack.resources("CallbackTemplate", "DomainTemplateBinding").size).toBe(templates + allRules.length);

    await run("refresh", "--yes", "--skip-preview", "--expect-no-changes");
    expect(rules()).toHaveLength(allRules.length);

    await run("destroy", "--yes", "--skip-preview");
    expect(emulator.state()).toMatchObject({ templates: [], rules: [] });
  },
  4 * timeoutMs,
);
