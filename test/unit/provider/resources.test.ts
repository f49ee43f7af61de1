import * as pulumi from "@pulumi/pulumi";
import { beforeEach, expect, test } from "vitest";
import { autoName } from "../../../provider/resources/autoName.ts";
import { CallbackTemplate } from "../../../provider/resources/callbackTemplate.ts";
import { DomainTemplateBinding } from "../../../provider/resources/domainTemplateBinding.ts";
import { PropagationWait } from "../../../provider/resources/propagationWait.ts";
import { Provider } from "../../../provider/resources/provider.ts";
import { urnOf } from "../../../provider/resources/urn.ts";

const url = "https://callbacks.example.com/lvb";
const change = {
  changedAt: "2026-01-02T03:04:05.000Z",
  earliestEffectiveAt: "2026-01-02T03:09:05.000Z",
  effectiveAt: "2026-01-02T03:14:05.000Z",
};
const secretSignature = "4dabf18193072939515e22adb298388d";

let registered: pulumi.runtime.MockResourceArgs[] = [];

async function mocks(project = "project", stack = "stack", organization = "organization"): Promise<void> {
  registered = [];
  await pulumi.runtime.setMocks(
    {
      newResource: (args) => {
        registered.push(args);
        return { id: args.id || `${args.name}-id`, state: args.inputs };
      },
      call: () => ({}),
    },
    project,
    stack,
    false,
    organization,
  );
}

beforeEach(() => mocks());

/** The inputs that were registered under a name, after all registrations. */
async function inputsOf(name: string): Promise<Record<string, unknown>> {
  await pulumi.runtime.disconnect();
  const found = registered.find((resource) => resource.name === name);
  if (!found) throw new Error(`${name} was not registered`);
  return found.inputs;
}

function resolved<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

const templateType = "pulumi-nodejs:dynamic/tencentcloud-lvb:CallbackTemplate";

function nameOf(resource: string, parent?: pulumi.Resource): string {
  return autoName(resource, urnOf(resource, templateType, parent));
}

test("an automatic name is the resource's name with seven digits of a hash, always the same", () => {
  expect(nameOf("live-events")).toMatch(/^live-events-[0-9a-f]{7}$/);
  expect(nameOf("live-events")).toBe(nameOf("live-events"));
});

test("an automatic name has at most thirty characters, all of them allowed in the console", () => {
  const long = "a".repeat(100);
  expect(nameOf(long)).toMatch(/^a{22}-[0-9a-f]{7}$/);
  expect(nameOf(long)).not.toBe(nameOf(`${long}b`));
  expect(nameOf("直播 events/№1.ä")).toMatch(/^直播-events--1---[0-9a-f]{7}$/);
  expect(nameOf("😀".repeat(30))).toMatch(/^-{22}-[0-9a-f]{7}$/);
  expect(nameOf("a b")).not.toBe(nameOf("a-b"));
});

test("an automatic name differs between organizations, projects, stacks and resources", async () => {
  const names = new Set([nameOf("a"), nameOf("b")]);
  for (const [project, stack, organization] of [
    ["project2", "stack", "organization"],
    ["project", "stack2", "organization"],
    ["project", "stack", "organization2"],
    ["projectstack", "", "organization"],
  ]) {
    await mocks(project, stack, organization);
    names.add(nameOf("a"));
  }
  expect(names.size).toBe(6);
});

test("the URN of a resource is known before it is registered", async () => {
  const component = new pulumi.ComponentResource("test:index:Component", "component");
  const below = new CallbackTemplate("events", { streamBeginNotifyUrl: url }, { parent: component });
  const top = new CallbackTemplate("events", { streamBeginNotifyUrl: url });
  expect(await resolved(below.urn)).toBe(urnOf("events", templateType, component));
  expect(await resolved(top.urn)).toBe(urnOf("events", templateType, undefined));
  expect(nameOf("events", component)).not.toBe(nameOf("events"));
});

test("a template registers its type, inputs, hidden inputs and the constant handlers text", async () => {
  const template = new CallbackTemplate("events", { streamBeginNotifyUrl: url, recordExceptionLevels: ["error"] });
  expect(await resolved(template.id)).toBe("events-id");
  expect(await inputsOf("events")).toEqual({
    streamBeginNotifyUrl: url,
    recordExceptionLevels: ["error"],
    __urn: await resolved(template.urn),
    __autoName: nameOf("events"),
    __provider: 'exports.handler=()=>require("pulumi-tencentcloud-lvb/runtime").load("CallbackTemplate");',
  });
  expect(registered[0]).toMatchObject({
    type: "pulumi-nodejs:dynamic/tencentcloud-lvb:CallbackTemplate",
    custom: true,
  });
});

