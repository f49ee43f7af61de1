// One callback template with a secret key, bound to push domains, and when that takes effect.
import * as pulumi from "@pulumi/pulumi";
import * as lvb from "pulumi-tencentcloud-lvb";

const config = new pulumi.Config();
const callbackUrl = config.get("callbackUrl") ?? "https://callbacks.example.com/lvb";
const bindings = config.getObject("bindings") ?? [{ domain: "push.example.com", app: "live" }];

const template = new lvb.CallbackTemplate("live-events", {
  description: "live-stream-events",
  streamBeginNotifyUrl: callbackUrl,
  streamEndNotifyUrl: callbackUrl,
  callbackKey: config.requireSecret("callbackKey"),
});

const bound = bindings.map(
  ({ domain, app }) =>
    new lvb.DomainTemplateBinding(`${domain}-${app}`, {
      domainName: domain,
      appName: app,
      templateId: template.templateId,
    }),
);

export const templateId = template.templateId;
export const propagation = template.propagation;
export const effectiveAt = pulumi.all(bound.map((binding) => binding.propagation)).apply((changes) =>
  changes
    .map((change) => change?.effectiveAt)
    .sort()
    .at(-1),
);
