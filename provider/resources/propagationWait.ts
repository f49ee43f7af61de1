import * as pulumi from "@pulumi/pulumi";
import type { PropagationWaitProperties } from "../properties";
import { handlersText, typeToken } from "./handlersText";
import type { Inputs } from "./inputs";
import { isOfType } from "./isOfType";
import { skipPromiseTraces } from "./promiseTraces";
import { urnOf } from "./urn";

/** Arguments of a {@link PropagationWait}. */
export type PropagationWaitArgs = Inputs<PropagationWaitProperties>;

/**
 * Waits until changes are in effect everywhere, so that other resources can depend on it. Its create, or its update after
 * a later change, ends when the latest `effectiveAt` has passed. It manages nothing in the account, so a killed wait loses
 * nothing. With the npm package, the first Ctrl-C waits until it ends; with the plugin, it ends the wait. In a pipeline, use
 * the `wait` command after `pulumi up` instead.
 *
 * @example
 * ```ts
 * const effective = new lvb.PropagationWait("live", { changes: [template.propagation, binding.propagation] });
 * new SmokeTest("callbacks", {}, { dependsOn: effective });
 * ```
 */
export class PropagationWait extends pulumi.CustomResource {
  /** The type that typed policies look for. @internal */
  static readonly __pulumiType = typeToken("PropagationWait");

  /** Whether a value is a PropagationWait, also one from another copy of this package. */
  static override isInstance(value: unknown): value is PropagationWait {
    return isOfType(value, PropagationWait.__pulumiType);
  }

  /** When the changes took effect, ISO 8601 in UTC. */
  declare readonly effectiveAt: pulumi.Output<string>;

  /**
   * @param name Name of the resource in the program.
   * @param args The `propagation` outputs to wait for.
   * @param opts Pulumi's resource options.
   */
  constructor(name: string, args: PropagationWaitArgs, opts?: pulumi.CustomResourceOptions) {
    const keepTraces = skipPromiseTraces();
    try {
      super(
        PropagationWait.__pulumiType,
        name,
        {
          effectiveAt: undefined,
          ...args,
          // The host passes no URN. With it, the engine shows progress for the resource and not for the stack.
          __urn: urnOf(name, PropagationWait.__pulumiType, opts?.parent),
          __provider: handlersText("PropagationWait"),
        },
        opts,
      );
    } finally {
      keepTraces();
    }
  }
}
