/**
 * What makes a resource ours: its type token, and the text that the host runs, stored in the state of every user.
 *
 * **A permanent contract**: states made by any version run it on refresh and delete, so neither the text nor the
 * subpath `pulumi-tencentcloud-lvb/runtime` may ever change. Constant, unlike the serialised closure of
 * `dynamic.Resource`: no code and no credential in state, and an upgrade reaches refresh and destroy.
 */
import type { ResourceName } from "../runtime";

export function handlersText(resource: ResourceName): string {
  return `exports.handler=()=>require("pulumi-tencentcloud-lvb/runtime").load("${resource}");`;
}

/** The type token, part of each URN: frozen too. */
export function typeToken(resource: ResourceName): string {
  return `pulumi-nodejs:dynamic/tencentcloud-lvb:${resource}`;
}

/** The type token of the same resource in programs that use the plugin. */
export function pluginToken(resource: ResourceName): string {
  return `tencentcloud-lvb:index:${resource}`;
}
