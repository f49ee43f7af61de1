/**
 * The border to the host of dynamic resources. The `__provider` text in users' states requires this module, so it must
 * never be removed: `load(<resource>)` returns the handlers. The other border, to the engine itself, is `plugin/`.
 */
import { openBorder, type ResourceName } from "./border";
import { engineOfDynamicHost, engineReport } from "./engineMessages";
import { PartialFailure, type Report, type Values } from "./handlers/session";
import type { SettingName } from "./live/settings";

export type { ResourceName } from "./border";

/** Plain values, as the host passes them. */
type HostValues = Readonly<Record<string, unknown>>;

/** The configuration that the host passes to `configure`. */
interface ConfigureRequest {
  config: { get(key: string): string | undefined };
}

/** The interface that the host calls: `pulumi.dynamic.ResourceProvider`, which we must not import at run time. */
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

/** Shared by the resources of one provider process. @internal */
export interface Runtime {
  load(resource: ResourceName): HostedHandlers;
}

/** Handlers of a resource, for the provider process that loads this module. */
export function load(resource: ResourceName): HostedHandlers {
  runtimeOfProcess ??= createRuntime({ env: process.env, report: engineReport(engineOfDynamicHost) });
  return runtimeOfProcess.load(resource);
}

let runtimeOfProcess: Runtime | undefined;

/** A separate runtime, for tests that need several in one process. @internal */
export function createRuntime(options: {
  env: NodeJS.ProcessEnv;
  report: Report & { flush?(): Promise<void> };
}): Runtime {
  let config: ConfigureRequest["config"] | undefined;
  const handlersOf = openBorder({
    ...options,
    configuration: () => ({
      namespace: "tencentcloud",
      get: (setting: SettingName) => config?.get(`tencentcloud:${setting}`),
    }),
  });

  return {
    load(resource) {
      const handlers = handlersOf(resource);
      const hosted = async <T>(inputs: Values, answer: Promise<T>): Promise<T> => {
        try {
          return await answer;
        } catch (error) {
          throw hostError(error, inputs);
        }
      };
      return {
        // Does no work: calls run at the same time, and the host would cache a failure and never report it.
        configure(request) {
          config = request.config;
          return Promise.resolve();
        },
        check: (olds, news) => hosted(news, handlers.check(olds, news)),
        diff: (id, olds, news) =>
          hosted(
            news,
            handlers.diff(id, olds, news).then(({ changed, replaces }) => ({ changes: changed.length > 0, replaces })),
          ),
        create: (inputs) => hosted(inputs, handlers.create(inputs)),
        read: (id, props) => hosted(props, handlers.read(id, props)),
        update: (id, olds, news) => hosted(news, handlers.update(id, olds, news)),
        delete: (id, props) => hosted(props, handlers.delete(id, props)),
      };
    },
  };
}

/** An error in the form that the host passes on. */
function hostError(thrown: unknown, inputs: Values): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const error = Object.assign(thrown, {
    // The host prints `${error}: ${error.stack}` before the engine shows the message itself.
    toString: () => "pulumi-tencentcloud-lvb",
  });
  if (!(error instanceof PartialFailure)) return error;
  // The host adds no __provider here, and shows only the reasons.
  const properties = { ...error.outs, __provider: inputs.__provider };
  return Object.assign(error, { properties, reasons: [error.message] });
}
