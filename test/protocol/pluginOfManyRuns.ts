// The plugin's server, several times in one process: each run has lists and claims of its own, as in a process of its own.
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
