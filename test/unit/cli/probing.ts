// The experiments of `probe` over HTTP. The emulator's clock moves only while the probe waits.
import { onTestFinished } from "vitest";
import { readLists } from "../../../cli/probing/leftovers.ts";
import {
  type ProbeReport,
  type ProbeTarget,
  planExperiments,
  probeAccount,
} from "../../../cli/probing/probeAccount.ts";
import type { Exchange } from "../../../cli/probing/session.ts";
import { type Emulator, type EmulatorOptions, startEmulator } from "../../../emulator/index.ts";
import { createCall } from "../../../provider/live/actions.ts";
import { createTransport, type Transport } from "../../../provider/live/transport.ts";

export const domain = "push.example.com";
const requestTimeoutMs = 15_000;

export interface Account {
  emulator: Emulator;
  transport: Transport;
  clock: ProbeTarget["clock"];
}

/** An account that others use too. */
export async function account(options: EmulatorOptions = {}): Promise<Account> {
  let now = Date.now() - 240_000;
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms;
    },
    random: Math.random,
  };
  const emulator = await startEmulator({ clock: clock.now, ...options });
  onTestFinished(() => emulator.stop());
  emulator.setState({
    templates: [{ TemplateId: 900, TemplateName: "foreign", StreamBeginNotifyUrl: "https://foreign.example.com/" }],
    rules: [{ DomainName: domain, AppName: "live", TemplateId: 900 }],
  });
  // No lag hides objects from before the start.
  now += 10_000;
  const keys = { secretId: "emulator-id", secretKey: "emulator-key", securityToken: undefined, source: "test" };
  return { emulator, clock, transport: createTransport(new URL(emulator.url), async () => keys, requestTimeoutMs, {}) };
}

export interface Probed extends ProbeReport {
  transcripts: Exchange[];
  /** The observed value of each dialect that was answered. */
  observed: Record<string, unknown>;
}

export async function probed(of: Account, changes: Partial<ProbeTarget> = {}): Promise<Probed> {
  const { report, transcripts } = await (await started(of, changes)).running;
  const answered = Object.entries(report.dialects).filter(([, row]) => row.observed !== null);
  return { ...report, transcripts, observed: Object.fromEntries(answered.map(([name, row]) => [name, row.observed])) };
}

export async function started(of: Account, changes: Partial<ProbeTarget> = {}) {
  const target: ProbeTarget = {
    ...{ ...of, requestTimeoutMs, domain, domainProblem: undefined, wholeDomain: true, url: "https://example.com/" },
    ...changes,
  };
  const lists = await readLists(callOf(of));
  const probing = probeAccount(target);
  return { probing, running: probing.run(planExperiments(lists, target), lists.templates.length) };
}

export function callOf({ transport }: Account) {
  return createCall(transport, requestTimeoutMs);
}
