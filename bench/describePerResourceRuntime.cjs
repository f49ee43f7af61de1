// What sharing a list is measured against: takes the place of `dist/provider/runtime.js` in a copy of the installed
// package, and does what a provider of the usual kind does. Each read lists everything, and each write reads back what
// it has written; nothing is looked at before a write. Gateway, SDK and program are the same.
"use strict";

const config = { namespace: "tencentcloud", get: () => undefined };
let connected;

function live() {
  connected ??= Promise.all([import("./live/gateway.js"), import("./live/settings.js")]).then(
    ([{ connect }, { readSettings }]) => connect(readSettings(config, process.env), config, process.env, console.log),
  );
  return connected;
}

const secretMark = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

const sealed = ({ callbackKey, ...values }) =>
  callbackKey ? { ...values, callbackKey: { ...secretMark, value: callbackKey } } : values;

/** As large as what the shared handlers keep, so that the engine has the same to write. */
const kept = {
  accountId: "100000000001",
  propagation: {
    changedAt: "2026-01-01T00:00:00.000Z",
    earliestEffectiveAt: "2026-01-01T00:05:00.000Z",
    effectiveAt: "2026-01-01T00:10:00.000Z",
  },
};

async function found(list, key) {
  const item = (await list.refetch()).get(key);
  if (item === undefined) throw new Error(`${key} is not there`);
  return item;
}

const unchanged = {
  async configure() {},
  async check(_olds, { __autoName, ...inputs }) {
    return { inputs, failures: [] };
  },
  async diff() {
    return { changes: false };
  },
};

const handlers = {
  CallbackTemplate: {
    ...unchanged,
    async create({ __provider, __urn, ...fields }) {
      const gateway = await live();
      const id = await gateway.createTemplate(fields);
      return { id, outs: sealed({ ...(await found(gateway.templates, id)), ...kept }) };
    },
    async read(id, { accountId, propagation }) {
      const template = await found((await live()).templates, id);
      const { templateId: _, ...inputs } = template;
      return { id, props: sealed({ ...template, accountId, propagation }), inputs: sealed(inputs) };
    },
    async delete(id) {
      await (await live()).deleteTemplate(id);
    },
  },
  DomainTemplateBinding: {
    ...unchanged,
    async create({ domainName, appName, templateId }) {
      const gateway = await live();
      await gateway.createRule(domainName, appName, templateId);
      const id = `${domainName}/${appName}`;
      const rule = await found(gateway.rules, id);
      return { id, outs: { domainName, appName, templateId: rule.templateId, ...kept } };
    },
    async read(id, { accountId, propagation }) {
      const { domainName, appName, templateId } = await found((await live()).rules, id);
      const inputs = { domainName, appName, templateId };
      return { id, props: { ...inputs, accountId, propagation }, inputs };
    },
    async delete(id) {
      const [domainName, appName] = id.split("/");
      await (await live()).deleteRule(domainName, appName);
    },
  },
};

exports.load = (resource) => handlers[resource];
