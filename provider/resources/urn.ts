import * as pulumi from "@pulumi/pulumi";

/**
 * The URN of a resource, before it is registered. `pulumi.createUrn` gives an output that depends on the parent: two
 * children of one component that both use it wait for each other for ever.
 */
export function urnOf(name: string, type: string, parent: pulumi.Resource | undefined): string {
  const qualifiedType = [...typesOf(parent), type].join("$");
  return `urn:pulumi:${pulumi.getStack()}::${pulumi.getProject()}::${qualifiedType}::${name}`;
}

/** Types of a resource and its parents, the outermost first. The stack, which is everybody's parent, is left out. */
function typesOf(resource: unknown): string[] {
  if (!pulumi.Resource.isInstance(resource)) return [];
  const type = "__pulumiType" in resource ? String(resource.__pulumiType) : "";
  if (type === "pulumi:pulumi:Stack") return [];
  return [...typesOf("__parentResource" in resource ? resource.__parentResource : undefined), type];
}
