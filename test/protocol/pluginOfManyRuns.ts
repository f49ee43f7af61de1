// Several servers of the plugin in one process. Each has its own lists and claims, as in its own process.
import { serve } from "../../plugin/server.ts";

const ends = new Map<number, () => void>();

process.on("message", async (message: { begin?: number; env?: NodeJS.ProcessEnv; end?: number }) => {
  const { begin, env, end } = message;
  if (end !== undefined) ends.get(end)?.();
  if (begin === undefined || env === undefined) return;
  const { server, port } = await serve({ version: "0.0.0", schema: "{}", env });
  ends.set(begin, () => server.forceShutdown());
  process.send?.({ begin, port });
});
process.once("disconnect", () => process.exit());
process.stdout.write("0\n");
