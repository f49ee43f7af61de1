// One callback template with a secret key, bound to push domains, and when that takes effect.
const pulumi = require("@pulumi/pulumi");
const lvb = require("pulumi-tencentcloud-lvb");

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

exports.templateId = template.templateId;
exports.propagation = template.propagation;
exports.effectiveAt = pulumi.all(bound.map((binding) => binding.propagation)).apply((changes) =>
  changes
    .map((change) => change?.effectiveAt)
    .sort()
    .at(-1),
);
