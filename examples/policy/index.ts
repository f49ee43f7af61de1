// A program that breaks the rules or not, depending on its configuration.
import * as pulumi from "@pulumi/pulumi";
import * as lvb from "pulumi-tencentcloud-lvb";

const config = new pulumi.Config();

const template = new lvb.CallbackTemplate("live-events", {
  streamBeginNotifyUrl: config.require("callbackUrl"),
  streamEndNotifyUrl: config.require("callbackUrl"),
  callbackKey: config.getSecret("callbackKey"),
});

new lvb.DomainTemplateBinding("live", {
  domainName: config.get("domain") ?? "push.example.com",
  appName: config.get("app") ?? "live",
  templateId: template.templateId,
});
