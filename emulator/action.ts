// What an action of the API is made of: its parameters and what it does.
import type { CallbackRecord } from "./deliveries";
import type { Dialects } from "./dialects";
import type { ParameterSpecs, ParametersOf, ReadingRules } from "./parameters";
import { readParameters } from "./parameters";
import type { Settings } from "./settings";
import type { EmulatorState, Store } from "./store";

export interface ActionContext {
  readonly store: Store;
  /** What reads see: the state, or with the dialect readLag the state of a while ago. */
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
  /** Checks the parameters and carries the action out; throws an ApiError to refuse. */
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
