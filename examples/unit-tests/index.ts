// The program under test: one callback template, bound to the push domain of the environment.
import * as pulumi from "@pulumi/pulumi";
import * as lvb from "pulumi-tencentcloud-lvb";

const config = new pulumi.Config();
const production = pulumi.getStack() === "prod";
const url = `https://callbacks${production ? "" : ".dev"}.example.com/lvb`;

export const template = new lvb.CallbackTemplate("live-events", {
  streamBeginNotifyUrl: url,
  streamEndNotifyUrl: url,
  callbackKey: config.requireSecret("callbackKey"),
});

export const binding = new lvb.DomainTemplateBinding("live", {
  domainName: `push${production ? "" : "-dev"}.example.com`,
  appName: "live",
  templateId: template.templateId,
});

// For the next steps: what to look for in the console, and from when on.
export const templateName = template.templateName;
export const effectiveAt = binding.propagation.apply((change) => change?.effectiveAt);
