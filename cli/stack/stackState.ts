/** Our resources in the state of a stack, from a `pulumi stack export` of any version of this package. */
import * as v from "valibot";
import { asPropagation } from "../../provider/handlers/outputs";
import { messageOf } from "../../provider/live/errors";
import type { Propagation } from "../../provider/propagation";
import { secretEnvelope } from "../../provider/properties";
import { pluginToken, typeToken } from "../../provider/resources/handlersText";
import { CommandFailure } from "../failure";

/** A template or a binding in a stack's state. */
export interface ManagedResource {
  stack: string;
  urn: string;
  /** Its name in the program. */
  name: string;
  kind: "template" | "binding";
  id: string;
  /** Outputs that can be read without decrypting. */
  outputs: Readonly<Record<string, unknown>>;
  /** Names of the outputs that are set and secret: the callback key, and those that the program made secret. */
  secretOutputs: ReadonlySet<string>;
  accountId: string | undefined;
  propagation: Propagation | undefined;
}

export interface StackState {
  stack: string;
  resources: ManagedResource[];
  /** Every URN in the state, of any resource. */
  urns: ReadonlySet<string>;
  /** Settings that the state stores for refresh and destroy, by name; secrets stay encrypted. */
  providerInputs: Readonly<Record<string, unknown>>;
}

const kinds: Readonly<Record<string, ManagedResource["kind"]>> = {
  [typeToken("CallbackTemplate")]: "template",
  [typeToken("DomainTemplateBinding")]: "binding",
  [pluginToken("CallbackTemplate")]: "template",
  [pluginToken("DomainTemplateBinding")]: "binding",
};

/** Types of the default providers, with the prefix of their inputs' names. */
const providers: Readonly<Record<string, string>> = {
  "pulumi:providers:pulumi-nodejs": "tencentcloud:",
  "pulumi:providers:tencentcloud-lvb": "",
};

const deployment = v.object({
  deployment: v.object({
    resources: v.nullish(
      v.array(
        v.object({
          urn: v.string(),
          type: v.string(),
          id: v.optional(v.string(), ""),
          delete: v.optional(v.boolean(), false),
          external: v.optional(v.boolean(), false),
          inputs: v.nullish(v.record(v.string(), v.unknown()), {}),
          outputs: v.nullish(v.record(v.string(), v.unknown()), {}),
        }),
      ),
      [],
    ),
  }),
});

/** Reads the text of an export. */
export function readState(stack: string, exported: string): StackState {
  const { resources } = parse(stack, exported);
  return {
    stack,
    urns: new Set(resources.map(({ urn }) => urn)),
    providerInputs: settingsOf(resources),
    resources: resources.flatMap(({ urn, type, id, outputs, delete: replaced, external }) => {
      const kind = kinds[type];
      // An entry that waits for its deletion doesn't manage the object any more, and `get` only looks it up.
      if (kind === undefined || replaced || external) return [];
      const all = Object.entries(outputs).filter(([key]) => !key.startsWith("__"));
      return [
        {
          stack,
          urn,
          name: nameOf(urn),
          kind,
          id,
          outputs: Object.fromEntries(all.filter(([, value]) => !isSecret(value))),
          secretOutputs: new Set(all.filter(([, value]) => isSecret(value)).map(([key]) => key)),
          accountId: typeof outputs.accountId === "string" ? outputs.accountId : undefined,
          propagation: asPropagation(outputs.propagation),
        },
      ];
    }),
  };
}

function settingsOf(resources: readonly { type: string; urn: string; inputs?: Values | null }[]): Values {
  for (const { type, urn, inputs } of resources) {
    const prefix = providers[type];
    if (prefix === undefined || !/::default(_\w+)?$/.test(urn)) continue;
    return Object.fromEntries(Object.entries(inputs ?? {}).map(([key, value]) => [key.replace(prefix, ""), value]));
  }
  return {};
}

type Values = Readonly<Record<string, unknown>>;

function isSecret(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(secretEnvelope).every((mark) => mark in value);
}

/** Name of a resource in the program. It may contain `::`, the separator in a URN. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

function parse(stack: string, exported: string): v.InferOutput<typeof deployment>["deployment"] {
  try {
    return v.parse(deployment, JSON.parse(exported)).deployment;
  } catch (error) {
    throw new CommandFailure(
      `the state of stack ${stack} cannot be read: ${messageOf(error)}. ` +
        "Next: `pulumi stack export` shows it; `pulumi stack history` and your backend's backups hold earlier ones",
    );
  }
}
