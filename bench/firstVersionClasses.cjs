// Version 0.1.0: takes the place of `dist/provider/index.js` in a copy of the installed package, and registers what the
// classes of commit 56f0081 registered, in their way. The handlers are today's.
"use strict";

const pulumi = require("@pulumi/pulumi");
const { handlersText, typeToken } = require("./resources/handlersText");

exports.CallbackTemplate = class CallbackTemplate extends pulumi.CustomResource {
  constructor(name, args, opts) {
    const { import: importId, ...options } = opts ?? {};
    super(
      typeToken("CallbackTemplate"),
      name,
      {
        templateName: undefined,
        description: undefined,
        streamBeginNotifyUrl: undefined,
        streamEndNotifyUrl: undefined,
        recordNotifyUrl: undefined,
        recordStatusNotifyUrl: undefined,
        snapshotNotifyUrl: undefined,
        pornCensorshipNotifyUrl: undefined,
        pushExceptionNotifyUrl: undefined,
        audioAuditNotifyUrl: undefined,
        recordExceptionNotifyUrl: undefined,
        recordExceptionLevels: undefined,
        templateId: undefined,
        accountId: undefined,
        propagation: undefined,
        ...args,
        callbackKey: args.callbackKey === undefined ? undefined : pulumi.secret(args.callbackKey),
        __autoName: name,
        __import: importId,
        __provider: handlersText("CallbackTemplate"),
      },
      pulumi.mergeOptions(options, { additionalSecretOutputs: ["callbackKey"] }),
    );
    this.templateId = this.id;
  }
};

exports.DomainTemplateBinding = class DomainTemplateBinding extends pulumi.CustomResource {
  constructor(name, args, opts) {
    const { import: importId, ...options } = opts ?? {};
    super(
      typeToken("DomainTemplateBinding"),
      name,
      {
        domainName: undefined,
        appName: undefined,
        templateId: undefined,
        accountId: undefined,
        propagation: undefined,
        ...args,
        __import: importId,
        __provider: handlersText("DomainTemplateBinding"),
      },
      options,
    );
  }
};
