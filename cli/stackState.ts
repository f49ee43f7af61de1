/** What the state of a stack holds of ours, read out of a `pulumi stack export` of any version of this package. */
import * as v from "valibot";
import { asPropagation } from "../provider/handlers/outputs";
import { messageOf } from "../provider/live/errors";
import type { Propagation } from "../provider/propagation";
import { secretEnvelope } from "../provider/properties";
import { typeToken } from "../provider/resources/handlersText";
import { CommandFailure } from "./failure";

/** A template or a binding as a stack knows it. */
export interface ManagedResource {
  stack: string;
  urn: string;
  /** Its name in the program. */
  name: string;
  kind: "template" | "binding";
  id: string;
  /** Outputs that can be read without decrypting. */
  outputs: Readonly<Record<string, unknown>>;
  /** Names of the outputs that are set and secret: the callback key, and what the program has made secret. */
  secretOutputs: ReadonlySet<string>;
  accountId: string | undefined;
  propagation: Propagation | undefined;
}

export interface StackState {
  stack: string;
  resources: ManagedResource[];
  /** Every URN in the state, whatever it is. */
  urns: ReadonlySet<string>;
  /** Configuration that is kept in the state for refresh and destroy, without secrets. */
  providerInputs: Readonly<Record<string, unknown>>;
}

const kinds: Readonly<Record<string, ManagedResource["kind"]>> = {
  [typeToken("CallbackTemplate")]: "template",
  [typeToken("DomainTemplateBinding")]: "binding",
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
  const provider = resources.find(
    ({ type, urn }) => type === "pulumi:providers:pulumi-nodejs" && urn.endsWith("::default"),
  );
  return {
    stack,
    urns: new Set(resources.map(({ urn }) => urn)),
    providerInputs: provider?.inputs ?? {},
    resources: resources.flatMap(({ urn, type, id, outputs, delete: replaced }) => {
      const kind = kinds[type];
      // What is only waiting for its deletion is another entry's object, or nobody's.
      if (kind === undefined || replaced) return [];
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

function isSecret(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(secretEnvelope).every((mark) => mark in value);
}

/** Name of a resource in the program, which may hold what separates the parts of a URN. */
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
