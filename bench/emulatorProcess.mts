// The emulator of the installed package in its own process, so that it doesn't share an event loop with the measured code.
import { join } from "node:path";
import { start } from "../tools/pulumi-cli/process.mts";
import { packageName } from "./variants.mts";

export class EmulatorProcess {
  readonly url: string;
  readonly #kill: () => Promise<void>;

  private constructor(url: string, kill: () => Promise<void>) {
    this.url = url;
    this.#kill = kill;
  }

  static async start(nodeModules: string, latencyMs: number): Promise<EmulatorProcess> {
    const cli = join(nodeModules, packageName, "dist", "cli", "index.js");
    // Without a propagation window. With one, it would keep each of thousands of former states.
    const args = [cli, "emulator", "--latency", String(latencyMs), "--propagation", "0"];
    let told = "";
    let look = () => {};
    const child = start(process.execPath, args, {
      env: { PATH: process.env.PATH },
      // Longer than any bench: `stop` ends it, or the end of this process.
      timeoutMs: 24 * 3_600_000,
      onOutput: (text) => {
        told += text;
        look();
      },
    });
    const listening = new Promise<string>((resolve, reject) => {
      look = () => {
        const url = /listening on (http:\S+)/.exec(told)?.[1];
        if (url !== undefined) resolve(url);
      };
      child.result.then(({ output }) => reject(new Error(`The emulator ended:\n${output}`)), reject);
    });
    const kill = async () => {
      child.kill();
      await child.result.catch(() => undefined);
    };
    try {
      return new EmulatorProcess(await listening, kill);
    } catch (error) {
      await kill();
      throw error;
    }
  }

  /** An account with only these push domains. */
  async reset(domains: readonly string[]): Promise<void> {
    await this.#ask("PUT", "state", { domains, templates: [], rules: [] });
  }

  async clearRequests(): Promise<void> {
    await this.#ask("DELETE", "requests");
  }

  /** The number of calls of each action. None may have failed. */
  async calls(): Promise<Record<string, number>> {
    const requests = (await this.#ask("GET", "requests")) as { action: string; code: string | null }[];
    const counts: Record<string, number> = {};
    for (const { action, code } of requests) {
      if (code !== null) throw new Error(`${action} was answered with ${code}`);
      counts[action] = (counts[action] ?? 0) + 1;
    }
    return counts;
  }

  async stop(): Promise<void> {
    await this.#kill();
  }

  async #ask(method: string, place: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.url}/_emulator/${place}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${method} ${place}: ${JSON.stringify(answer)}`);
    return answer;
  }
}
