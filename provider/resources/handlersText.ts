/**
 * The type token of each resource, and the text that the host runs. Both are in the state of every user.
 *
 * **A permanent contract**: states from any version run this text on refresh and delete, so neither the text nor the
 * subpath `pulumi-tencentcloud-lvb/runtime` may ever change. The text is constant, unlike the serialised closure of
 * `dynamic.Resource`: the state holds no code and no credential, and refresh and destroy use an upgraded package.
 */
import type { ResourceName } from "../runtime";

export function handlersText(resource: ResourceName): string {
  return `exports.handler=()=>require("pulumi-tencentcloud-lvb/runtime").load("${resource}");`;
}

/** The type token. It is part of each URN, so it may never change either. */
export function typeToken(resource: ResourceName): string {
  return `pulumi-nodejs:dynamic/tencentcloud-lvb:${resource}`;
}

/** The type token of the same resource in programs that use the plugin. */
export function pluginToken(resource: ResourceName): string {
  return `tencentcloud-lvb:index:${resource}`;
}
