/**
 * Replaces test/protocol/providerProcess.ts in mutation tests: the same calls, answered in this process, where Stryker can
 * change the code. Values cross the border as the host passes them.
 */
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { createRuntime, type HostedHandlers } from "../../provider/runtime.ts";
import {
  CallFailure,
  type CheckResult,
  type DiffResult,
  type EngineLine,
  type ProviderOptions,
  providerTexts,
  Resource,
  type ResourceName,
  Told,
  type Values,
} from "../protocol/providerProcess.ts";

export { CallFailure, failureOf, providerTexts, Resource, unknown } from "../protocol/providerProcess.ts";

/** Runs the tests of both borders, and those that are only for the classes. */
export const host = () => "dynamic";

export class ProviderProcess extends Told {
  readonly #handlers: Readonly<Record<ResourceName, HostedHandlers>>;

  static start(options: ProviderOptions = {}): Promise<ProviderProcess> {
    return Promise.resolve(new ProviderProcess(options));
  }

  private constructor({ env = {}, config = {} }: ProviderOptions) {
    super();
    const tell = (severity: EngineLine["severity"], message: string, urn = "", ephemeral = false) =>
      this.tell({ severity, message, urn, ephemeral });
    const runtime = createRuntime({
      env: { HOME: __dirname, USERPROFILE: __dirname, ...env },
      report: {
        info: (text) => tell("info", text),
        warn: (text) => tell("warning", text),
        progress: (text, urn) => tell("info", text, urn, true),
      },
    });
    const load = (name: ResourceName) => {
      const handlers = runtime.load(name);
      void handlers.configure({ config: { get: (key) => config[key] } });
      return handlers;
    };
    this.#handlers = {
      CallbackTemplate: load("CallbackTemplate"),
      DomainTemplateBinding: load("DomainTemplateBinding"),
      PropagationWait: load("PropagationWait"),
    };
  }

  resource(name: ResourceName): Resource {
    return new Resource(this, providerTexts[name]);
  }

  check(olds: Values, news: Values): Promise<CheckResult> {
    return this.#call(async () => {
      const { inputs, failures } = await this.#of(news).check(wired(olds), wired(news));
      return { inputs: wired({ ...inputs, __provider: news.__provider }), failures };
    });
  }

  diff(id: string, olds: Values, news: Values): Promise<DiffResult> {
    return this.#call(async () => {
      const { changes, replaces = [] } = await this.#of(news).diff(id, wired(olds), wired(news));
      return { changes, replaces, deleteBeforeReplace: false };
    });
  }

  create(inputs: Values): Promise<{ id: string; outs: Values }> {
    return this.#call(async () => {
      const { id, outs } = await this.#of(inputs).create(wired(inputs));
      return { id, outs: wired({ ...outs, __provider: inputs.__provider }) };
    }, false);
  }

  read(id: string, props: Values): Promise<{ id: string; props: Values; inputs: Values | undefined }> {
    return this.#call(async () => {
      const { __provider } = props;
      const found = await this.#of(props).read(id, wired(props));
      const inputs = found.inputs && wired({ ...found.inputs, __provider });
      return { id: found.id, props: wired({ ...found.props, __provider }), inputs };
    });
  }

  update(id: string, olds: Values, news: Values): Promise<{ outs: Values }> {
    return this.#call(async () => {
      const { outs } = await this.#of(news).update(id, wired(olds), wired(news));
      return { outs: wired({ ...outs, __provider: news.__provider }) };
    }, false);
  }

  delete(id: string, props: Values): Promise<void> {
    return this.#call(() => this.#of(props).delete(id, wired(props)));
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  #of({ __provider }: Values): HostedHandlers {
    for (const name of ["CallbackTemplate", "DomainTemplateBinding", "PropagationWait"] as const) {
      if (providerTexts[name] === __provider) return this.#handlers[name];
    }
    throw new Error("the call has no __provider text");
  }

  async #call<Result>(call: () => Promise<Result>, printed = true): Promise<Result> {
    try {
      return await call();
    } catch (thrown) {
      if (!(thrown instanceof Error)) throw thrown;
      // As the host prints it, except for calls with a possible partial failure.
      if (printed) this.stderr += `${thrown}: ${thrown.stack}\n`;
      const { id, properties = {}, reasons = [] }: Partial<NonNullable<CallFailure["partial"]>> & object = thrown;
      const failure = new CallFailure(thrown.message, id ? { id, properties: wired(properties), reasons } : undefined);
      this.failures.push(failure);
      throw failure;
    }
  }
}

/** The values as they arrive on the other side. */
function wired(values: Values): Values {
  return Struct.fromJavaScript(values as Record<string, JavaScriptValue>).toJavaScript();
}
