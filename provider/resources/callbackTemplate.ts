import * as pulumi from "@pulumi/pulumi";
import type { Propagation } from "../propagation";
import { type CallbackTemplateProperties, type RecordExceptionLevel, templateFields } from "../properties";
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
 * that signs them. It has an effect once a {@link DomainTemplateBinding} binds it to a push domain.
 *
 * An account can have at most 50 templates. Every change is made in place and takes effect 5 to 10 minutes later, for all
 * bound domains (see `propagation`).
 *
 * Errors: an explicit `templateName` that already exists (the error names its id), and deleting a template that is still
 * bound (the error names the domains). Source: https://www.tencentcloud.com/document/product/267/30815
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
 * A replacement (`--replace`, `replaceOnChanges`) creates the new template before it deletes the old one. With an explicit
 * `templateName`, set `deleteBeforeReplace: true`. A bound template can't be deleted first; change its name instead.
 *
 * To import an existing template, pass its id as the `import` option. The live template must match the program; otherwise
 * the error lists every difference. Nothing is written to the account.
 */
export class CallbackTemplate extends pulumi.CustomResource {
  /** The type that typed policies look for. @internal */
  static readonly __pulumiType = typeToken("CallbackTemplate");

  /** Looks up a template by its id, without managing it. Fails if the id doesn't exist. */
  static get(name: string, id: pulumi.Input<pulumi.ID>, opts?: pulumi.CustomResourceOptions): CallbackTemplate {
    return new CallbackTemplate(name, {}, { ...opts, id });
  }

  /** Whether a value is a CallbackTemplate, also one from another copy of this package. */
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
  /** Where recording status events are sent: the program's value, since the API never returns it. */
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
  /** Account of the template; undefined if STS did not answer. */
  declare readonly accountId: pulumi.Output<string | undefined>;
  /** When the last change of the template takes effect; undefined if no change is known, as after an import. */
  declare readonly propagation: pulumi.Output<Propagation | undefined>;

  /**
   * @param name Name of the resource in the program. Without `templateName`, the template's name is generated from it.
   * @param args Properties of the template.
   * @param opts Pulumi's resource options; `import` imports the template with that id.
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
          ...Object.fromEntries(templateFields.map((field) => [field, undefined])),
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
    // In the preview of an update only the id is known. With it, the preview shows no change of the bindings.
    this.templateId = this.id;
  }
}
