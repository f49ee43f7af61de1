// Policies get every value in clear text, even the callback key, and reports are printed. So a report only names the field.
import {
  PolicyPack,
  type ResourceValidation,
  validateResourceOfType,
  validateStackResourcesOfType,
} from "@pulumi/policy";
import { CallbackTemplate, DomainTemplateBinding } from "pulumi-tencentcloud-lvb";

/** For each callback URL of a template. */
function eachUrl(
  validate: (url: URL | null, report: (what: string) => void, allowed: string[]) => void,
): ResourceValidation {
  return validateResourceOfType(CallbackTemplate, (template, { getConfig }, report) => {
    const { hosts = [] } = getConfig<{ hosts?: string[] }>();
    for (const [field, value] of Object.entries(template)) {
      if (!field.endsWith("NotifyUrl") || !value) continue;
      // Null, not an exception, which would be printed with the value.
      validate(URL.parse(String(value)), (what) => report(`${field} ${what}`), hosts);
    }
  });
}

new PolicyPack("lvb-callbacks", {
  enforcementLevel: "mandatory",
  policies: [
    {
      name: "lvb-https-only",
      description: "Callbacks are sent over https.",
      validateResource: eachUrl((url, report) => {
        if (url?.protocol !== "https:") report("must be an https URL.");
      }),
    },
    {
      name: "lvb-known-hosts",
      description: "Callbacks are sent to our own hosts only.",
      configSchema: {
        properties: { hosts: { type: "array", items: { type: "string" }, default: ["callbacks.example.com"] } },
      },
      validateResource: eachUrl((url, report, hosts) => {
        if (url === null || !hosts.includes(url.hostname)) report("names a host that is not on the list.");
      }),
    },
    {
      name: "lvb-key-required",
      description: "Callbacks are signed.",
      validateResource: validateResourceOfType(CallbackTemplate, ({ callbackKey }, _args, report) => {
        if (!callbackKey) report("callbackKey must be set: callbacks would be unsigned.");
      }),
    },
    {
      name: "lvb-one-app-each",
      description: "Each binding names the app that it is for.",
      validateStack: validateStackResourcesOfType(DomainTemplateBinding, (bindings, _args, report) => {
        if (bindings.some(({ appName }) => !appName)) report("appName must not be empty.");
      }),
    },
  ],
});