test("a binding and a wait register their type, inputs and the constant handlers text", async () => {
  const binding = new DomainTemplateBinding("live", {
    domainName: "push.example.com",
    appName: "live",
    templateId: "1001",
    allowOverwrite: true,
  });
  const wait = new PropagationWait("effective", { changes: [change] });
  await Promise.all([resolved(binding.id), resolved(wait.id)]);
  expect(await inputsOf("live")).toEqual({
    domainName: "push.example.com",
    appName: "live",
    templateId: "1001",
    allowOverwrite: true,
    __urn: await resolved(binding.urn),
    __provider: 'exports.handler=()=>require("pulumi-tencentcloud-lvb/runtime").load("DomainTemplateBinding");',
  });
  expect(await inputsOf("effective")).toEqual({
    changes: [change],
    __urn: await resolved(wait.urn),
    __provider: 'exports.handler=()=>require("pulumi-tencentcloud-lvb/runtime").load("PropagationWait");',
  });
  expect(registered.map(({ type }) => type).sort()).toEqual([
    "pulumi-nodejs:dynamic/tencentcloud-lvb:DomainTemplateBinding",
    "pulumi-nodejs:dynamic/tencentcloud-lvb:PropagationWait",
  ]);
});

test("a wait in a component passes on its own URN", async () => {
  const component = new pulumi.ComponentResource("test:index:Component", "parent");
  const wait = new PropagationWait("effective", { changes: [change] }, { parent: component });
  await resolved(wait.id);
  expect(await inputsOf("effective")).toMatchObject({ __urn: await resolved(wait.urn) });
});

test("every output of a resource exists, even if nothing set it", async () => {
  const template = new CallbackTemplate("events", { streamBeginNotifyUrl: url });
  expect(await resolved(template.streamBeginNotifyUrl)).toBe(url);
  expect(await resolved(template.templateId)).toBe("events-id");
  const unset = [
    template.description,
    template.streamEndNotifyUrl,
    template.recordNotifyUrl,
    template.recordStatusNotifyUrl,
    template.snapshotNotifyUrl,
    template.pornCensorshipNotifyUrl,
    template.pushExceptionNotifyUrl,
    template.audioAuditNotifyUrl,
    template.recordExceptionNotifyUrl,
    template.recordExceptionLevels,
    template.callbackKey,
    template.accountId,
    template.propagation,
  ];
  for (const output of unset) expect(await resolved<unknown>(output)).toBeUndefined();

  const binding = new DomainTemplateBinding("live", { domainName: "d.example.com", appName: "a", templateId: "1" });
  for (const output of [binding.accountId, binding.propagation]) {
    expect(await resolved<unknown>(output)).toBeUndefined();
  }
});

test("the callback key is a secret input and output, however it was given", async () => {
  const given = { plain: "abc123", output: pulumi.output("abc123"), secret: pulumi.secret("abc123") };
  for (const [name, callbackKey] of Object.entries(given)) {
    const template = new CallbackTemplate(name, { streamBeginNotifyUrl: url, callbackKey });
    expect(await resolved(template.callbackKey)).toBe("abc123");
    expect(await pulumi.isSecret(template.callbackKey)).toBe(true);
    expect(await pulumi.isSecret(template.streamBeginNotifyUrl)).toBe(false);
    expect(JSON.stringify(await resolved(pulumi.unsecret(template.callbackKey)))).not.toContain(secretSignature);
  }
});

test("the option `import` is passed to create, not to the engine", async () => {
  const template = new CallbackTemplate(
    "events",
    { templateName: "events", streamBeginNotifyUrl: url },
    { import: "1001", protect: true },
  );
  const binding = new DomainTemplateBinding(
    "live",
    { domainName: "push.example.com", appName: "live", templateId: "1001" },
    { import: "push.example.com/live" },
  );
  // The engine would read an import, and give its own id to the mock.
  expect(await resolved(template.id)).toBe("events-id");
  expect(await resolved(binding.id)).toBe("live-id");
  expect(await inputsOf("events")).toMatchObject({ __import: "1001" });
  expect(await inputsOf("live")).toMatchObject({ __import: "push.example.com/live" });
  expect(registered.map(({ id }) => id || undefined)).toEqual([undefined, undefined]);
});

