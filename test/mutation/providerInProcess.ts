/**
 * What stands in for test/protocol/providerProcess.ts while the code is mutated: the same calls, answered in this process,
 * where Stryker can change the code. Values cross the border as the host passes them.
 */
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { createRuntime, type HostedHandlers } from "../../provider/runtime.ts";
import {
  type CheckResult,
  type DiffResult,
  type EngineLine,
  type ProviderOptions,
  providerTexts,
  Resource,
  type ResourceName,
  type Values,
} from "../protocol/providerProcess.ts";

export { providerTexts, Resource, unknown } from "../protocol/providerProcess.ts";

/** What a call failed with; `partial` if the object is kept in state nevertheless. */
export class CallFailure extends Error {
  override readonly name = "CallFailure";
  readonly partial: { id: string; properties: Values; reasons: string[] } | undefined;

  constructor(thrown: Error & { id?: string; properties?: Values; reasons?: string[] }) {
    super(thrown.message);
    const { id, properties = {}, reasons = [] } = thrown;
    this.partial = id ? { id, properties: wired(properties), reasons } : undefined;
  }
}

export class ProviderProcess {
  readonly engineLines: EngineLine[] = [];
  readonly stdout = "";
  stderr = "";
  readonly #errors: CallFailure[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #handlers: Readonly<Record<ResourceName, HostedHandlers>>;

  static start(options: ProviderOptions = {}): Promise<ProviderProcess> {
    return Promise.resolve(new ProviderProcess(options));
  }

  private constructor({ env = {}, config = {} }: ProviderOptions) {
    const tell = (severity: EngineLine["severity"], message: string, urn = "", ephemeral = false) => {
      this.engineLines.push({ severity, message, urn, ephemeral });
      for (const look of this.#waiting) look();
    };
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

  lines(severity: EngineLine["severity"]): string[] {
    return this.engineLines.filter((line) => line.severity === severity && !line.ephemeral).map((line) => line.message);
  }

  line(pattern: RegExp): Promise<EngineLine> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.engineLines.find(({ message }) => pattern.test(message));
        if (!found) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }

  told(): string {
    const reasons = this.#errors.flatMap(({ message, partial }) => [message, ...(partial?.reasons ?? [])]);
    return [...reasons, ...this.engineLines.map(({ message }) => message), this.stdout, this.stderr].join("\n");
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
      // As the host prints it, but not where a failure may be partial.
      if (printed) this.stderr += `${thrown}: ${thrown.stack}\n`;
      const failure = new CallFailure(thrown);
      this.#errors.push(failure);
      throw failure;
    }
  }
}

export async function failureOf(call: Promise<unknown>): Promise<CallFailure> {
  const outcome = await call.catch((error: unknown) => error);
  if (outcome instanceof CallFailure) return outcome;
  throw new Error(`expected a failure, got ${outcome instanceof Error ? outcome.message : JSON.stringify(outcome)}`);
}

/** What arrives at the other side. */
function wired(values: Values): Values {
  return Struct.fromJavaScript(values as Record<string, JavaScriptValue>).toJavaScript();
}
