// Each kind of event goes to its own service. The template of an app sets which kinds it sends.
import * as pulumi from "@pulumi/pulumi";
import * as lvb from "pulumi-tencentcloud-lvb";

const config = new pulumi.Config();
const domainName = config.get("domain") ?? "push.example.com";

const presence = "https://presence.example.com/lvb";
const archive = "https://archive.example.com/lvb";
const moderation = "https://moderation.example.com/lvb";

// An app has one rule, so each template contains all URLs that its apps need.
const common = {
  streamBeginNotifyUrl: presence,
  streamEndNotifyUrl: presence,
  callbackKey: config.requireSecret("callbackKey"),
};
const streams = new lvb.CallbackTemplate("streams", common);
const recorded = new lvb.CallbackTemplate("recorded", { ...common, recordNotifyUrl: archive });
const moderated = new lvb.CallbackTemplate("moderated", {
  ...common,
  snapshotNotifyUrl: moderation,
  pornCensorshipNotifyUrl: moderation,
});

// By AppName; "" is the rule of the domain, for apps without their own rule.
const routes = { "": streams, lectures: recorded, meetings: recorded, community: moderated };

const bindings = Object.entries(routes).map(
  ([appName, { templateId }]) =>
    new lvb.DomainTemplateBinding(appName || "domain", { domainName, appName, templateId }),
);

/** The name of the template of each app. */
export const templates = Object.fromEntries(
  Object.entries(routes).map(([appName, { templateName }]) => [`${domainName}/${appName}`, templateName]),
);
export const effectiveAt = pulumi
  .all([streams, recorded, moderated, ...bindings].map(({ propagation }) => propagation))
  .apply((changes) =>
    changes
      .map((change) => change?.effectiveAt)
      .sort()
      .at(-1),
  );