test("`get` reads by id, without inputs", async () => {
  const template = CallbackTemplate.get("events", "1001");
  const binding = DomainTemplateBinding.get("live", "push.example.com/live");
  expect(await resolved(template.id)).toBe("1001");
  expect(await resolved(binding.id)).toBe("push.example.com/live");
  for (const name of ["events", "live"]) {
    expect(Object.keys(await inputsOf(name))).toEqual(["__provider"]);
  }
});

test("`isInstance` tells the types apart, even for another copy of the package", () => {
  const template = new CallbackTemplate("events", { streamBeginNotifyUrl: url });
  const binding = new DomainTemplateBinding("live", { domainName: "d.example.com", appName: "a", templateId: "1" });
  const wait = new PropagationWait("effective", { changes: [] });
  const classes = [CallbackTemplate, DomainTemplateBinding, PropagationWait];
  expect([template, binding, wait].map((value) => classes.map((type) => type.isInstance(value)))).toEqual([
    [true, false, false],
    [false, true, false],
    [false, false, true],
  ]);
  for (const value of [undefined, null, {}, "text", { __pulumiType: "x" }]) {
    expect(CallbackTemplate.isInstance(value)).toBe(false);
  }
  // As policies call it.
  expect(CallbackTemplate.isInstance({ __pulumiType: templateType })).toBe(true);
  expect(Provider.isInstance({ __pulumiType: "pulumi:providers:pulumi-nodejs" })).toBe(true);
  class OfAnotherCopy extends pulumi.CustomResource {}
  const copy = new OfAnotherCopy("pulumi-nodejs:dynamic/tencentcloud-lvb:CallbackTemplate", "copy");
  expect(CallbackTemplate.isInstance(copy)).toBe(true);
});

test("a provider's arguments become its configuration, other types than text as JSON", async () => {
  const provider = new Provider("overseas", {
    secretId: "id",
    secretKey: "key-of-provider",
    securityToken: "token-of-provider",
    endpoint: "https://live.intl.tencentcloudapi.com",
    allowedAccountIds: ["1", pulumi.output("2")],
    propagationSeconds: 3,
  });
  await resolved(provider.id);
  expect(await inputsOf("overseas")).toEqual({
    "tencentcloud:secretId": "id",
    "tencentcloud:secretKey": expect.anything(),
    "tencentcloud:securityToken": expect.anything(),
    "tencentcloud:endpoint": "https://live.intl.tencentcloudapi.com",
    "tencentcloud:allowedAccountIds": '["1","2"]',
    "tencentcloud:propagationSeconds": "3",
  });
  expect(registered.map(({ type }) => type)).toContain("pulumi:providers:pulumi-nodejs");
});

test("a provider without arguments has no configuration", async () => {
  await resolved(new Provider("plain").id);
  expect(await inputsOf("plain")).toEqual({});
});

/** Runs with a mapper of stack traces, as ts-node sets one, and returns the functions that it was called for. */
function mapped(run: () => void): string[] {
  const former = Error.prepareStackTrace;
  const asked: string[] = [];
  const mapper: typeof former = (error, sites) => {
    asked.push(sites[0]?.getFunctionName() ?? "");
    return [error, ...sites].join("\n    at ");
  };
  Error.prepareStackTrace = mapper;
  try {
    run();
    expect(Error.prepareStackTrace).toBe(mapper);
  } finally {
    Error.prepareStackTrace = former;
  }
  return asked;
}

test("only the position of the resource is mapped to the source, not the stack traces of the SDK's promises", () => {
  class Usual extends pulumi.CustomResource {}
  expect(mapped(() => new CallbackTemplate("quiet", { recordNotifyUrl: url }))).toEqual(["callsites"]);
  expect(mapped(() => new Usual("test:index:Usual", "usual", {}))).toContain("debuggablePromise");
});

test("an error in a transformation keeps its stack trace, and the mapper is restored", () => {
  const failing: pulumi.ResourceTransformation = function inTheTransformation() {
    throw new Error("out of order");
  };
  mapped(() => {
    const declare = () => new CallbackTemplate("bad", { recordNotifyUrl: url }, { transformations: [failing] });
    expect(declare).toThrow(
      expect.objectContaining({ stack: expect.stringMatching(/inTheTransformation .*\n.*CallbackTemplate/s) }),
    );
  });
});
