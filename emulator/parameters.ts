// The parameters that an action accepts, and the strict check of a request. `null` counts as absent, as in the official
// SDKs, which drop such members.
import { ApiError } from "./errors";

export interface ParameterSpec {
  readonly type: "string" | "integer" | "strings";
  readonly required?: true;
  /** Only in the China site's API. */
  readonly chinaOnly?: true;
}

export type ParameterSpecs = Readonly<Record<string, ParameterSpec>>;

interface ValueOfType {
  string: string;
  integer: number;
  strings: string[];
}

type ValueOf<S extends ParameterSpec> = S extends { required: true }
  ? ValueOfType[S["type"]]
  : ValueOfType[S["type"]] | undefined;

export type ParametersOf<P extends ParameterSpecs> = { readonly [K in keyof P]: ValueOf<P[K]> };

export interface ReadingRules {
  /** Numbers may be text: always in a query, in a JSON body depending on the dialect. */
  readonly numericStrings: boolean;
  readonly chinaOnly: boolean;
}

export function readParameters<P extends ParameterSpecs>(
  specs: P,
  given: Readonly<Record<string, unknown>>,
  rules: ReadingRules,
): ParametersOf<P> {
  for (const [name, value] of Object.entries(given)) {
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    const known = spec !== undefined && (rules.chinaOnly || !spec.chinaOnly);
    if (!known && value !== null) {
      throw new ApiError("UnknownParameter", `The parameter \`${name}\` is not recognized.`);
    }
  }
  const values = Object.entries(specs).map(([name, spec]) => [
    name,
    readParameter(name, spec, given[name] ?? undefined, rules),
  ]);
  // Each member was read by its own spec, as in the type ParametersOf.
  return Object.fromEntries(values) as ParametersOf<P>;
}

function readParameter(name: string, spec: ParameterSpec, value: unknown, rules: ReadingRules): unknown {
  if (value === undefined) {
    if (spec.required) {
      throw new ApiError("MissingParameter", `The request is missing a required parameter \`${name}\`.`);
    }
    return undefined;
  }
  switch (spec.type) {
    case "string":
      return typeof value === "string" ? value : wrongType(name, "a string");
    case "integer": {
      const number = rules.numericStrings && typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : value;
      return Number.isSafeInteger(number) ? number : wrongType(name, "an integer");
    }
    case "strings":
      return Array.isArray(value) && value.every((item) => typeof item === "string")
        ? value
        : wrongType(name, "an array of strings");
  }
}

function wrongType(name: string, expected: string): never {
  throw new ApiError("InvalidParameter", `The parameter \`${name}\` must be ${expected}.`);
}
