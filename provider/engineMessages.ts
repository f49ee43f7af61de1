/**
 * Messages from the provider process to the engine, through the engine's Log call. Console lines are shown late on a
 * terminal and never in the status column, so they are only used if the Log call fails.
 *
 * The engine's address is the last argument of the dynamic-provider process
 * (`sdk/nodejs/cmd/dynamic-provider/index.ts` of pulumi/pulumi).
 */
import { createRequire } from "node:module";
import type { Report } from "./handlers/session";

const severities = { info: 1, warning: 2 } as const;
const deadlineMs = 2_000;

interface EngineClient<Request> {
  log(request: Request, options: { deadline: number }, done: (error: Error | null) => void): void;
}

interface LogRequest {
  setSeverity(value: number): unknown;
  setMessage(text: string): unknown;
  setUrn(urn: string): unknown;
  setEphemeral(value: boolean): unknown;
}

/** The part of the engine's gRPC service that takes messages. */
export interface Engine<Request extends LogRequest = LogRequest> {
  client: EngineClient<Request>;
  request: new () => Request;
}

/** A report. Once `flush` resolves, all its lines have arrived. */
export interface EngineReport extends Report {
  flush(): Promise<void>;
}

export function engineReport<Request extends LogRequest>(connect: () => Engine<Request> | undefined): EngineReport {
  let engine: Engine<Request> | undefined;
  let connected = false;
  const underWay = new Set<Promise<void>>();

  const send = (severity: number, text: string, urn: string, ephemeral: boolean) => {
    if (!connected) {
      connected = true;
      engine = connect();
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

/** Whether a text is an address such as `127.0.0.1:40000`. */
export function isAddress(text: string | undefined): text is string {
  return text !== undefined && /^[\w.[\]:-]+:\d+$/.test(text);
}

/** The engine that started the process of dynamic resources. */
export function engineOfDynamicHost(): Engine | undefined {
  const address = process.argv.at(-1);
  if (!isAddress(address)) return undefined;
  try {
    // gRPC is Pulumi's dependency, not ours. This process has already loaded it.
    const fromPulumi = createRequire(require.resolve("@pulumi/pulumi/package.json"));
    const { EngineClient } = fromPulumi("@pulumi/pulumi/proto/engine_grpc_pb");
    const { LogRequest } = fromPulumi("@pulumi/pulumi/proto/engine_pb");
    const { credentials } = fromPulumi("@grpc/grpc-js");
    return { client: new EngineClient(address, credentials.createInsecure()), request: LogRequest };
  } catch {
    return undefined;
  }
}

function sendOne<Request extends LogRequest>(
  engine: Engine<Request> | undefined,
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
