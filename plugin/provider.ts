/**
 * The provider for the engine, on plain values. It adds to the handlers what the classes do in TypeScript programs
 * (automatic names, previews without a call), and tells the engine which property differs.
 */

import { type ResourceName, type SafeHandlers, sealed } from "../provider/border";
import type { EngineReport } from "../provider/engineMessages";
import { type CheckFailure, PartialFailure, type Values } from "../provider/handlers/session";
import { isSet, sameValue } from "../provider/properties";
import { automaticName } from "../provider/resources/automaticName";
import { handlersText } from "../provider/resources/handlersText";
import { unknownValue, unmarked } from "./values";

/** The option `pulumi:autonaming` of the project or stack, for resources without an explicit name. */
export interface Autonaming {
  /** The name to use; undefined if automatic names are disabled. */
  name: string | undefined;
}

export interface CheckedResource {
  urn: string;
  name: string;
  olds: Values;
  news: Values;
  autonaming: Autonaming | undefined;
}

export interface Change {
  olds: Values;
  /** The former inputs; the engine doesn't pass them before version 3.48. */
  oldInputs: Values | undefined;
  news: Values;
  ignoreChanges: readonly string[];
}

export interface PropertyDifference {
  property: string;
  kind: "add" | "delete" | "update";
  replaces: boolean;
}

/** Outputs that are known only after a call. */
const computed: Readonly<Record<ResourceName, readonly string[]>> = {
  CallbackTemplate: ["templateId", "accountId", "propagation"],
  DomainTemplateBinding: ["accountId", "propagation"],
  PropagationWait: ["effectiveAt"],
};

/** Outputs that no change in place affects. The template of a binding is an input, and changes in place. */
const stable: Readonly<Record<ResourceName, readonly string[]>> = {
  CallbackTemplate: ["templateId", "accountId"],
  DomainTemplateBinding: ["accountId"],
  PropagationWait: [],
};

export class PluginResource {
  readonly #name: ResourceName;
  readonly #handlers: SafeHandlers;
  readonly #report: EngineReport;

  constructor(name: ResourceName, handlers: SafeHandlers, report: EngineReport) {
    this.#name = name;
    this.#handlers = handlers;
    this.#report = report;
  }

  /** The outputs that no change in place affects. */
  get stable(): readonly string[] {
    return stable[this.#name];
  }

  async check({ urn, name, olds, news, autonaming }: CheckedResource) {
    if (this.#name !== "CallbackTemplate") return this.#handlers.check(olds, { ...news, __urn: urn });
    const named = isSet(news.templateName) || isSet(olds.__autoName);
    const autoName = autonaming ? autonaming.name : automaticName(name, urn);
    const result = await this.#handlers.check(olds, { ...news, __urn: urn, __autoName: autoName });
    const nameless: CheckFailure = {
      property: "templateName",
      reason: "templateName is required: the configuration pulumi:autonaming disables automatic names",
    };
    return named || autoName ? result : { ...result, failures: [...result.failures, nameless] };
  }

  async diff(id: string, change: Change): Promise<PropertyDifference[]> {
    const { olds } = change;
    const news = unmanagedKept(change);
    const { changed, replaces } = await this.#handlers.diff(id, olds, news);
    return changed.map((property) => ({
      property,
      kind: !isSet(olds[property]) ? "add" : isSet(news[property]) ? "update" : "delete",
      replaces: replaces.includes(property),
    }));
  }

  async create(inputs: Values, preview: boolean): Promise<{ id: string; outs: Values }> {
    if (preview) return { id: "", outs: sealed({ ...declared(inputs), ...this.#notKnownYet() }) };
    const { id, outs } = await this.#completing(this.#handlers.create(inputs));
    return { id, outs: this.#forBothHosts(outs) };
  }

  async update(id: string, change: Change, preview: boolean): Promise<Values> {
    const news = unmanagedKept(change);
    if (!preview)
      return this.#forBothHosts((await this.#completing(this.#handlers.update(id, change.olds, news))).outs);
    const names = this.stable.filter((name) => name in change.olds);
    const kept = Object.fromEntries(names.map((name) => [name, change.olds[name]]));
    return sealed({ ...declared(news), ...this.#notKnownYet(), ...kept });
  }

  /**
   * For a refresh with `props`, the state's outputs; for an import or a lookup without. The engine prints the inputs that
   * an import reads, even secrets, so they don't include the callback key: the template keeps it until the program sets one.
   */
  async read(id: string, props: Values, oldInputs: Values | undefined) {
    const read = await this.#handlers.read(id, props);
    if (read.id === "") return read;
    const found = { ...read, props: this.#forBothHosts(read.props) };
    const known = Object.keys(props).length > 0;
    const unmanaged = !isSet(oldInputs?.callbackKey) && (!known || isSet(props.callbackKey));
    if (!found.inputs || !unmanaged) return found;
    const { callbackKey, ...inputs } = found.inputs;
    if (known && !sameValue(props.callbackKey, unmarked(callbackKey))) {
      // The engine shows no drift of what the program does not set.
      this.#report.warn(
        `callback template "${String(inputs.templateName)}" (${id}): callbackKey was changed outside of this stack; left as ` +
          "it is, since the program sets none. Next: set callbackKey in the program, which manages it",
      );
      await this.#report.flush();
    }
    return { ...found, inputs };
  }

  delete(id: string, props: Values): Promise<void> {
    return this.#handlers.delete(id, props);
  }

  /** Makes the outputs of a partial failure as complete as those of a success. */
  async #completing<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      if (!(error instanceof PartialFailure)) throw error;
      throw new PartialFailure(error.message, error.id, this.#forBothHosts(error.outs));
    }
  }

  /** The outputs with the text that the classes' host runs, so that a stack can move to the classes at any time. */
  #forBothHosts(outs: Values): Values {
    return { ...outs, __provider: handlersText(this.#name) };
  }

  #notKnownYet(): Values {
    return Object.fromEntries(computed[this.#name].map((name) => [name, unknownValue]));
  }
}

/** The inputs that the state also has as outputs. */
function declared({ allowOverwrite: _option, __urn, ...inputs }: Values): Values {
  return inputs;
}

/**
 * The new inputs, with the old values of properties that the program doesn't manage: those in `ignoreChanges`, and the
 * callback key of an imported template if the program never set one.
 */
function unmanagedKept({ olds, oldInputs, news, ignoreChanges }: Change): Values {
  const ignored = ignoreChanges.map((path) => /[^.[\]"]+/.exec(path)?.[0]).filter((name) => name !== undefined);
  const neverSet = oldInputs && !isSet(oldInputs.callbackKey) && !isSet(news.callbackKey) ? ["callbackKey"] : [];
  const kept = [...ignored, ...neverSet].filter((name) => name in olds || name in news);
  return { ...news, ...Object.fromEntries(kept.map((name) => [name, olds[name]])) };
}
