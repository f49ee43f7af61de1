import type * as pulumi from "@pulumi/pulumi";

/** The properties of a resource as Pulumi inputs, which may not be known yet. */
export type Inputs<Properties> = {
  [Name in keyof Properties]: pulumi.Input<Deep<Exclude<Properties[Name], undefined>>> | Absent<Properties[Name]>;
};

type Deep<Value> = Value extends readonly (infer Item)[] ? pulumi.Input<Item>[] : Value;
type Absent<Value> = undefined extends Value ? undefined : never;
