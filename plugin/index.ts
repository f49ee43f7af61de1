/**
 * Entry of `pulumi-resource-tencentcloud-lvb`, the provider plugin: the engine starts it, reads the port from the first
 * line that it prints, and calls it over gRPC.
 */
import { serve } from "./server";

declare const PLUGIN_VERSION: string;
declare const PLUGIN_SCHEMA: string;

serve({ version: PLUGIN_VERSION, schema: PLUGIN_SCHEMA }).then(
  (port) => process.stdout.write(`${port}\n`),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
