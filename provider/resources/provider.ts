import * as pulumi from "@pulumi/pulumi";
import type { ProviderProperties } from "../properties";
import type { Inputs } from "./inputs";
import { isOfType } from "./isOfType";

/** Arguments of a {@link Provider}. */
export type ProviderArgs = Inputs<ProviderProperties>;

/** The package that our resources are of: its host runs the handlers. */
const hostPackage = "pulumi-nodejs";

const secretProperties = ["tencentcloud:secretKey", "tencentcloud:securityToken"];

function sealed(props: pulumi.Inputs): pulumi.Inputs {
  const given = secretProperties.filter((name) => props[name] !== undefined);
  return { ...props, ...Object.fromEntries(given.map((name) => [name, pulumi.secret(props[name])])) };
}

/** Runs after the transformations of the resource, its parents and the stack, which may supply a secret in plain. */
const sealTransformed: pulumi.ResourceTransformation = ({ resource, props, opts }) =>
  Provider.isInstance(resource) ? { props: sealed(props), opts } : undefined;

const givenTransformations = new WeakMap<Provider, pulumi.ResourceTransformation[]>();

/**
 * An account to work on, for programs that work on several: pass it as the `provider` option of a resource. Its
 * resources run in a process of their own. Moving a resource to another provider of the same account replaces nothing.
 *
 * What is left out falls back to the environment (not to the stack configuration: that is the default provider's).
 * Credentials are taken as a whole: half a pair is an error, and a token in the environment is never combined with a
 * pair that is given here.
 *
 * A component passes it on to its children with `{ providers: [overseas] }`, or `{ providers: { "pulumi-nodejs": overseas } }`:
 * our resources are of the package `pulumi-nodejs`. Use no other key: Pulumi only warns of it ("provider resource map where
 * key … doesn't match provider pulumi-nodejs"), and it depends on the versions of its SDK and CLI whether the children then
 * use this provider or the default one. Two guards against the wrong account: `allowedAccountIds`, and `pulumi config set
 * --path 'pulumi:disable-default-providers[0]' pulumi-nodejs`, which makes a resource without a provider an error.
 *
 * `secretKey` and `securityToken` are kept as secrets, also where a transformation supplies them. A resource *transform*
 * (`registerResourceTransform`, `transforms`) runs later, in the engine: what it supplies must be a `pulumi.secret`.
 *
 * @example
 * ```ts
 * const overseas = new lvb.Provider("overseas", {
 *   secretId: config.requireSecret("overseasSecretId"),
 *   secretKey: config.requireSecret("overseasSecretKey"),
 *   endpoint: "https://live.intl.tencentcloudapi.com",
 * });
 * new lvb.CallbackTemplate("overseas-events", { streamBeginNotifyUrl }, { provider: overseas });
 * ```
 */
export class Provider extends pulumi.ProviderResource {
  /** What typed policies look for. @internal */
  static readonly __pulumiType = `pulumi:providers:${hostPackage}`;

  /** Whether a value is a Provider, also of another copy of this package. */
  static override isInstance(value: unknown): value is Provider {
    return isOfType(value, Provider.__pulumiType);
  }

  /** Where Pulumi's constructor keeps the transformations that it is about to run. @internal */
  get __transformations(): pulumi.ResourceTransformation[] {
    return [...(givenTransformations.get(this) ?? []), sealTransformed];
  }
  set __transformations(given: pulumi.ResourceTransformation[]) {
    givenTransformations.set(this, given);
  }

  /**
   * @param name Name of the provider in the program.
   * @param args Credentials and limits; all optional.
   * @param opts Pulumi's resource options.
   */
  constructor(name: string, args: ProviderArgs = {}, opts?: pulumi.ResourceOptions) {
    const asText = (value: pulumi.Input<unknown> | undefined) =>
      value === undefined ? undefined : pulumi.output(value).apply((resolved) => JSON.stringify(resolved));
    super(
      hostPackage,
      name,
      sealed({
        "tencentcloud:secretId": args.secretId,
        "tencentcloud:secretKey": args.secretKey,
        "tencentcloud:securityToken": args.securityToken,
        "tencentcloud:endpoint": args.endpoint,
        "tencentcloud:allowedAccountIds": asText(args.allowedAccountIds),
        "tencentcloud:propagationSeconds": asText(args.propagationSeconds),
      }),
      opts,
    );
  }
}
