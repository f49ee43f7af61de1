import * as pulumi from "@pulumi/pulumi";
import type { ProviderProperties } from "../properties";
import type { Inputs } from "./inputs";

/** Arguments of a {@link Provider}. */
export type ProviderArgs = Inputs<ProviderProperties>;

/**
 * An account to work on, for programs that work on several: pass it as the `provider` option of a resource. Its
 * resources run in a process of their own. Moving a resource to another provider of the same account replaces nothing.
 *
 * What is left out falls back to the environment (not to the stack configuration: that is the default provider's).
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
  /**
   * @param name Name of the provider in the program.
   * @param args Credentials and limits; all optional.
   * @param opts Pulumi's resource options.
   */
  constructor(name: string, args: ProviderArgs = {}, opts?: pulumi.ResourceOptions) {
    const secret = (value: pulumi.Input<string> | undefined) =>
      value === undefined ? undefined : pulumi.secret(value);
    const asText = (value: pulumi.Input<unknown> | undefined) =>
      value === undefined ? undefined : pulumi.output(value).apply((resolved) => JSON.stringify(resolved));
    super(
      "pulumi-nodejs",
      name,
      {
        "tencentcloud:secretId": args.secretId,
        "tencentcloud:secretKey": secret(args.secretKey),
        "tencentcloud:securityToken": secret(args.securityToken),
        "tencentcloud:endpoint": args.endpoint,
        "tencentcloud:allowedAccountIds": asText(args.allowedAccountIds),
        "tencentcloud:propagationSeconds": asText(args.propagationSeconds),
      },
      opts,
    );
  }
}
