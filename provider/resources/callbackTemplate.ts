import * as pulumi from "@pulumi/pulumi";
import type { Propagation } from "../propagation";
import type { CallbackTemplateProperties, RecordExceptionLevel } from "../properties";
import { autoName } from "./autoName";
import { handlersText, typeToken } from "./handlersText";
import { hiddenInputs } from "./hiddenInputs";
import type { Inputs } from "./inputs";
import { isOfType } from "./isOfType";
import { skipPromiseTraces } from "./promiseTraces";

/** Arguments of a {@link CallbackTemplate}. At least one callback URL is required. */
export type CallbackTemplateArgs = Inputs<CallbackTemplateProperties>;

/**
 * A callback template of Tencent Cloud LVB (CSS / Live): the URLs that receive the events of live streams, and the key
 * that signs them. It has an effect once it is bound to a push domain by a {@link DomainTemplateBinding}.
 *
 * An account holds at most 50. Every change is made in place and takes effect 5 to 10 minutes later, for all domains
 * that are bound (see `propagation`).
 *
 * Errors: an explicit `templateName` that exists is refused, naming its id; deleting a template that is still bound
 * is refused, naming the domains. Source: https://www.tencentcloud.com/document/product/267/30815
 *
 * @example
 * ```ts
 * const template = new lvb.CallbackTemplate("live-events", {
 *   streamBeginNotifyUrl: "https://callbacks.example.com/lvb",
 *   streamEndNotifyUrl: "https://callbacks.example.com/lvb",
 *   callbackKey: config.requireSecret("callbackKey"),
 * });
 * ```
 *
 * A replacement (`--replace`, `replaceOnChanges`) is created before the former template is deleted. With an explicit
 * `templateName` it needs `deleteBeforeReplace: true`; a template that is bound can't be deleted first, so change its name.
 *
 * To take over a template that exists, pass its id as the `import` option: the live template must equal the program,
 * else the error lists every difference. Nothing is written.
 */
export class CallbackTemplate extends pulumi.CustomResource {
  /** What typed policies look for. @internal */
  static readonly __pulumiType = typeToken("CallbackTemplate");

  /** Looks up a template by its id, without managing it. An id that does not exist is an error. */
  static get(name: string, id: pulumi.Input<pulumi.ID>, opts?: pulumi.CustomResourceOptions): CallbackTemplate {
    return new CallbackTemplate(name, {}, { ...opts, id });
  }

  /** Whether a value is a CallbackTemplate, also of another copy of this package. */
  static override isInstance(value: unknown): value is CallbackTemplate {
    return isOfType(value, CallbackTemplate.__pulumiType);
  }

  /** Name of the template. */
  declare readonly templateName: pulumi.Output<string>;
  /** Description of the template. */
  declare readonly description: pulumi.Output<string | undefined>;
  /** Where push-started events are sent. */
  declare readonly streamBeginNotifyUrl: pulumi.Output<string | undefined>;
  /** Where push-ended events are sent. */
  declare readonly streamEndNotifyUrl: pulumi.Output<string | undefined>;
  /** Where finished recordings are sent. */
  declare readonly recordNotifyUrl: pulumi.Output<string | undefined>;
  /** Where recording status events are sent; as the program set it, since the API never reads it back. */
  declare readonly recordStatusNotifyUrl: pulumi.Output<string | undefined>;
  /** Where snapshots are sent. */
  declare readonly snapshotNotifyUrl: pulumi.Output<string | undefined>;
  /** Where image moderation results are sent. */
  declare readonly pornCensorshipNotifyUrl: pulumi.Output<string | undefined>;
  /** Where push errors are sent. */
  declare readonly pushExceptionNotifyUrl: pulumi.Output<string | undefined>;
  /** Where audio moderation results are sent. */
  declare readonly audioAuditNotifyUrl: pulumi.Output<string | undefined>;
  /** Where recording exceptions are sent. */
  declare readonly recordExceptionNotifyUrl: pulumi.Output<string | undefined>;
  /** Which recording exceptions are reported. */
  declare readonly recordExceptionLevels: pulumi.Output<RecordExceptionLevel[] | undefined>;
  /** Key that signs the callbacks; always a secret. */
  declare readonly callbackKey: pulumi.Output<string | undefined>;
  /** Id of the template, the same as `id`. */
  declare readonly templateId: pulumi.Output<string>;
  /** Account that the template is in; undefined if STS could not be asked. */
  declare readonly accountId: pulumi.Output<string | undefined>;
  /** When the last change of the template takes effect; undefined if none is known, as after an import. */
  declare readonly propagation: pulumi.Output<Propagation | undefined>;

  /**
   * @param name Name of the resource in the program; the template's name is made from it unless `templateName` is set.
   * @param args The arguments of the template.
   * @param opts Pulumi's resource options; `import` takes over the template with that id.
   */
  constructor(name: string, args: CallbackTemplateArgs, opts?: pulumi.CustomResourceOptions) {
    const { import: _passedToCreate, ...options } = opts ?? {};
    const { callbackKey } = args ?? {};
    const hidden = hiddenInputs("CallbackTemplate", name, opts);
    const keepTraces = skipPromiseTraces();
    try {
      super(
        CallbackTemplate.__pulumiType,
        name,
        {
          // Every output is named, so that it exists before the first deployment.
          templateName: undefined,
          description: undefined,
          streamBeginNotifyUrl: undefined,
          streamEndNotifyUrl: undefined,
          recordNotifyUrl: undefined,
          recordStatusNotifyUrl: undefined,
          snapshotNotifyUrl: undefined,
          pornCensorshipNotifyUrl: undefined,
          pushExceptionNotifyUrl: undefined,
          audioAuditNotifyUrl: undefined,
          recordExceptionNotifyUrl: undefined,
          recordExceptionLevels: undefined,
          templateId: undefined,
          accountId: undefined,
          propagation: undefined,
          ...args,
          callbackKey: callbackKey === undefined || callbackKey === null ? undefined : pulumi.secret(callbackKey),
          ...hidden,
          __autoName: hidden.__urn && autoName(name, hidden.__urn),
          __provider: handlersText("CallbackTemplate"),
        },
        pulumi.mergeOptions(options, { additionalSecretOutputs: ["callbackKey"] }),
      );
    } finally {
      keepTraces();
    }
    // The preview of an update knows the id but no other output: so the bindings do not look changed by it.
    this.templateId = this.id;
  }
}
