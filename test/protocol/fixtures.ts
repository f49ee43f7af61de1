// Shared by the protocol tests: the emulated account, and states of an earlier run.
import type { Emulator } from "../../emulator/index.ts";
import type { Values } from "./providerProcess.ts";

/** The emulator's account, and another one. */
export const account = "100000000001";
export const otherAccount = "200000000002";

/** The propagation of a change long ago. */
export const longAgo = {
  changedAt: "2026-01-01T00:00:00.000Z",
  earliestEffectiveAt: "2026-01-01T00:05:00.000Z",
  effectiveAt: "2026-01-01T00:10:00.000Z",
};

export const url = "https://callbacks.example.com/lvb";

/** The environment of a user of the emulated account. */
export function environment(emulator: Emulator, more: Record<string, string> = {}): Record<string, string> {
  return {
    TENCENTCLOUD_LVB_ENDPOINT: emulator.url,
    TENCENTCLOUD_SECRET_ID: "emulator-id",
    TENCENTCLOUD_SECRET_KEY: "emulator-key",
    TENCENTCLOUD_LVB_REQUEST_TIMEOUT: "1",
    ...more,
  };
}

/** The outputs of a template in a state. */
export function templateState(templateId: string, fields: Values): Values {
  return { ...fields, templateId, accountId: account, propagation: longAgo };
}

/** The outputs of a binding in a state. */
export function bindingState(domainName: string, appName: string, templateId: string): Values {
  return { domainName, appName, templateId, accountId: account, propagation: longAgo };
}

/** The parameters of every call of an action so far. */
export function callsOf(emulator: Emulator, action: string): Values[] {
  return emulator
    .requests()
    .filter((request) => request.action === action)
    .map((request) => request.parameters);
}

/** The templates with a name in the account. */
export function templatesNamed(emulator: Emulator, name: string) {
  return emulator.state().templates.filter((template) => template.TemplateName === name);
}

/** The template that a domain and app are bound to in the account, if any. */
export function boundTemplate(emulator: Emulator, domain: string, app: string): number | undefined {
  return emulator.state().rules.find((rule) => rule.DomainName === domain && rule.AppName === app)?.TemplateId;
}
