/** Checks all stages of each binding. Reads the account once, and probes each host once. */

import type { LiveGateway } from "../../provider/live/gateway";
import { isLoopback } from "../../provider/live/settings";
import { defaultPropagationSeconds } from "../../provider/propagation";
import { type Account, compareAccount, isInAccount, readAccount } from "../account";
import { type ResourcePropagation, reportPropagation } from "../stack/propagationReport";
import type { ManagedResource } from "../stack/stackState";
import { type BoundTemplate, boundTemplate } from "./boundTemplate";
import { judgeCanFire } from "./canFire";
import { judgeDeclared } from "./declared";
import { type AskedBinding, readDeliveries, recordsKeptMs } from "./deliveries";
import type { Evidence } from "./evidence";
import { type HostFinding, probeHost } from "./hostProbe";
import { judgeInEffect } from "./inEffect";
import { inParallel } from "./inParallel";
import { readSetup } from "./mediaSetup";
import { hostKey, hostOf, judgeReachable, type Surroundings } from "./reachable";
import { type BindingReport, pending, unknown, type Verdict } from "./verdict";

export interface VerificationInput {
  live: LiveGateway;
  evidence: Evidence;
  /** All resources of the stack. */
  resources: readonly ManagedResource[];
  /** The bindings to check. */
  bindings: readonly ManagedResource[];
  env: NodeJS.ProcessEnv;
  /** Results of hosts probed before; new results are added. */
  hosts: Map<string, HostFinding>;
  progress: (what: string) => void;
}

const hostTimeoutMs = 5_000;
const hostsAtOnce = 16;

export async function verifyBindings(input: VerificationInput): Promise<BindingReport[]> {
  const { live, evidence, resources, bindings, env, progress } = input;
  progress("reading the account");
  const account = await readAccount(live);
  const looked = bindings.map((binding) => boundTemplate(binding, resources, account));
  const fieldsInUse = looked.flatMap(({ fields }) => fields);
  const [setup] = await Promise.all([readSetup(evidence, fieldsInUse), probeHosts(looked, input)]);

  const now = Date.now();
  const compared = compareAccount(account, resources);
  const propagations = new Map(reportPropagation(resources, now).map((report) => [report.urn, report]));
  const surroundings = surroundingsOf(live, env, now);
  const early = looked.map((binding): Judged => {
    const { resource, place, fields, urls, template, templateId } = binding;
    const absent = template === undefined ? unknown("there is no template to check") : undefined;
    return {
      ...binding,
      declared: judgeDeclared(resource, account, compared),
      inEffect:
        account.rules.has(resource.id) || !isInAccount(resource, account.accountId)
          ? judgeInEffect(propagations.get(resource.urn), now)
          : unknown("there is no rule"),
      canFire: absent ?? ("recordRules" in setup ? judgeCanFire(place, fields, setup) : setup),
      reachable: absent ?? judgeReachable(urls, input.hosts, surroundings),
      propagation: propagations.get(resource.urn),
      edited: compared.some(({ kind, id, status }) => kind === "template" && id === templateId && status === "drifted"),
    };
  });

  const asked = early.flatMap((binding) => toAsk(binding, account, live.settings.propagationSeconds, now) ?? []);
  progress("reading which streams were pushed");
  const delivered = await readDeliveries(asked, evidence, {
    rules: [...account.rules.values()],
    templates: account.templates,
    international: isInternational(live),
    now,
    progress: (done, all) => progress(`reading what was delivered: ${done} of ${all} bindings`),
  });

  return early.map(({ resource, templateId, declared, inEffect, canFire, reachable, template, edited }) => ({
    id: resource.id,
    templateId,
    declared,
    inEffect,
    canFire,
    reachable,
    delivered: delivered.get(resource.id) ?? whyNotAsked(inEffect, template !== undefined, edited),
  }));
}

function whyNotAsked(inEffect: Verdict, exists: boolean, edited: boolean): Verdict {
  if (!exists) return unknown("nothing can be delivered");
  if (edited) return unknown("it is not known when the template was edited, so a delivery proves nothing");
  return pending(inEffect.verdict === "pending" ? "not in effect yet" : "the rule was changed a moment ago");
}

/** Deliveries are read only for bindings where they can prove something. */
function toAsk(
  { resource, place, template, edited, inEffect, propagation }: Judged,
  account: Account,
  propagationSeconds: number,
  now: number,
): AskedBinding | undefined {
  const rule = account.rules.get(resource.id);
  if (template === undefined || rule === undefined || edited || inEffect.verdict === "pending") return undefined;
  const known = (instant: string | null | undefined) => (instant ? Date.parse(instant) : undefined);
  const effectiveAt = known(propagation?.effectiveAt);
  const ruleChangedAt = rule.changedAt ?? 0;
  // The state's window doesn't apply if someone has pointed the rule elsewhere, and is unknown after an import.
  const asDeclared = effectiveAt !== undefined && resource.outputs.templateId === rule.templateId;
  const since = asDeclared ? effectiveAt : ruleChangedAt + propagationSeconds * 1000;
  if (since >= now) return undefined;
  const changedAt = Math.max(ruleChangedAt, known(propagation?.changedAt) ?? 0);
  // The API's times are whole seconds.
  const sinceKept = Math.floor(Math.max(since, now - recordsKeptMs) / 1000) * 1000;
  return {
    id: resource.id,
    place,
    template,
    since: sinceKept,
    sinceWithoutBody: Math.max(sinceKept, changedAt + defaultPropagationSeconds * 1000),
  };
}

/** The facts known before deliveries are read. */
interface Judged extends BoundTemplate, Omit<BindingReport, "id" | "delivered"> {
  propagation: ResourcePropagation | undefined;
  /** Someone has edited the template; no API shows when. */
  edited: boolean;
}

/** Probes each host once, and none that was probed before. */
async function probeHosts(
  looked: readonly BoundTemplate[],
  { live, hosts, progress }: VerificationInput,
): Promise<void> {
  const all = looked.flatMap(({ urls }) => urls.flatMap(({ url }) => hostOf(url) ?? []));
  const fresh = new Map(all.map((host) => [hostKey(host), host]));
  for (const key of hosts.keys()) fresh.delete(key);
  let done = 0;
  await inParallel(fresh, hostsAtOnce, async ([key, host]) => {
    hosts.set(key, await probeHost(host, { loopbackReachable: isEmulator(live), timeoutMs: hostTimeoutMs }));
    progress(`connecting: ${++done} of ${fresh.size} hosts`);
  });
}

function surroundingsOf(live: LiveGateway, env: NodeJS.ProcessEnv, now: number): Surroundings {
  const behindProxy = ["HTTPS_PROXY", "https_proxy"].some((name) => env[name]?.trim());
  return { emulator: isEmulator(live), behindProxy, now };
}

/** Whether the endpoint is the international site, which has no DescribeCallbackRecordsList. */
export function isInternational(live: LiveGateway): boolean {
  return /(^|\.)intl\./.test(live.settings.endpoint?.hostname ?? "");
}

function isEmulator(live: LiveGateway): boolean {
  return isLoopback(live.settings.endpoint?.hostname ?? "");
}
