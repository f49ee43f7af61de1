// One cell of the matrix: an operation meets a fault, with its own account and its own runtime (without cached lists).
// Then it runs again without the fault, in another runtime. Problems are returned as texts.
import { isDeepStrictEqual } from "node:util";
import { type Emulator, startEmulator } from "../../emulator/index.ts";
import { CallFailure, host, type ProviderProcess, providerTexts, Resource } from "../protocol/providerProcess.ts";
import { plain } from "../secretValues.ts";
import { envelope, FaultyEndpoint, type Plan, type SentCall, sendJson } from "./faultyEndpoint.ts";
import { callbackKey, foreignRule, foreignTemplate, type Kept, type Operation } from "./operations.ts";
import type { Outcome } from "./rules.ts";

export const secretKey = "emulator-key";
export const token = "TokenOfTheSession77";

export interface Result {
  outcome: Outcome;
  /** The failure's message, if there was one. */
  message: string;
  calls: SentCall[];
  problems: string[];
}

export interface Given {
  plans?: Plan[];
  /** Default: the account's own. */
  endpoint?: string;
  requestTimeout?: number;
  /** What the failure must mention, beside what every failure must mention. */
  mentions?: RegExp;
}

let runtimes = 0;

/** Another runtime in the same process, without cached lists and claims, like the next run of the engine. */
async function inAnotherRun<Result>(
  provider: ProviderProcess,
  modules: string,
  operation: Operation,
  env: Record<string, string>,
  run: (resource: Resource) => Promise<Result>,
): Promise<Result> {
  if (host() === "plugin") {
    const { calls, end } = await provider.anotherRun(env);
    return run(new Resource(calls, providerTexts[operation.resource])).finally(end);
  }
  // The host treats a different text as a different resource.
  const runtime = 'require("pulumi-tencentcloud-lvb/runtime")';
  const messages = `require(${JSON.stringify(`${modules}/engineMessages.js`)})`;
  const report = `(globalThis.reportOfTests??=${messages}.engineReport(${messages}.engineOfDynamicHost))`;
  const created = `${runtime}.createRuntime({env:${JSON.stringify(env)},report:${report}})`;
  const text = `/* ${++runtimes} */exports.handler=()=>${created}.load("${operation.resource}");`;
  return run(new Resource(provider, text));
}

export async function runCell(
  provider: ProviderProcess,
  modules: string,
  operation: Operation,
  given: Given = {},
): Promise<Result> {
  const emulator = await startEmulator();
  const endpoint = await FaultyEndpoint.start(emulator.url);
  try {
    emulator.setState(operation.account);
    const before = emulator.state();
    const run = (url: string, requestTimeout: number, kept: Kept) => {
      const env = {
        TENCENTCLOUD_LVB_ENDPOINT: url,
        TENCENTCLOUD_SECRET_ID: "emulator-id",
        TENCENTCLOUD_SECRET_KEY: secretKey,
        TENCENTCLOUD_SECURITY_TOKEN: token,
        TENCENTCLOUD_LVB_REQUEST_TIMEOUT: String(requestTimeout),
      };
      return outcomeOf(inAnotherRun(provider, modules, operation, env, (resource) => operation.run(resource, kept)));
    };

    endpoint.plans = [...(operation.refused ? [refusalOf(operation.refused)] : []), ...(given.plans ?? [])];
    const first = await run(given.endpoint ?? endpoint.url, given.requestTimeout ?? 1, operation.kept);
    const calls = [...endpoint.calls];
    const problems = [
      ...problemsOfAccount(operation, emulator, before),
      ...(first.failure ? problemsOfFailure(operation, first.failure, given.mentions) : []),
      ...(first.failure?.partial ? problemsOfPartial(operation, emulator, first.failure.partial) : []),
      ...(first.failure ? [] : problemsOfSuccess(operation, emulator, first.kept)),
    ];

    if (first.failure) {
      endpoint.plans = [];
      const partial = first.failure.partial;
      const kept = partial ? { id: partial.id, outs: partial.properties } : operation.kept;
      const second = await run(endpoint.url, 5, kept);
      const again = second.failure
        ? [`failed: ${second.failure.message}`]
        : problemsOfSuccess(operation, emulator, second.kept);
      problems.push(
        ...[...again, ...problemsOfAccount(operation, emulator, before)].map((problem) => `the next run: ${problem}`),
      );
    }
    const outcome = first.failure ? (first.failure.partial ? "K" : "E") : "C";
    return { outcome, message: first.failure?.message ?? "", calls, problems };
  } finally {
    await endpoint.stop();
    await emulator.stop();
  }
}

