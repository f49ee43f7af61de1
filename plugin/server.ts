/**
 * The plugin's gRPC service `ResourceProvider`, on the SDK's stubs. The SDK's own server (`@pulumi/pulumi/provider`)
 * doesn't pass the configuration or the old inputs, and doesn't answer CheckConfig (#10915).
 */
import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import type { Message } from "google-protobuf";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { openBorder, type ResourceName } from "../provider/border";
import { engineReport, isAddress } from "../provider/engineMessages";
import { type CheckFailure, PartialFailure, type Values } from "../provider/handlers/session";
import { secretEnvelope } from "../provider/properties";
import { configurationFailures, configurationOf } from "./configuration";
import { PluginResource } from "./provider";
import { plain, struct } from "./values";

export interface PluginOptions {
  version: string;
  /** The package schema, as JSON. */
  schema: string;
  env: NodeJS.ProcessEnv;
}

/** Serves the engine on a free port of loopback. */
export async function serve(options: PluginOptions): Promise<{ server: grpc.Server; port: number }> {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
    // Statistics of each call, which nobody asks for.
    "grpc.enable_channelz": 0,
  });
  server.addService(ResourceProviderService, service(options));
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve({ server, port }),
    );
  });
}

function service({ version, schema, env }: PluginOptions): grpc.UntypedServiceImplementation {
  let engineAddress = process.argv.slice(2).find(isAddress);
  let settings: Values = {};
  const cancelled = new AbortController();
  const report = engineReport(() => {
    if (!engineAddress) return undefined;
    const client = new EngineClient(engineAddress, grpc.credentials.createInsecure());
    return {
      request: LogRequest,
      client: { log: (request, options, done) => client.log(request, new grpc.Metadata(), options, done) },
    };
  });
  const handlersOf = openBorder({
    env,
    cancelled: cancelled.signal,
    configuration: () => configurationOf(settings),
    report,
  });
  const resources = new Map<string, PluginResource>(
    resourceNames.map((name) => [`tencentcloud-lvb:index:${name}`, new PluginResource(name, handlersOf(name), report)]),
  );
  const resourceOf = (request: { getUrn(): string; getType(): string }): PluginResource => {
    const type = request.getType() || (request.getUrn().split("::")[2]?.split("$").at(-1) ?? "");
    const resource = resources.get(type);
    if (!resource) throw new Error(`${type} is not a resource of tencentcloud-lvb`);
    return resource;
  };

  return {
    handshake: unary((request: messages.ProviderHandshakeRequest) => {
      engineAddress = request.getEngineAddress() || engineAddress;
      const response = new messages.ProviderHandshakeResponse();
      response.setSupportsAutonamingConfiguration(true);
      return response;
    }),
    attach: unary((request: { getAddress(): string }) => {
      engineAddress = request.getAddress();
      return new Empty();
    }),
    getPluginInfo: unary(() => {
      const info = new PluginInfo();
      info.setVersion(version);
      return info;
    }),
    getSchema: unary(() => {
      const response = new messages.GetSchemaResponse();
      response.setSchema(schema);
      return response;
    }),
    getMapping: unary(() => new messages.GetMappingResponse()),
    getMappings: unary(() => new messages.GetMappingsResponse()),

    checkConfig: unary(async (request: messages.CheckRequest) => {
      const news = plain(request.getNews());
      const response = new messages.CheckResponse();
      response.setInputs(struct({ ...news, ...sealedSettings(news) }));
      response.setFailuresList((await configurationFailures(news, env)).map(failureMessage));
      return response;
    }),
    // Never a replacement: the handlers refuse another account when they work on an object in the state.
    diffConfig: unary((request: messages.DiffRequest) => {
      const [olds, news] = [plain(request.getOldInputs() ?? request.getOlds()), plain(request.getNews())];
      const names = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
      const changed = names.filter((name) => JSON.stringify(olds[name]) !== JSON.stringify(news[name]));
      const differences = changed.map((property) => ({ property, kind: "update" as const, replaces: false }));
      return diffMessage(differences, []);
    }),
    configure: unary((request: messages.ConfigureRequest) => {
      settings = plain(request.getArgs());
      const response = new messages.ConfigureResponse();
      response.setSupportspreview(true);
      response.setSupportsAutonamingConfiguration(true);
      return response;
    }),

    check: unary(async (request: messages.CheckRequest) => {
      const { inputs, failures } = await resourceOf(request).check({
        urn: request.getUrn(),
        name: request.getName() || request.getUrn().split("::").slice(3).join("::"),
        olds: plain(request.getOlds()),
        news: plain(request.getNews()),
        autonaming: autonamingOf(request.getAutonaming()),
      });
      const response = new messages.CheckResponse();
      response.setInputs(struct(inputs));
      response.setFailuresList(failures.map(failureMessage));
      return response;
    }),
    diff: unary(async (request: messages.DiffRequest) => {
      const resource = resourceOf(request);
      return diffMessage(await resource.diff(request.getId(), changeOf(request)), resource.stable);
    }),
    create: unary(async (request: messages.CreateRequest) => {
      const inputs = plain(request.getProperties());
      const { id, outs } = await resourceOf(request).create(
        { ...inputs, __urn: request.getUrn() },
        request.getPreview(),
      );
      const response = new messages.CreateResponse();
      response.setId(id);
      response.setProperties(struct(outs));
      return response;
    }),
    read: unary(async (request: messages.ReadRequest) => {
      const oldInputs = request.getInputs();
      const found = await resourceOf(request).read(
        request.getId(),
        plain(request.getProperties()),
        oldInputs && plain(oldInputs),
      );
      const response = new messages.ReadResponse();
      response.setId(found.id);
      response.setProperties(struct(found.props));
      if (found.inputs) response.setInputs(struct(found.inputs));
      return response;
    }),
    update: unary(async (request: messages.UpdateRequest) => {
      const change = changeOf(request);
      const news = { ...change.news, __urn: request.getUrn() };
      const outs = await resourceOf(request).update(request.getId(), { ...change, news }, request.getPreview());
      const response = new messages.UpdateResponse();
      response.setProperties(struct(outs));
      return response;
    }),
    delete: unary(async (request: messages.DeleteRequest) => {
      await resourceOf(request).delete(request.getId(), plain(request.getProperties()));
      return new Empty();
    }),
    cancel: unary(() => {
      cancelled.abort();
      return new Empty();
    }),
  };
}

