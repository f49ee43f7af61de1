// What Pulumi's documentation teaches: takes the place of `dist/provider/index.js` in a copy of the installed package.
// `dynamic.Resource` with one provider object for each class, which the SDK writes out as text for each resource. The
// handlers return constants and make no call.
// https://www.pulumi.com/docs/iac/concepts/resources/dynamic-providers/
"use strict";

const pulumi = require("@pulumi/pulumi");

const outputs = { accountId: "100000000001", propagation: { effectiveAt: "2026-01-01T00:10:00.000Z" } };

const templateProvider = {
  async create(inputs) {
    const id = String(Math.floor(Math.random() * 1e9));
    return { id, outs: { ...inputs, templateId: id, ...outputs } };
  },
  async diff() {
    return { changes: false };
  },
  async read(id, props) {
    return { id, props };
  },
};

const bindingProvider = {
  ...templateProvider,
  async create(inputs) {
    return { id: `${inputs.domainName}/${inputs.appName}`, outs: { ...inputs, ...outputs } };
  },
};

exports.CallbackTemplate = class CallbackTemplate extends pulumi.dynamic.Resource {
  constructor(name, args, opts) {
    const named = { templateId: undefined, accountId: undefined, propagation: undefined };
    super(templateProvider, name, { ...named, ...args, callbackKey: pulumi.secret(args.callbackKey) }, opts);
    this.templateId = this.id;
  }
};

exports.DomainTemplateBinding = class DomainTemplateBinding extends pulumi.dynamic.Resource {
  constructor(name, args, opts) {
    super(bindingProvider, name, { accountId: undefined, propagation: undefined, ...args }, opts);
  }
};
