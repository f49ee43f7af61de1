/**
 * Shared by both borders to Pulumi: the handlers of one provider process, and the code that makes every outgoing value
 * and error safe. `runtime.ts` is the border to the host of dynamic resources, `plugin/` the one to the engine itself.
 *
 * If a value has an `undefined` at any depth, a Date, or a number as id, the host loses the object. If a handler throws
 * something other than an error, the call hangs (pulumi/pulumi `sdk/nodejs/cmd/dynamic-provider`; issues #2205, #7576).
 */
import { callbackTemplateHandlers } from "./handlers/callbackTemplate";
import { domainTemplateBindingHandlers } from "./handlers/domainTemplateBinding";
import { propagationWaitHandlers } from "./handlers/propagationWait";
import { Claims, type Handlers, PartialFailure, type Report, type Session, type Values } from "./handlers/session";
import { redact, tokenVariables } from "./live/errors";
import type { LiveGateway } from "./live/gateway";
import type { Configuration } from "./live/settings";
import { secretEnvelope } from "./properties";

/** Name of a resource, as in the `__provider` text and the plugin's type token. */
export type ResourceName = "CallbackTemplate" | "DomainTemplateBinding" | "PropagationWait";

const resources: Readonly<Record<ResourceName, (session: Session) => Handlers>> = {
  CallbackTemplate: callbackTemplateHandlers,
  DomainTemplateBinding: domainTemplateBindingHandlers,
  PropagationWait: propagationWaitHandlers,
};

export interface BorderOptions {
  env: NodeJS.ProcessEnv;
  report: Report & { flush?(): Promise<void> };
  /** Read at the first use: the host may configure later. */
  configuration: () => Configuration;
  cancelled?: AbortSignal;
}

/** The handlers, with safe results. A failure is a {@link PartialFailure} or an `Error`. */
export type SafeHandlers = {
  [Name in keyof Handlers]: (...args: Parameters<Handlers[Name]>) => Promise<Awaited<ReturnType<Handlers[Name]>>>;
};

/** The handlers of one provider process, by resource. They share one session. */
export function openBorder(options: BorderOptions): (resource: ResourceName) => SafeHandlers {
  const { env, report, configuration, cancelled } = options;
  let live: Promise<LiveGateway> | undefined;

  const connectLive = async () => {
    const [{ connect }, { readSettings }] = await Promise.all([
      import("./live/gateway.js"),
      import("./live/settings.js"),
    ]);
    const config = configuration();
    return connect(readSettings(config, env), config, env, (text) => report.info(text));
  };
  const session: Session = {
    async live() {
      live ??= connectLive();
      return (await live).ready();
    },
    report,
    claims: new Claims(),
    ...(cancelled && { cancelled }),
  };
  const secretSettings = () => {
    const config = configuration();
    return [config.get("secretKey"), config.get("securityToken"), ...secretVariables.map((name) => env[name])];
  };
  const run = async <T>(inputs: Values, olds: Values, call: () => T | Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      throw safeError(error, [inputs.callbackKey, olds.callbackKey, ...secretSettings()].filter(isText));
    } finally {
      await report.flush?.();
    }
  };

  return (resource) => {
    const handlers = resources[resource](session);
    return {
      check: (olds, news) =>
        run(news, olds, () => {
          const { inputs, failures } = handlers.check(olds, news);
          return { inputs: sealed(inputs), failures: safe(failures) };
        }),
      diff: (id, olds, news) => run(news, olds, () => safe(handlers.diff(id, olds, news))),
      create: (inputs) =>
        run(inputs, inputs, async () => {
          const { id, outs } = await handlers.create(inputs);
          return { id: String(id), outs: sealed(outs) };
        }),
      read: (id, props) =>
        run(props, props, async () => {
          const { id: found, props: outs, inputs } = await handlers.read(id, props);
          return { id: String(found), props: sealed(outs), ...(inputs ? { inputs: sealed(inputs) } : {}) };
        }),
      update: (id, olds, news) =>
        run(news, olds, async () => ({ outs: sealed((await handlers.update(id, olds, news)).outs) })),
      delete: (id, props) => run(props, props, () => handlers.delete(id, props)),
    };
  };
}

/** JSON only: no `undefined`, and no value that changes on the wire. */
function safe<T>(value: T): T {
  return JSON.parse(JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? String(item) : item)));
}

/**
 * Safe values, with the callback key always marked as secret. The engine keeps a value secret only if the request had a
 * secret there. So the state would hold the key unencrypted if a refresh finds a key that the program never set, or if a
 * transform removes the mark: in inline programs of the Automation API, one that returns `props` does (SDK 3.276).
 */
export function sealed(values: Values): Values {
  const { callbackKey, ...rest } = safe(values);
  return isText(callbackKey) ? { ...rest, callbackKey: { ...secretEnvelope, value: callbackKey } } : rest;
}

/** An error without secrets. An expected failure has no stack trace. */
function safeError(thrown: unknown, secrets: readonly string[]): Error {
  const original = thrown instanceof Error ? thrown : new Error(String(thrown));
  const message = redact(original.message, secrets);
  const error =
    original instanceof PartialFailure
      ? new PartialFailure(message, original.id, sealed(original.outs))
      : new Error(message);
  error.stack = expected.has(original.name) ? message : redact(original.stack ?? message, secrets);
  return error;
}

const expected = new Set(["LiveError", "PartialFailure"]);

const secretVariables = ["TENCENTCLOUD_SECRET_KEY", ...tokenVariables];

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