const resourceNames = [
  "CallbackTemplate",
  "DomainTemplateBinding",
  "PropagationWait",
] as const satisfies ResourceName[];

/** Calls of this process that have not ended. gRPC forgets a call when the engine is gone, but the handler still runs. */
const underWay = new Set<Promise<void>>();

/** Resolves when every call has ended. */
export async function callsEnded(): Promise<void> {
  while (underWay.size > 0) await Promise.all(underWay);
}

/** A method with one answer. For methods that are missing here, gRPC answers "unimplemented". */
function unary<Request, Response extends Message>(
  answer: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  const respond = async ({ request }: { request: Request }, done: grpc.sendUnaryData<Response>) => {
    try {
      done(null, await answer(request));
    } catch (error) {
      done(errorMessage(error));
    }
  };
  return (call, done) => {
    const ended = respond(call, done).finally(() => underWay.delete(ended));
    underWay.add(ended);
  };
}

function changeOf(request: messages.DiffRequest | messages.UpdateRequest) {
  const oldInputs = request.getOldInputs();
  return {
    olds: plain(request.getOlds()),
    oldInputs: oldInputs && plain(oldInputs),
    news: plain(request.getNews()),
    ignoreChanges: request.getIgnorechangesList(),
  };
}

function autonamingOf(options: messages.CheckRequest.AutonamingOptions | undefined) {
  if (!options) return undefined;
  const disabled = options.getMode() === messages.CheckRequest.AutonamingOptions.Mode.DISABLE;
  return { name: disabled ? undefined : options.getProposedName() };
}

function failureMessage({ property, reason }: CheckFailure): messages.CheckFailure {
  const failure = new messages.CheckFailure();
  failure.setProperty(property);
  failure.setReason(reason);
  return failure;
}

const kinds = {
  add: [messages.PropertyDiff.Kind.ADD, messages.PropertyDiff.Kind.ADD_REPLACE],
  delete: [messages.PropertyDiff.Kind.DELETE, messages.PropertyDiff.Kind.DELETE_REPLACE],
  update: [messages.PropertyDiff.Kind.UPDATE, messages.PropertyDiff.Kind.UPDATE_REPLACE],
} as const;

function diffMessage(
  differences: readonly { property: string; kind: keyof typeof kinds; replaces: boolean }[],
  stable: readonly string[],
): messages.DiffResponse {
  const response = new messages.DiffResponse();
  const { DIFF_SOME, DIFF_NONE } = messages.DiffResponse.DiffChanges;
  response.setChanges(differences.length > 0 ? DIFF_SOME : DIFF_NONE);
  response.setHasdetaileddiff(true);
  response.setStablesList([...stable]);
  response.setDiffsList(differences.map(({ property }) => property));
  response.setReplacesList(differences.filter(({ replaces }) => replaces).map(({ property }) => property));
  for (const { property, kind, replaces } of differences) {
    const difference = new messages.PropertyDiff();
    difference.setKind(kinds[kind][replaces ? 1 : 0]);
    response.getDetaileddiffMap().set(property, difference);
  }
  return response;
}

function sealedSettings(settings: Values): Values {
  const secrets = ["secretKey", "securityToken"].filter((name) => typeof settings[name] === "string");
  return Object.fromEntries(secrets.map((name) => [name, { ...secretEnvelope, value: settings[name] }]));
}

/** A failure as the engine expects it. A partial failure holds the outputs for the state. */
function errorMessage(thrown: unknown): Partial<grpc.StatusObject> {
  const details = thrown instanceof Error ? thrown.message : String(thrown);
  if (!(thrown instanceof PartialFailure)) return { code: grpc.status.UNKNOWN, details };
  const failure = new messages.ErrorResourceInitFailed();
  failure.setId(thrown.id);
  failure.setProperties(struct(thrown.outs));
  failure.setReasonsList([details]);
  const detail = new Any();
  detail.pack(failure.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage(details);
  status.addDetails(detail);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return { code: grpc.status.UNKNOWN, details, metadata };
}
