import * as pulumi from "@pulumi/pulumi";

/**
 * The URN of a resource, before it is registered. `pulumi.createUrn` returns an output that depends on the parent: if two
 * children of a component use it, they wait for each other forever.
 */
export function urnOf(name: string, type: string, parent: pulumi.Resource | undefined): string {
  const qualifiedType = [...typesOf(parent), type].join("$");
  return `urn:pulumi:${pulumi.getStack()}::${pulumi.getProject()}::${qualifiedType}::${name}`;
}

/** Types of a resource and its parents, outermost first, without the stack. */
function typesOf(resource: unknown): string[] {
  if (!pulumi.Resource.isInstance(resource)) return [];
  const type = "__pulumiType" in resource ? String(resource.__pulumiType) : "";
  if (type === "pulumi:pulumi:Stack") return [];
  return [...typesOf("__parentResource" in resource ? resource.__parentResource : undefined), type];
}
