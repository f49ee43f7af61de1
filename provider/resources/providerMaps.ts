import * as pulumi from "@pulumi/pulumi";
import { isOfType } from "./isOfType";

/** Our resources are of this package, which runs the handlers. A `providers` map needs it as the key. */
export const hostPackage = "pulumi-nodejs";

const reported = new Set<string>();

/**
 * Warns if a `providers` map, of the resource or of a component above it, has one of our providers under a key that means
 * nothing: then the resource is in the account of the default provider. The engine doesn't check these keys.
 */
export function warnOfIgnoredProvider(resource: pulumi.CustomResource, type: string): void {
  if (resource.getProvider(type) || !("__providers" in resource)) return;
  const providers: object = typeof resource.__providers === "object" ? { ...resource.__providers } : {};
  for (const [key, provider] of Object.entries(providers)) {
    if (!isOfType(provider, `pulumi:providers:${hostPackage}`) || reported.has(key)) continue;
    reported.add(key);
    pulumi.log.warn(
      `the provider under the key "${key}" is not used: resources of pulumi-tencentcloud-lvb take it from the key ` +
        `"${hostPackage}". Next: write providers: { "${hostPackage}": … } or providers: [ … ]`,
      resource,
    );
  }
}
