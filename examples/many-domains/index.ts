// The same callbacks for every push domain of an environment. Its configuration lists the domains.
import * as pulumi from "@pulumi/pulumi";
import { LiveCallbacks } from "./liveCallbacks";

const config = new pulumi.Config();

const callbacks = new LiveCallbacks(`live-${pulumi.getStack()}`, {
  url: config.require("callbackUrl"),
  key: config.requireSecret("callbackKey"),
  apps: config.requireObject<Record<string, string[]>>("apps"),
});

export const propagation = callbacks.propagation;
export const effectiveAt = callbacks.effectiveAt;
