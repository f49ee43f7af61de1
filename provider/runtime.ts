/**
 * The entry that the `__provider` text in users' states requires, for ever: `load(<resource>)` returns the handlers.
 *
 * Here every value that crosses the border to the host is made safe. The host turns an `undefined` at any depth, a
 * number as id or a Date into a lost object, and a thrown non-error into a call that hangs (pulumi/pulumi
 * `sdk/nodejs/cmd/dynamic-provider`; issues #2205, #7576).
 */
import { engineReport } from "./engineMessages";
import { callbackTemplateHandlers } from "./handlers/callbackTemplate";
import { domainTemplateBindingHandlers } from "./handlers/domainTemplateBinding";
import { propagationWaitHandlers } from "./handlers/propagationWait";
import { Claims, type Handlers, PartialFailure, type Report, type Session, type Values } from "./handlers/session";
import { redact, tokenVariables } from "./live/errors";
import type { LiveGateway } from "./live/gateway";
import { secretEnvelope } from "./properties";

/** Name of a resource, as the `__provider` text gives it. */
export type ResourceName = "CallbackTemplate" | "DomainTemplateBinding" | "PropagationWait";

const resources: Readonly<Record<ResourceName, (session: Session) => Handlers>> = {
  CallbackTemplate: callbackTemplateHandlers,
  DomainTemplateBinding: domainTemplateBindingHandlers,
  PropagationWait: propagationWaitHandlers,
};

/** Plain values, as the host passes them. */
type HostValues = Readonly<Record<string, unknown>>;

/** What the host passes to `configure`. */
interface ConfigureRequest {
  config: { get(key: string): string | undefined };
}

/** What the host calls: `pulumi.dynamic.ResourceProvider`, of which this package must not import the type at run time. */
export interface HostedHandlers {
  configure(request: ConfigureRequest): Promise<void>;
  check(
    olds: HostValues,
    news: HostValues,
  ): Promise<{ inputs: HostValues; failures: { property: string; reason: string }[] }>;
  diff(id: string, olds: HostValues, news: HostValues): Promise<{ changes: boolean; replaces?: string[] }>;
  create(inputs: HostValues): Promise<{ id: string; outs: HostValues }>;
  read(id: string, props: HostValues): Promise<{ id: string; props: HostValues; inputs?: HostValues }>;
  update(id: string, olds: HostValues, news: HostValues): Promise<{ outs: HostValues }>;
  delete(id: string, props: HostValues): Promise<void>;
}

/** One provider process: what its resources share. @internal */
export interface Runtime {
  load(resource: ResourceName): HostedHandlers;
}

/** Handlers of a resource, for the provider process that loads this module. */
export function load(resource: ResourceName): HostedHandlers {
  runtimeOfProcess ??= createRuntime({ env: process.env, report: engineReport(process.argv.at(-1)) });
  return runtimeOfProcess.load(resource);
}

let runtimeOfProcess: Runtime | undefined;

/** A runtime of its own, for tests that need several in one process. @internal */
export function createRuntime(options: {
  env: NodeJS.ProcessEnv;
  report: Report & { flush?(): Promise<void> };
}): Runtime {
  const { env, report } = options;
  let config: ConfigureRequest["config"] | undefined;
  let live: Promise<LiveGateway> | undefined;
  const secretSettings = () =>
    [config?.get("tencentcloud:secretKey"), config?.get("tencentcloud:securityToken")].concat(
      secretVariables.map((name) => env[name]),
    );

  const connectLive = async () => {
    const [{ connect }, { readSettings }] = await Promise.all([
      import("./live/gateway.js"),
      import("./live/settings.js"),
    ]);
    const read = (key: string) => config?.get(key);
    return connect(readSettings(read, env), read, env, (text) => report.info(text));
  };

  const session: Session = {
    async live() {
      live ??= connectLive();
      return (await live).ready();
    },
    report,
    claims: new Claims(),
  };

  return {
    load(resource) {
      const handlers = resources[resource](session);
      const run = async <T>(inputs: Values, olds: Values, call: () => T | Promise<T>): Promise<T> => {
        try {
          return await call();
        } catch (error) {
          const secrets = [inputs.callbackKey, olds.callbackKey, ...secretSettings()].filter(isText);
          throw safeError(error, inputs, secrets);
        } finally {
          await report.flush?.();
        }
      };
      return {
        // Synchronous and without any work: calls run beside it, and a failure of it would be cached and never told.
        configure(request) {
          config = request.config;
          return Promise.resolve();
        },
        check: (olds, news) =>
          run(news, olds, async () => {
            const { inputs, failures } = handlers.check(olds, news);
            return { inputs: sealed(inputs), failures: safe(failures) };
          }),
        diff: (id, olds, news) => run(news, olds, async () => safe(handlers.diff(id, olds, news))),
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
    },
  };
}

/** JSON only: no `undefined`, nothing that the wire turns into something else. */
function safe<T>(value: T): T {
  return JSON.parse(JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? String(item) : item)));
}

/**
 * Safe values, with the callback key always marked secret. The host keeps a value secret only where the request had
 * one. So a key would reach the state in clear if a refresh finds it and the program never set it, or if a transform
 * took the mark off: in inline programs of the Automation API, a transform that returns `props` does (SDK 3.276).
 */
function sealed(values: Values): Values {
  const { callbackKey, ...rest } = safe(values);
  return isText(callbackKey) ? { ...rest, callbackKey: { ...secretEnvelope, value: callbackKey } } : rest;
}

/** An error that the host can carry, that says nothing secret, and that shows no stack for what is no bug. */
function safeError(thrown: unknown, inputs: Values, secrets: readonly string[]): Error {
  const original = thrown instanceof Error ? thrown : new Error(String(thrown));
  const message = redact(original.message, secrets);
  const error = Object.assign(new Error(message), {
    // The host prints `${error}: ${error.stack}` before the engine shows the message itself.
    toString: () => "pulumi-tencentcloud-lvb",
  });
  error.stack = expected.has(original.name) ? message : redact(original.stack ?? message, secrets);
  if (!(original instanceof PartialFailure)) return error;
  // The host adds no __provider here, and shows only the reasons.
  const properties = { ...sealed(original.outs), __provider: inputs.__provider };
  return Object.assign(error, { id: original.id, properties, reasons: [message] });
}

const expected = new Set(["LiveError", "PartialFailure"]);

const secretVariables = ["TENCENTCLOUD_SECRET_KEY", ...tokenVariables];

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
