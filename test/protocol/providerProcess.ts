/**
 * The SDK's real dynamic-provider process, driven over gRPC as the engine does. Takes and returns plain objects, runs a
 * fake engine that receives the log, and records all output of the process.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import * as engineServices from "@pulumi/pulumi/proto/engine_grpc_pb";
import type * as engine from "@pulumi/pulumi/proto/engine_pb";
import * as services from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import * as status from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { inject } from "vitest";
import { plain } from "../secretValues.ts";

export type Values = Record<string, unknown>;

/** The texts in users' states. They must never change. */
export const providerTexts = {
  CallbackTemplate: 'exports.handler=()=>require("pulumi-tencentcloud-lvb/runtime").load("CallbackTemplate");',
  DomainTemplateBinding:
    'exports.handler=()=>require("pulumi-tencentcloud-lvb/runtime").load("DomainTemplateBinding");',
  PropagationWait: 'exports.handler=()=>require("pulumi-tencentcloud-lvb/runtime").load("PropagationWait");',
} as const;

export type ResourceName = keyof typeof providerTexts;

/** The mark of an unknown value in a preview. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export interface ProviderOptions {
  /** The whole environment, except what every process needs. */
  env?: Record<string, string>;
  /** The stack's configuration by full key, as the engine passes it for the classes. */
  config?: Record<string, string>;
  /** Whether tests start runs in it themselves, with `anotherRun`. */
  manyRuns?: boolean;
}

export interface EngineLine {
  severity: "info" | "warning" | "error";
  message: string;
  urn: string;
  ephemeral: boolean;
}

export interface CheckResult {
  inputs: Values;
  failures: { property: string; reason: string }[];
}

export interface DiffResult {
  changes: boolean | undefined;
  replaces: string[];
  deleteBeforeReplace: boolean;
}

/** The failure of a call, with `partial` if the object is still kept in the state. */
export class CallFailure extends Error {
  override readonly name = "CallFailure";
  readonly partial: { id: string; properties: Values; reasons: string[] } | undefined;

  constructor(message: string, partial: CallFailure["partial"]) {
    super(message);
    this.partial = partial;
  }
}

/** All output of a provider. */
export class Told {
  /** The log messages, in order. */
  readonly engineLines: EngineLine[] = [];
  stdout = "";
  stderr = "";
  protected readonly failures: CallFailure[] = [];
  readonly #waiting = new Set<() => void>();

  protected tell(line: EngineLine): void {
    this.engineLines.push(line);
    for (const look of this.#waiting) look();
  }

  /** The messages of this severity that the user would see, except progress. */
  lines(severity: EngineLine["severity"]): string[] {
    return this.engineLines.filter((line) => line.severity === severity && !line.ephemeral).map((line) => line.message);
  }

  /** The first line that matches, now or later. */
  line(pattern: RegExp): Promise<EngineLine> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.engineLines.find(({ message }) => pattern.test(message));
        if (!found) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** All text that would reach terminals and the logs of a pipeline. */
  told(): string {
    const reasons = this.failures.flatMap(({ message, partial }) => [message, ...(partial?.reasons ?? [])]);
    return [...reasons, ...this.engineLines.map(({ message }) => message), this.stdout, this.stderr].join("\n");
  }
}

export class ProviderProcess extends Told {
  readonly #process: ChildProcess;
  readonly #engine: grpc.Server;
  readonly #client: services.ResourceProviderClient;
  static #runs = 0;

