import * as pulumi from "@pulumi/pulumi";
import type { ProviderProperties } from "../properties";
import type { Inputs } from "./inputs";
import { isOfType } from "./isOfType";

/** Arguments of a {@link Provider}. */
export type ProviderArgs = Inputs<ProviderProperties>;

/** The package of our resources: its host runs the handlers. */
const hostPackage = "pulumi-nodejs";

const secretProperties = ["tencentcloud:secretKey", "tencentcloud:securityToken"];

function sealed(props: pulumi.Inputs): pulumi.Inputs {
  const given = secretProperties.filter((name) => props[name] !== undefined);
  return { ...props, ...Object.fromEntries(given.map((name) => [name, pulumi.secret(props[name])])) };
}

/** Runs after the transformations of the resource, its parents and the stack, which may return an unmarked secret. */
const sealTransformed: pulumi.ResourceTransformation = ({ resource, props, opts }) =>
  Provider.isInstance(resource) ? { props: sealed(props), opts } : undefined;

const givenTransformations = new WeakMap<Provider, pulumi.ResourceTransformation[]>();

/**
 * An account to work on, for programs with several accounts. Pass it as the `provider` option of a resource. Each provider
 * runs in its own process. Moving a resource to another provider of the same account replaces nothing.
 *
 * A missing setting falls back to the environment, not to the stack configuration, which is only for the default provider.
 * `secretId` and `secretKey` belong together: one without the other is an error, and a token in the environment is never
 * combined with a pair set here.
 *
 * To pass it to the children of a component, use `{ providers: [overseas] }` or `{ providers: { "pulumi-nodejs": overseas } }`:
 * our resources belong to the package `pulumi-nodejs`. Don't use another key: Pulumi only prints a warning ("provider resource
 * map where key … doesn't match provider pulumi-nodejs"), and depending on the versions of its SDK and CLI the children use
 * this provider or the default one. Two settings protect you from the wrong account: `allowedAccountIds`, and `pulumi config
 * set --path 'pulumi:disable-default-providers[0]' pulumi-nodejs`, which makes a resource without a provider an error.
 *
 * `secretKey` and `securityToken` are stored as secrets, even if a transformation sets them. A resource *transform*
 * (`registerResourceTransform`, `transforms`) runs later, in the engine, so it must return them as `pulumi.secret`.
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
  /** The type that typed policies look for. @internal */
  static readonly __pulumiType = `pulumi:providers:${hostPackage}`;

  /** Whether a value is a Provider, also one from another copy of this package. */
  static override isInstance(value: unknown): value is Provider {
    return isOfType(value, Provider.__pulumiType);
  }

  /** The transformations that Pulumi's constructor is about to run. @internal */
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
