// The callback template of the receiver, whose URL is an output of the stack that deploys it.
import * as pulumi from "@pulumi/pulumi";
import * as lvb from "pulumi-tencentcloud-lvb";

const config = new pulumi.Config("lvb-receiver");
const receiver = new pulumi.StackReference(config.require("receiverStack"));
const url = receiver.requireOutput("url");

const template = new lvb.CallbackTemplate("receiver", {
  streamBeginNotifyUrl: url,
  streamEndNotifyUrl: url,
  callbackKey: config.requireSecret("callbackKey"),
});

const binding = new lvb.DomainTemplateBinding("receiver", {
  domainName: config.get("domain") ?? "push.example.com",
  appName: config.get("app") ?? "live",
  templateId: template.templateId,
});

/** When the receiver gets every event, and none is signed with a former key. */
export const effectiveAt = pulumi.all([template.propagation, binding.propagation]).apply((changes) =>
  changes
    .map((change) => change?.effectiveAt)
    .sort()
    .at(-1),
);
