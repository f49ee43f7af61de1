// An endpoint that passes every call on to an emulator, except calls that meet a fault: there it does what the fault says,
// before or after the emulator executes them.
import { randomUUID } from "node:crypto";
import { Agent, type IncomingMessage, request, type ServerResponse } from "node:http";
import { type LoopbackServer, listen } from "../loopback.ts";
import type { Values } from "../protocol/providerProcess.ts";

/** A call in progress, as a fault sees it. */
export interface Exchange {
  response: ServerResponse;
  /** Lets the emulator execute the call, and returns its answer as text. */
  carryOut(): Promise<string>;
}

/** From the `from`th call of an action (`*`: any action), `times` calls meet the fault. */
export interface Plan {
  action: string;
  from: number;
  times: number;
  act(exchange: Exchange): void | Promise<void>;
}

export interface SentCall {
  action: string;
  parameters: Values;
  faulty: boolean;
}

export class FaultyEndpoint {
  /** Every call that the provider sent, in order. */
  readonly calls: SentCall[] = [];
  plans: Plan[] = [];
  url = "";
  #server: LoopbackServer | undefined;
  readonly #agent = new Agent({ keepAlive: true });

  static async start(target: string): Promise<FaultyEndpoint> {
    const endpoint = new FaultyEndpoint();
    endpoint.#server = await listen((incoming, response) => {
      // An error here breaks the call, and the cell reports it.
      endpoint.#answer(target, incoming, response).catch(() => response.destroy());
    });
    endpoint.url = endpoint.#server.url;
    return endpoint;
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    await this.#server?.stop();
  }

  async #answer(target: string, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readAll(incoming);
    const action = String(incoming.headers["x-tc-action"]);
    const counts = (plan: Plan) =>
      this.calls.filter((call) => plan.action === "*" || call.action === plan.action).length;
    const plan = this.plans.find(
      (each) => (each.action === "*" || each.action === action) && inRange(counts(each) + 1, each),
    );
    this.calls.push({ action, parameters: JSON.parse(body || "{}"), faulty: plan !== undefined });
    const carryOut = () => this.#forward(target, incoming, body);
    if (plan) await plan.act({ response, carryOut });
    else sendJson(response, await carryOut());
  }

  #forward(target: string, { method, headers }: IncomingMessage, body: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const outgoing = request(target, { method, headers, agent: this.#agent }, (answer) => {
        readAll(answer).then(resolve, reject);
      });
      outgoing.once("error", reject);
      outgoing.end(body);
    });
  }
}

export function sendJson(response: ServerResponse, text: string): void {
  response.writeHead(200, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) }).end(text);
}

/** An answer of the API. */
export function envelope(members: Values): string {
  return JSON.stringify({ Response: { ...members, RequestId: randomUUID() } });
}

function inRange(count: number, { from, times }: Plan): boolean {
  return count >= from && count < from + times;
}

async function readAll(stream: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
