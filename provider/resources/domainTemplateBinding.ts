import * as pulumi from "@pulumi/pulumi";
import type { Propagation } from "../propagation";
import type { DomainTemplateBindingProperties } from "../properties";
import { handlersText, typeToken } from "./handlersText";
import { hiddenInputs } from "./hiddenInputs";
import type { Inputs } from "./inputs";
import { isOfType } from "./isOfType";
import { skipPromiseTraces } from "./promiseTraces";

/** Arguments of a {@link DomainTemplateBinding}. */
export type DomainTemplateBindingArgs = Inputs<DomainTemplateBindingProperties>;

/**
 * Binds a callback template to a push domain and app; Tencent's API calls it a callback rule. Its id is
 * `<domain>/<app>`: a domain and app have at most one template.
 *
 * Takes effect 5 to 10 minutes after a change (see `propagation`). Another template is switched to in place; another
 * domain or app replaces the binding.
 *
 * Errors: a domain that isn't an enabled push domain of the account, and a domain and app that are bound to another
 * template (unless `allowOverwrite`) are refused before anything is written.
 * Source: https://www.tencentcloud.com/document/product/267/30816
 *
 * @example
 * ```ts
 * new lvb.DomainTemplateBinding("live", {
 *   domainName: "push.example.com",
 *   appName: "live",
 *   templateId: template.templateId,
 * });
 * ```
 *
 * With `retainOnDelete` or `deletedWith`, Pulumi forgets the binding and the rule stays: it goes on sending callbacks, and
 * its template can't be deleted until `npx pulumi-tencentcloud-lvb unbind` removes the rule. A component passes
 * `deletedWith` on to its children.
 *
 * To take over a rule that exists, pass `<domain>/<app>` as the `import` option: the rule must point to `templateId`.
 */
export class DomainTemplateBinding extends pulumi.CustomResource {
  /** What typed policies look for. @internal */
  static readonly __pulumiType = typeToken("DomainTemplateBinding");

  /** Looks up a binding by its id, `<domain>/<app>`, without managing it. An id that does not exist is an error. */
  static get(name: string, id: pulumi.Input<pulumi.ID>, opts?: pulumi.CustomResourceOptions): DomainTemplateBinding {
    return new DomainTemplateBinding(name, undefined, { ...opts, id });
  }

  /** Whether a value is a DomainTemplateBinding, also of another copy of this package. */
  static override isInstance(value: unknown): value is DomainTemplateBinding {
    return isOfType(value, DomainTemplateBinding.__pulumiType);
  }

  /** The push domain, in lower case. */
  declare readonly domainName: pulumi.Output<string>;
  /** AppName of the push URL. */
  declare readonly appName: pulumi.Output<string>;
  /** Id of the callback template that is bound. */
  declare readonly templateId: pulumi.Output<string>;
  /** Account that the rule is in; undefined if STS could not be asked. */
  declare readonly accountId: pulumi.Output<string | undefined>;
  /** When the last change of the rule takes effect. */
  declare readonly propagation: pulumi.Output<Propagation | undefined>;

  /**
   * @param name Name of the resource in the program.
   * @param args What is bound to what; required unless the binding is looked up.
   * @param opts Pulumi's resource options; `import` takes over the rule with that id.
   */
  constructor(name: string, args: DomainTemplateBindingArgs, opts?: pulumi.CustomResourceOptions);
  /** @internal */
  constructor(name: string, args: DomainTemplateBindingArgs | undefined, opts?: pulumi.CustomResourceOptions);
  constructor(name: string, args: DomainTemplateBindingArgs | undefined, opts?: pulumi.CustomResourceOptions) {
    const { import: _passedToCreate, ...options } = opts ?? {};
    const keepTraces = skipPromiseTraces();
    try {
      super(
        DomainTemplateBinding.__pulumiType,
        name,
        {
          // Every output is named, so that it exists before the first deployment.
          domainName: undefined,
          appName: undefined,
          templateId: undefined,
          accountId: undefined,
          propagation: undefined,
          ...args,
          ...hiddenInputs("DomainTemplateBinding", name, opts),
          __provider: handlersText("DomainTemplateBinding"),
        },
        options,
      );
    } finally {
      keepTraces();
    }
  }
}
