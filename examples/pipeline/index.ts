// The program that the pipeline deploys: one callback template, bound to one push domain.
import * as pulumi from "@pulumi/pulumi";
import * as lvb from "pulumi-tencentcloud-lvb";

const config = new pulumi.Config();
const url = config.require("callbackUrl");

const template = new lvb.CallbackTemplate("live-events", {
  streamBeginNotifyUrl: url,
  streamEndNotifyUrl: url,
  callbackKey: config.requireSecret("callbackKey"),
});

new lvb.DomainTemplateBinding("live", {
  domainName: config.get("domain") ?? "push.example.com",
  appName: config.get("app") ?? "live",
  templateId: template.templateId,
});
