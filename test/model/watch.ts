// Sees each call before an emulator in this process executes it. So the nth call of a run can meet a fault, and a run can
// be killed before or after its nth write. Each run has its own token.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";
import { onTestFinished } from "vitest";
import type { Emulator, PlainFaultKind } from "../../emulator/index.ts";

/** A disturbance of a run: a fault of the calls from the nth on, or its death at the nth write. */
export type Disturbance =
  | { kind: "fault"; call: number; times: number; fault: FaultKind }
  | { kind: "kill"; write: number; what: "beforeWrite" | "afterWrite" | "cli" };

export type FaultKind = PlainFaultKind | "http5xx" | `code ${string}`;

/** One run of the engine as the account sees it. */
export class WatchedRun {
  readonly token: string;
  /** The disturbances that are still to come. */
  readonly disturbances: readonly Disturbance[];
  /** Whether anything went wrong that the provider didn't cause. */
  disturbed = false;
  /** Whether calls hung on purpose. */
  hung = false;
  /** The provider process is dead. Its further calls don't arrive. */
  dead = false;
  /** The engine is dead. Running calls end, but nothing of them is kept. */
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

  /** Waits until all calls of the run have ended. */
  async over(): Promise<void> {
    if (this.dead) for (const request of this.underWay) request.destroy();
    while (this.underWay.size > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

export interface Watch {
  begin(disturbances: readonly Disturbance[]): WatchedRun;
}

let lastRun = 0;

/** Watches the calls of one emulator until the end of the test. */
export function watchCalls(emulator: Emulator): Watch {
  let current: WatchedRun | undefined;
  const deadly = new Map<ServerResponse, WatchedRun>();

  const arrived = (message: unknown) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    if (request.socket.localPort !== emulator.port) return;
    const run = current;
    // A killed process would not have sent this.
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
