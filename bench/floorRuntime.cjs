// The floor: takes the place of `dist/provider/runtime.js` in a copy of the installed package. Classes, program and
// `__provider` text stay the same; the handlers answer at once, make no call, and leave the state that the real ones do.
"use strict";

const secretMark = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };
const constant = {
  accountId: "100000000001",
  propagation: {
    changedAt: "2026-01-01T00:00:00.000Z",
    earliestEffectiveAt: "2026-01-01T00:05:00.000Z",
    effectiveAt: "2026-01-01T00:10:00.000Z",
  },
};
let lastTemplateId = 1000;

const sealed = ({ callbackKey, __provider, ...values }) =>
  callbackKey ? { ...values, callbackKey: { ...secretMark, value: callbackKey } } : values;

const asInputs = ({ accountId, propagation, ...inputs }) => sealed(inputs);

const shared = {
  async configure() {},
  async check(_olds, { __autoName, ...inputs }) {
    return { inputs, failures: [] };
  },
  async diff() {
    return { changes: false };
  },
  async delete() {},
};

const handlers = {
  CallbackTemplate: {
    ...shared,
    async create(inputs) {
      const templateId = String(++lastTemplateId);
      return { id: templateId, outs: { ...sealed(inputs), templateId, ...constant } };
    },
    async read(id, props) {
      const { templateId: _, ...inputs } = asInputs(props);
      return { id, props: sealed(props), inputs };
    },
  },
  DomainTemplateBinding: {
    ...shared,
    async create(inputs) {
      return { id: `${inputs.domainName}/${inputs.appName}`, outs: { ...inputs, ...constant } };
    },
    async read(id, props) {
      return { id, props, inputs: asInputs(props) };
    },
  },
};

exports.load = (resource) => handlers[resource];
