// Bindings in a state, each with its own template, and the matching account: for tests that compare the two without a
// deployment.
import type { StateInput } from "../emulator/index.ts";
import { formatUtc } from "../emulator/times.ts";
import { encrypted as secret } from "./secretValues.ts";

export const domain = "push.example.com";
const accountId = "100000000001";
const liveKey = "KeyOfTheLiveTemplate1x";

/** A binding in the program, and its differences in the account. */
export interface DeclaredBinding {
  app: string;
  /** Fields of the template, in addition to the URLs for start and end. */
  fields?: Record<string, string>;
  /** Fields that differ in the account, or null if the rule is missing. */
  live?: Record<string, string> | null;
  /** The seconds since its last change, with a window of 600 s. */
  secondsAgo?: number;
}

type StateEntry = {
  urn: string;
  type: string;
  id: string;
  custom: true;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
};

/** `url`: the URL of each template for start and end. */
export function declareBindings(
  bindings: readonly DeclaredBinding[],
  url: string,
): { resources: StateEntry[]; input: StateInput } {
  const resources: StateEntry[] = [];
  const templates: NonNullable<StateInput["templates"]> = [];
  const rules: NonNullable<StateInput["rules"]> = [];
  for (const [index, { app, fields = {}, live, secondsAgo = 1300 }] of bindings.entries()) {
    const id = 1001 + index;
    const declared = { streamBeginNotifyUrl: url, streamEndNotifyUrl: url, ...fields };
    const common = { templateId: String(id), accountId, propagation: propagation(secondsAgo) };
    resources.push(
      entry("CallbackTemplate", `template-${app}`, String(id), {
        ...declared,
        ...common,
        templateName: `template-${app}`,
        callbackKey: secret,
      }),
      entry("DomainTemplateBinding", app, `${domain}/${app}`, { ...common, domainName: domain, appName: app }),
    );
    const values = Object.entries({ callbackKey: liveKey, ...declared, ...live });
    templates.push({
      TemplateId: id,
      TemplateName: `template-${app}`,
      ...Object.fromEntries(
        values.map(([name, value]) => [`${name.slice(0, 1).toUpperCase()}${name.slice(1)}`, value]),
      ),
    });
    if (live !== null) rules.push({ DomainName: domain, AppName: app, TemplateId: id });
  }
  return { resources, input: { domains: [domain], templates, rules } };
}

/** A push of half a minute without a recorded delivery. */
export function endedPush(app: string, minutesAgo: number) {
  const at = (minutes: number) => formatUtc(Date.now() - minutes * 60_000);
  return {
    DomainName: domain,
    AppName: app,
    StreamName: `stream-${app}`,
    StreamStartTime: at(minutesAgo),
    StreamEndTime: at(minutesAgo - 0.5),
  };
}

function entry(kind: string, name: string, id: string, outputs: Record<string, unknown>): StateEntry {
  const type = `pulumi-nodejs:dynamic/tencentcloud-lvb:${kind}`;
  return { urn: `urn:pulumi:test::lvb-e2e::${type}::${name}`, type, id, custom: true, inputs: {}, outputs };
}

function propagation(secondsAgo: number) {
  const at = (seconds: number) => new Date(Date.now() - 1000 * seconds).toISOString();
  return { changedAt: at(secondsAgo), earliestEffectiveAt: at(secondsAgo - 300), effectiveAt: at(secondsAgo - 600) };
}
