/**
 * Entry of `pulumi-resource-tencentcloud-lvb`, the provider plugin. The engine starts it, reads the port from its first
 * line of output, and calls it over gRPC.
 */
import type { Server } from "@grpc/grpc-js";
import { callsEnded, serve } from "./server";

declare const PLUGIN_VERSION: string;
declare const PLUGIN_SCHEMA: string;

/** Ends the process when the engine interrupts it or is gone, after running calls have ended. */
function endWithTheEngine(server: Server): void {
  const end = () => void callsEnded().then(() => server.tryShutdown(() => process.exit()));
  process.on("SIGINT", end).on("SIGTERM", end);
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) end();
  }, 1_000).unref();
}

serve({ version: PLUGIN_VERSION, schema: PLUGIN_SCHEMA, env: process.env }).then(
  ({ server, port }) => {
    endWithTheEngine(server);
    process.stdout.write(`${port}\n`);
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