function refusalOf(action: string): Plan {
  const refusal = { Code: "InternalError.ConfNotFound", Message: "No such template." };
  return { action, from: 1, times: 1, act: ({ response }) => sendJson(response, envelope({ Error: refusal })) };
}

async function outcomeOf(run: Promise<Kept>): Promise<{ kept?: Kept; failure?: CallFailure }> {
  try {
    return { kept: await run };
  } catch (error) {
    if (error instanceof CallFailure) return { failure: error };
    throw error;
  }
}

/** There must be at most one object for a declaration, and other people's objects must be unchanged. */
function problemsOfAccount(operation: Operation, emulator: Emulator, before: ReturnType<Emulator["state"]>): string[] {
  const state = emulator.state();
  const foreign = ({ templates, rules }: typeof state) => ({
    templates: templates.filter(({ TemplateId }) => TemplateId === foreignTemplate.TemplateId),
    rules: rules.filter(({ AppName }) => AppName === foreignRule.AppName),
  });
  const problems: string[] = [];
  const own = operation.own(state);
  if (own.length > 1) problems.push(`${own.length} objects: ${JSON.stringify(own)}`);
  if (!isDeepStrictEqual(foreign(state), foreign(before))) problems.push("someone else's object was changed");
  if (operation.resource === "DomainTemplateBinding" && !isDeepStrictEqual(state.templates, before.templates)) {
    problems.push("a template was changed");
  }
  const creates = emulator
    .requests()
    .filter(({ action, code }) => /^CreateLiveCallbackT/.test(action) && code === null);
  if (creates.length > 1) problems.push(`${creates.length} templates were created`);
  return problems;
}

function problemsOfSuccess(operation: Operation, emulator: Emulator, kept: Kept): string[] {
  const problems: string[] = [];
  const own = operation.own(emulator.state());
  if (!isDeepStrictEqual(own, operation.wanted)) problems.push(`the account holds ${JSON.stringify(own)}`);
  const outs = kept && plain(kept.outs);
  for (const [name, value] of Object.entries(operation.outs ?? {})) {
    if (!isDeepStrictEqual(outs?.[name], value))
      problems.push(`${name} is ${JSON.stringify(outs?.[name])} in the state`);
  }
  if (!operation.outs && kept) problems.push("the state still holds the object");
  if (kept && !outs?.__provider) problems.push("the state has lost its __provider");
  return problems;
}

/** An error must name its object, and a next step or a RequestId. It must not contain secrets or internals. */
function problemsOfFailure(operation: Operation, { message, partial }: CallFailure, mentions = /./): string[] {
  const texts = [message, ...(partial?.reasons ?? [])];
  return texts
    .filter(Boolean)
    .flatMap((text) => [
      ...(text.includes(operation.object) ? [] : [`does not name its object: ${text}`]),
      ...(/ Next: |\(RequestId [\w-]+\)/.test(text) ? [] : [`neither a next step nor a RequestId: ${text}`]),
      ...(mentions.test(text) ? [] : [`does not mention ${mentions}: ${text}`]),
      ...([callbackKey, secretKey, token].some((secret) => text.includes(secret)) ? ["shows a secret"] : []),
      ...(/undefined|\[object|[\u0000-\u001f\u007f-\u009f]/.test(text) ? [`not fit to be read: ${text}`] : []),
    ]);
}

/** The state must equal the account. */
function problemsOfPartial(
  operation: Operation,
  emulator: Emulator,
  { properties, reasons }: NonNullable<CallFailure["partial"]>,
): string[] {
  const problems: string[] = [];
  const [rule] = emulator.state().rules.filter(({ AppName }) => AppName !== foreignRule.AppName);
  const bound = String(rule?.TemplateId ?? "");
  if (properties.templateId !== bound) {
    problems.push(`the state says template "${String(properties.templateId)}", the account has "${bound}"`);
  }
  if (!properties.__provider) problems.push("the state has lost its __provider");
  if (reasons.length === 0) problems.push("kept without a reason");
  if (operation.resource !== "DomainTemplateBinding") problems.push("only a switch is ever half done");
  return problems;
}
