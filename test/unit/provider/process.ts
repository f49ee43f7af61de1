// The provider as the engine runs it: one runtime for each provider process, handlers called as the host calls them.
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
  /** What the user was told. */
  infos: string[];
  warnings: string[];
}

/** An object as the engine keeps it in a stack's state. */
export interface Stored {
  id: string;
  inputs: Values;
  outs: Values;
}

/** The environment of a user of this emulator; one call may take two seconds, and all other limits follow. */
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

/** check, which accepts the program: the inputs, in plain, as the host passes them on. */
async function checked(handlers: HostedHandlers, olds: Values, program: Values): Promise<Values> {
  const { inputs, failures } = await handlers.check(olds, program);
  expect(failures).toEqual([]);
  return plain(inputs);
}

/** check, then create: what `pulumi up` does with a new resource. */
export async function create(handlers: HostedHandlers, program: Values): Promise<Stored> {
  const inputs = await checked(handlers, {}, program);
  const { id, outs } = await handlers.create(inputs);
  return { id, inputs, outs: plain(outs) };
}

/** check, diff, then update: what `pulumi up` does with a changed resource. */
export async function update(handlers: HostedHandlers, stored: Stored, program: Values): Promise<Stored> {
  const inputs = await checked(handlers, stored.inputs, program);
  expect(await handlers.diff(stored.id, stored.outs, inputs)).toMatchObject({ changes: true });
  const { outs } = await handlers.update(stored.id, stored.outs, inputs);
  return { id: stored.id, inputs, outs: plain(outs) };
}

/** read: what `pulumi refresh` does. Undefined: gone. */
export async function refresh(handlers: HostedHandlers, stored: Stored): Promise<Stored | undefined> {
  const { id, props, inputs = {} } = await handlers.read(stored.id, stored.outs);
  return id === "" ? undefined : { id, inputs: plain(inputs), outs: plain(props) };
}

/** As if it had last been changed long ago, so that no lag can explain what is seen. */
export function aged(stored: Stored): Stored {
  const changedAt = "2026-01-02T03:04:05.000Z";
  const propagation = { changedAt, earliestEffectiveAt: changedAt, effectiveAt: changedAt };
  return { ...stored, outs: { ...stored.outs, propagation } };
}

/** Whether the program, run again on this state, would change anything. */
export async function changes(handlers: HostedHandlers, stored: Stored, program: Values): Promise<boolean> {
  const inputs = await checked(handlers, stored.inputs, program);
  return (await handlers.diff(stored.id, stored.outs, inputs)).changes;
}

/** How often each action was called. */
export function calls(emulator: Emulator): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { action } of emulator.requests()) counts[action] = (counts[action] ?? 0) + 1;
  return counts;
}

/** What a call failed with. */
export async function failure(call: Promise<unknown>): Promise<Error> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error("the call succeeded");
  return error;
}
