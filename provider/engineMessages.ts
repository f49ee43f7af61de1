/**
 * Messages to the engine, from the provider process. Console lines are shown too, but late on a terminal and never in
 * the status column, so the engine's Log call is preferred; should anything of it fail, a line on the console does.
 *
 * The engine's address is the last argument of the dynamic-provider process
 * (`sdk/nodejs/cmd/dynamic-provider/index.ts` of pulumi/pulumi).
 */
import { createRequire } from "node:module";
import type { Report } from "./handlers/session";

const severities = { info: 1, warning: 2 } as const;
const deadlineMs = 2_000;

interface EngineClient {
  log(request: unknown, options: { deadline: number }, done: (error: Error | null) => void): void;
}

interface Engine {
  client: EngineClient;
  request: new () => {
    setSeverity(value: number): void;
    setMessage(text: string): void;
    setUrn(urn: string): void;
    setEphemeral(value: boolean): void;
  };
}

/** A report whose lines have arrived once `flush` has resolved. */
export interface EngineReport extends Report {
  flush(): Promise<void>;
}

export function engineReport(address: string | undefined): EngineReport {
  let engine: Engine | undefined;
  let connected = false;
  const underWay = new Set<Promise<void>>();

  const send = (severity: number, text: string, urn: string, ephemeral: boolean) => {
    if (!connected) {
      connected = true;
      engine = connectToEngine(address);
    }
    const done = sendOne(engine, severity, text, urn, ephemeral).then((arrived) => {
      if (!arrived && !ephemeral) console.log(severity === severities.warning ? `warning: ${text}` : text);
    });
    underWay.add(done);
    void done.finally(() => underWay.delete(done));
  };

  return {
    info: (text) => send(severities.info, text, "", false),
    warn: (text) => send(severities.warning, text, "", false),
    progress: (text, urn) => send(severities.info, text, urn ?? "", true),
    flush: async () => {
      await Promise.all(underWay);
    },
  };
}

function connectToEngine(address: string | undefined): Engine | undefined {
  if (!address || !/^[\w.[\]:-]+:\d+$/.test(address)) return undefined;
  try {
    // gRPC is Pulumi's dependency, not ours: this process has loaded it already.
    const fromPulumi = createRequire(require.resolve("@pulumi/pulumi/package.json"));
    const { EngineClient } = fromPulumi("@pulumi/pulumi/proto/engine_grpc_pb");
    const { LogRequest } = fromPulumi("@pulumi/pulumi/proto/engine_pb");
    const { credentials } = fromPulumi("@grpc/grpc-js");
    return { client: new EngineClient(address, credentials.createInsecure()), request: LogRequest };
  } catch {
    return undefined;
  }
}

function sendOne(
  engine: Engine | undefined,
  severity: number,
  text: string,
  urn: string,
  ephemeral: boolean,
): Promise<boolean> {
  return new Promise((resolve) => {
    if (!engine) return resolve(false);
    try {
      const request = new engine.request();
      request.setSeverity(severity);
      request.setMessage(text);
      request.setUrn(urn);
      request.setEphemeral(ephemeral);
      engine.client.log(request, { deadline: Date.now() + deadlineMs }, (error) => resolve(!error));
    } catch {
      resolve(false);
    }
  });
}
