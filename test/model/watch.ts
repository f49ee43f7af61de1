// Sees each call as it arrives at an emulator of this process, before it is carried out: so a fault can meet the nth
// call of a run, and a run can be killed before or after its nth write. A run is known by its token.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";
import { onTestFinished } from "vitest";
import type { Emulator, PlainFaultKind } from "../../emulator/index.ts";

/** What a run meets: a fault of the calls from the nth on, or its death at the nth write. */
export type Disturbance =
  | { kind: "fault"; call: number; times: number; fault: FaultKind }
  | { kind: "kill"; write: number; what: "beforeWrite" | "afterWrite" | "cli" };

export type FaultKind = PlainFaultKind | "http5xx" | `code ${string}`;

/** One run of the engine as the account sees it. */
export class WatchedRun {
  readonly token: string;
  /** What the run still has to meet. */
  readonly disturbances: readonly Disturbance[];
  /** Whether anything went wrong that the provider has not caused. */
  disturbed = false;
  /** Whether calls were left without an answer on purpose. */
  hung = false;
  /** The process of the provider is dead; nothing that it sends from now on arrives. */
  dead = false;
  /** The engine is dead; calls under way end, nothing of them is kept. */
  engineDead = false;
  readonly death: Promise<void>;
  calls = 0;
  writes = 0;
  readonly underWay = new Set<IncomingMessage>();
  die: () => void = () => {};

  constructor(token: string, disturbances: readonly Disturbance[]) {
    this.token = token;
    this.disturbances = disturbances;
    this.death = new Promise((resolve) => {
      this.die = () => {
        this.dead = true;
        this.disturbed = true;
        resolve();
      };
    });
  }

  /** Until nothing of the run is under way any more. */
  async over(): Promise<void> {
    if (this.dead) for (const request of this.underWay) request.destroy();
    while (this.underWay.size > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

export interface Watch {
  begin(disturbances: readonly Disturbance[]): WatchedRun;
}

let lastRun = 0;

/** Watches the calls of one emulator until the test is over. */
export function watchCalls(emulator: Emulator): Watch {
  let current: WatchedRun | undefined;
  const deadly = new Map<ServerResponse, WatchedRun>();

  const arrived = (message: unknown) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    if (request.socket.localPort !== emulator.port) return;
    const run = current;
    // What a killed process would not have sent.
    if (!run || run.dead || request.headers["x-tc-token"] !== run.token) {
      request.destroy();
      return;
    }
    run.underWay.add(request);
    response.once("close", () => run.underWay.delete(request));
    const action = String(request.headers["x-tc-action"]);
    run.calls++;
    if (!/^(Describe|Get)/.test(action)) run.writes++;
    for (const disturbance of run.disturbances) {
      if (disturbance.kind === "fault") {
        const { call, times, fault } = disturbance;
        if (run.calls < call || run.calls >= call + times) continue;
        run.disturbed = true;
        run.hung ||= fault === "hang" || fault === "hangAfterCommit";
        const code = fault.startsWith("code ") ? fault.slice("code ".length) : undefined;
        emulator.addFaults([code ? { action, kind: "code", code } : { action, kind: fault as PlainFaultKind }]);
        return;
      }
      if (/^(Describe|Get)/.test(action) || run.writes !== disturbance.write) continue;
      if (disturbance.what === "cli") {
        run.engineDead = true;
        run.disturbed = true;
      } else if (disturbance.what === "afterWrite") {
        deadly.set(response, run);
      } else {
        run.die();
        request.destroy();
      }
    }
  };
  const answered = (message: unknown) => {
    const { response } = message as { response: ServerResponse };
    deadly.get(response)?.die();
    deadly.delete(response);
  };
  subscribe("http.server.request.start", arrived);
  subscribe("http.server.response.finish", answered);
  onTestFinished(() => {
    unsubscribe("http.server.request.start", arrived);
    unsubscribe("http.server.response.finish", answered);
  });
  return {
    begin(disturbances) {
      current = new WatchedRun(`token-of-run-${++lastRun}`, disturbances);
      return current;
    },
  };
}
