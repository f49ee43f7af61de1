// The provider in process: one runtime for each provider process, with the handlers called as the host calls them.
import { expect } from "vitest";
import type { Emulator } from "../../../emulator/index.ts";
import type { HostedHandlers } from "../../../provider/runtime.ts";
import { createRuntime } from "../../../provider/runtime.ts";
import { plain } from "../../secretValues.ts";

export { running } from "../emulator/running.ts";

export type Values = Readonly<Record<string, unknown>>;

export interface ProviderProcess {
  template: HostedHandlers;
  binding: HostedHandlers;
  /** The messages to the user. */
  infos: string[];
  warnings: string[];
}

/** A resource in a stack's state. */
export interface Stored {
  id: string;
  inputs: Values;
  outs: Values;
}

/** The environment of a user of this emulator. A call may take two seconds; all other limits follow from that. */
export function environment({ url }: Pick<Emulator, "url">, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return {
    TENCENTCLOUD_SECRET_ID: "emulator-id",
    TENCENTCLOUD_SECRET_KEY: "emulator-key",
    TENCENTCLOUD_LVB_ENDPOINT: url,
    TENCENTCLOUD_LVB_REQUEST_TIMEOUT: "2",
    ...more,
  };
}

export function newProcess(env: NodeJS.ProcessEnv, config: Readonly<Record<string, string>> = {}): ProviderProcess {
  const infos: string[] = [];
  const warnings: string[] = [];
  const report = { info: (t: string) => infos.push(t), warn: (t: string) => warnings.push(t), progress: () => {} };
  const runtime = createRuntime({ env, report });
  const load = (resource: "CallbackTemplate" | "DomainTemplateBinding") => {
    const handlers = runtime.load(resource);
    void handlers.configure({ config: { get: (key) => config[key] } });
    return handlers;
  };
  return { template: load("CallbackTemplate"), binding: load("DomainTemplateBinding"), infos, warnings };
}

/** The checked inputs without secret marks, as the host passes them on. The check must succeed. */
async function checked(handlers: HostedHandlers, olds: Values, program: Values): Promise<Values> {
  const { inputs, failures } = await handlers.check(olds, program);
  expect(failures).toEqual([]);
  return plain(inputs);
}

/** check and create, as `pulumi up` does for a new resource. */
export async function create(handlers: HostedHandlers, program: Values): Promise<Stored> {
  const inputs = await checked(handlers, {}, program);
  const { id, outs } = await handlers.create(inputs);
  return { id, inputs, outs: plain(outs) };
}

/** check, diff and update, as `pulumi up` does for a changed resource. */
export async function update(handlers: HostedHandlers, stored: Stored, program: Values): Promise<Stored> {
  const inputs = await checked(handlers, stored.inputs, program);
  expect(await handlers.diff(stored.id, stored.outs, inputs)).toMatchObject({ changes: true });
  const { outs } = await handlers.update(stored.id, stored.outs, inputs);
  return { id: stored.id, inputs, outs: plain(outs) };
}

/** read, as `pulumi refresh` does. Undefined: gone. */
export async function refresh(handlers: HostedHandlers, stored: Stored): Promise<Stored | undefined> {
  const { id, props, inputs = {} } = await handlers.read(stored.id, stored.outs);
  return id === "" ? undefined : { id, inputs: plain(inputs), outs: plain(props) };
}

/** The same resource, last changed so long ago that no lag applies. */
export function aged(stored: Stored): Stored {
  const changedAt = "2026-01-02T03:04:05.000Z";
  const propagation = { changedAt, earliestEffectiveAt: changedAt, effectiveAt: changedAt };
  return { ...stored, outs: { ...stored.outs, propagation } };
}

/** Whether `pulumi up` of this program would change the resource. */
export async function changes(handlers: HostedHandlers, stored: Stored, program: Values): Promise<boolean> {
  const inputs = await checked(handlers, stored.inputs, program);
  return (await handlers.diff(stored.id, stored.outs, inputs)).changes;
}

/** The number of calls of each action. */
export function calls(emulator: Emulator): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { action } of emulator.requests()) counts[action] = (counts[action] ?? 0) + 1;
  return counts;
}

/** The error of a call, which must fail. */
export async function failure(call: Promise<unknown>): Promise<Error> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error("the call succeeded");
  return error;
}