  /** Starts the process and configures it, as the engine does before anything else. */
  static async start({ env = {}, config = {}, manyRuns = false }: ProviderOptions = {}): Promise<ProviderProcess> {
    const { project, providerProcess, pluginOfManyRuns, moduleReporter } = inject("protocol");
    const entry = manyRuns && host() === "plugin" ? pluginOfManyRuns : providerProcess;
    const server = new grpc.Server();
    let provider: ProviderProcess;
    const log: grpc.handleUnaryCall<engine.LogRequest, Empty> = ({ request }, done) => {
      provider.tell({
        severity: severities[request.getSeverity()] ?? "error",
        message: request.getMessage(),
        urn: request.getUrn(),
        ephemeral: request.getEphemeral(),
      });
      done(null, new Empty());
    };
    server.addService(engineServices.EngineService, { log });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    const child = spawn(process.execPath, ["--require", moduleReporter, entry, `127.0.0.1:${port}`], {
      cwd: project,
      env: { PATH: process.env.PATH, ...systemVariables(), HOME: project, USERPROFILE: project, ...env },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    const address = await firstLine(child);
    provider = new ProviderProcess(child, server, address);
    provider.#listen();
    // A plugin without a server yet.
    if (address !== "0") await provider.configure(config);
    return provider;
  }

  private constructor(child: ChildProcess, server: grpc.Server, port: string) {
    super();
    this.#process = child;
    this.#engine = server;
    this.#client = new services.ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  }

  #listen(): void {
    this.#process.stdout?.on("data", (text) => {
      this.stdout += text;
    });
    this.#process.stderr?.on("data", (text) => {
      this.stderr += text;
    });
    // One listener for each run.
    this.#process.setMaxListeners(0);
  }

  configure(config: Record<string, string>): Promise<unknown> {
    const request = new messages.ConfigureRequest();
    const ofPlugin = Object.entries(config).map(([key, value]) => [key.replace(/^tencentcloud:/, ""), value]);
    request.setArgs(struct(host() === "plugin" ? Object.fromEntries(ofPlugin) : config));
    return this.#call((done) => this.#client.configure(request, done));
  }

  /** The calls of one kind of resource, with its `__provider` text among the values, as the engine sends it. */
  resource(name: ResourceName): Resource {
    return new Resource(this, providerTexts[name]);
  }

  /** Another run of the engine on the plugin in the same process, with this environment and without any cached list. */
  async anotherRun(env: Record<string, string>): Promise<{ calls: Calls; end(): void }> {
    const begin = ++ProviderProcess.#runs;
    const port = await new Promise<number>((resolve) => {
      const look = (answer: { begin?: number; port: number }) => {
        if (answer.begin !== begin) return;
        this.#process.off("message", look);
        resolve(answer.port);
      };
      this.#process.on("message", look);
      this.#process.send({ begin, env });
    });
    const run = new ProviderProcess(this.#process, this.#engine, String(port));
    await run.configure({});
    const end = () => {
      run.#client.close();
      this.#process.send({ end: begin });
    };
    return { calls: run, end };
  }

  async check(olds: Values, news: Values): Promise<CheckResult> {
    const request = new messages.CheckRequest();
    request.setOlds(struct(olds));
    request.setNews(struct(wired(request, news)));
    if (host() === "plugin" && typeof news.__autoName === "string") {
      // In a program, the class does this. Here the test sets the name.
      const name = new messages.CheckRequest.AutonamingOptions();
      name.setMode(messages.CheckRequest.AutonamingOptions.Mode.ENFORCE);
      name.setProposedName(news.__autoName);
      request.setAutonaming(name);
    }
    const response = await this.#call<messages.CheckResponse>((done) => this.#client.check(request, done));
    const failures = response.getFailuresList().map((failure) => failure.toObject());
    return { inputs: { ...values(response.getInputs()), ...ofClass(news) }, failures };
  }

  async diff(id: string, olds: Values, news: Values): Promise<DiffResult> {
    const request = new messages.DiffRequest();
    request.setId(id);
    request.setOlds(struct(olds));
    request.setNews(struct(wired(request, news)));
    const response = await this.#call<messages.DiffResponse>((done) => this.#client.diff(request, done));
    return {
      changes: [undefined, false, true][response.getChanges()],
      replaces: response.getReplacesList(),
      deleteBeforeReplace: response.getDeletebeforereplace(),
    };
  }

  async create(inputs: Values): Promise<{ id: string; outs: Values }> {
    const request = new messages.CreateRequest();
    request.setProperties(struct(wired(request, inputs)));
    const response = await this.#call<messages.CreateResponse>((done) => this.#client.create(request, done));
    return { id: response.getId(), outs: values(response.getProperties()) };
  }

  async read(id: string, props: Values): Promise<{ id: string; props: Values; inputs: Values | undefined }> {
    const request = new messages.ReadRequest();
    request.setId(id);
    request.setProperties(struct(wired(request, props)));
    const response = await this.#call<messages.ReadResponse>((done) => this.#client.read(request, done));
    const inputs = response.getInputs();
    return {
      id: response.getId(),
      props: values(response.getProperties()),
      inputs: inputs && { ...values(inputs), ...ofClass(props) },
    };
  }

  async update(id: string, olds: Values, news: Values): Promise<{ outs: Values }> {
    const request = new messages.UpdateRequest();
    request.setId(id);
    request.setOlds(struct(olds));
    request.setNews(struct(wired(request, news)));
    const response = await this.#call<messages.UpdateResponse>((done) => this.#client.update(request, done));
    return { outs: values(response.getProperties()) };
  }

  async delete(id: string, props: Values): Promise<void> {
    const request = new messages.DeleteRequest();
    request.setId(id);
    request.setProperties(struct(wired(request, props)));
    await this.#call((done) => this.#client.delete(request, done));
  }

  /** The files of all modules that the process has loaded. */
  async loadedModules(): Promise<string[]> {
    const answer = once(this.#process, "message");
    this.#process.send("modules");
    const [files] = await answer;
    return files;
  }

  async stop(): Promise<void> {
    this.#client.close();
    this.#engine.forceShutdown();
    // A child that was disconnected never emits "close".
    const ended = once(this.#process, "exit");
    // It exits by itself, so that it can write its coverage (`npm run coverage`).
    if (this.#process.connected) this.#process.disconnect();
    else this.#process.kill("SIGKILL");
    await ended;
  }

  async #call<Response>(send: (done: (error: grpc.ServiceError | null, response: Response) => void) => unknown) {
    try {
      return await new Promise<Response>((resolve, reject) => {
        send((error, response) => (error ? reject(callFailure(error)) : resolve(response)));
      });
    } catch (error) {
      if (error instanceof CallFailure) this.failures.push(error);
      throw error;
    }
  }
}

/** Whether this test project calls the classes or the plugin. */
export const host = () => inject("protocol").host;

/**
 * The values of a request. For the plugin, the request names the resource itself, and the hidden inputs of the classes
 * are removed.
 */
function wired(request: { setUrn(urn: string): unknown; setType(type: string): unknown }, given: Values): Values {
  if (host() === "dynamic") return given;
  const { __provider, __urn, __autoName, __import, __replaceOnChanges, ...own } = given;
  const name = Object.entries(providerTexts).find(([, text]) => text === __provider)?.[0];
  const type = `tencentcloud-lvb:index:${name}`;
  request.setType(type);
  request.setUrn(typeof __urn === "string" ? __urn : `urn:pulumi:test::lvb::${type}::it`);
  return typeof own.templateName === "string" && own.templateName === __autoName ? { ...own, __autoName } : own;
}

/** The text that the classes send, but the plugin doesn't. */
function ofClass({ __provider }: Values): Values {
  return host() === "dynamic" ? {} : { __provider };
}

/** The calls of a provider process, for all kinds of resources. */
export type Calls = Pick<ProviderProcess, "check" | "diff" | "create" | "read" | "update" | "delete">;

/** One kind of resource. Secrets are sent without marks, since the dynamic provider doesn't accept marks. */
export class Resource {
  readonly provider: Calls;
  readonly text: string;

  constructor(provider: Calls, text: string) {
    this.provider = provider;
    this.text = text;
  }

  check(olds: Values, news: Values) {
    return this.provider.check(plain(olds), this.#with(news));
  }

  diff(id: string, olds: Values, news: Values) {
    return this.provider.diff(id, this.#with(olds), this.#with(news));
  }

  create(inputs: Values) {
    return this.provider.create(this.#with(inputs));
  }

  read(id: string, props: Values = {}) {
    return this.provider.read(id, this.#with(props));
  }

  update(id: string, olds: Values, news: Values) {
    return this.provider.update(id, this.#with(olds), this.#with(news));
  }

  delete(id: string, props: Values) {
    return this.provider.delete(id, this.#with(props));
  }

  /** check and create, as `pulumi up` does for a new resource. */
  async make(news: Values): Promise<{ id: string; inputs: Values; outs: Values }> {
    const { inputs, failures } = await this.check({}, news);
    if (failures.length > 0) throw new Error(`check failed: ${JSON.stringify(failures)}`);
    return { inputs, ...(await this.create(inputs)) };
  }

  #with(given: Values): Values {
    return { ...plain(given), __provider: this.text };
  }
}

/** The failure of a call, which must fail. */
export async function failureOf(call: Promise<unknown>): Promise<CallFailure> {
  const outcome = await call.catch((error: unknown) => error);
  if (outcome instanceof CallFailure) return outcome;
  throw new Error(`expected a failure, got ${outcome instanceof Error ? outcome.message : JSON.stringify(outcome)}`);
}

const severities: Readonly<Record<number, EngineLine["severity"]>> = { 1: "info", 2: "warning", 3: "error" };

function struct(given: Values): Struct {
  return Struct.fromJavaScript(given as Record<string, JavaScriptValue>);
}

function values(given: Struct | undefined): Values {
  return given?.toJavaScript() ?? {};
}

function callFailure(error: grpc.ServiceError): CallFailure {
  return new CallFailure(error.details, partialFailure(error));
}

function partialFailure(error: grpc.ServiceError): CallFailure["partial"] {
  const [encoded] = error.metadata.get("grpc-status-details-bin");
  if (!(encoded instanceof Buffer)) return undefined;
  const [detail] = status.Status.deserializeBinary(encoded).getDetailsList();
  const failure = detail?.unpack(
    messages.ErrorResourceInitFailed.deserializeBinary,
    "pulumirpc.ErrorResourceInitFailed",
  );
  if (!failure) return undefined;
  return { id: failure.getId(), properties: values(failure.getProperties()), reasons: failure.getReasonsList() };
}

/** The port, which the process prints first. */
async function firstLine(child: ChildProcess): Promise<string> {
  let complaint = "";
  child.stderr?.on("data", (text) => {
    complaint += text;
  });
  if (!child.stdout) throw new Error("no stdout");
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), "line"),
    once(child, "exit").then(() => [undefined]),
  ]);
  if (typeof line === "string" && /^\d+$/.test(line)) return line;
  throw new Error(`the dynamic provider did not start: ${line ?? ""}${complaint}`);
}

/** Windows can't start a process without these. */
function systemVariables(): Record<string, string | undefined> {
  const { SystemRoot, TEMP, TMP } = process.env;
  return SystemRoot ? { SystemRoot, TEMP, TMP } : {};
}
