// The definition of an API action: its parameters and its function.
import type { CallbackRecord } from "./deliveries";
import type { Dialects } from "./dialects";
import type { ParameterSpecs, ParametersOf, ReadingRules } from "./parameters";
import { readParameters } from "./parameters";
import type { Settings } from "./settings";
import type { EmulatorState, Store } from "./store";

export interface ActionContext {
  readonly store: Store;
  /** The state that reads see; with the dialect readLag an older one. */
  readonly visible: EmulatorState;
  readonly dialects: Dialects;
  readonly settings: Settings;
  readonly accountId: string;
  /** In milliseconds since 1970. */
  readonly now: number;
  readonly records: readonly CallbackRecord[];
}

export type Answer = Readonly<Record<string, unknown>>;

export interface Action {
  readonly name: string;
  readonly version: string;
  /** Checks the parameters and runs the action; throws an ApiError to refuse. */
  run(given: Readonly<Record<string, unknown>>, rules: ReadingRules, context: ActionContext): Answer;
}

export const liveVersion = "2018-08-01";
export const stsVersion = "2018-08-13";

export function defineAction<const P extends ParameterSpecs>(definition: {
  name: string;
  version: string;
  parameters: P;
  handle: (parameters: ParametersOf<P>, context: ActionContext) => Answer;
}): Action {
  const { name, version, parameters, handle } = definition;
  return { name, version, run: (given, rules, context) => handle(readParameters(parameters, given, rules), context) };
}
