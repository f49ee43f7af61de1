// The plugin's schema as the engine loads it from the executable. The SDKs of all languages are generated from it.
import { join } from "node:path";
import { beforeAll, expect, inject, test } from "vitest";
import { templateFields } from "../../../provider/properties.ts";
import { createStack } from "../harness.ts";

interface Property {
  secret?: boolean;
  willReplaceOnChanges?: boolean;
  default?: unknown;
  defaultInfo?: unknown;
}

interface Resource {
  inputProperties: Record<string, Property>;
  requiredInputs?: string[];
  properties: Record<string, Property>;
  aliases: object[];
}

interface Schema {
  name: string;
  version: string;
  config: { variables: Record<string, Property> };
  provider: { inputProperties: Record<string, Property> };
  resources: Record<string, Resource>;
}

let schema: Schema;

beforeAll(async () => {
  const { plugin } = inject("e2e");
  const executable = join(plugin?.folder ?? "", "pulumi-resource-tencentcloud-lvb");
  using stack = await createStack({ yaml: true });
  await stack.succeed("schema", "check", executable);
  schema = JSON.parse((await stack.succeed("package", "get-schema", executable)).stdout);
});

const settings = ["secretId", "secretKey", "securityToken", "endpoint", "allowedAccountIds", "propagationSeconds"];
const place = ["domainName", "appName", "templateId"];

test("has the package, version and settings", () => {
  const { archive = "" } = inject("e2e").plugin ?? {};
  expect(archive).toContain(`pulumi-resource-${schema.name}-v${schema.version}-`);
  for (const properties of [schema.config.variables, schema.provider.inputProperties]) {
    expect(Object.keys(properties).toSorted()).toEqual(settings.toSorted());
    expect(those(properties, "secret")).toEqual(["secretKey", "securityToken"]);
  }
});

test.each([
  {
    name: "CallbackTemplate",
    ...{ inputs: templateFields, required: [], outputs: ["templateId", "accountId", "propagation"] },
    ...{ secrets: ["callbackKey"], replacing: [] },
  },
  {
    name: "DomainTemplateBinding",
    ...{ inputs: [...place, "allowOverwrite"], required: place, outputs: [...place, "accountId", "propagation"] },
    ...{ secrets: [], replacing: ["domainName", "appName"] },
  },
  {
    name: "PropagationWait",
    ...{ inputs: ["changes"], required: ["changes"], outputs: ["effectiveAt"], secrets: [], replacing: [] },
  },
])("has the inputs, outputs, secrets, replacing properties and alias of $name", (contract) => {
  const resource = schema.resources[`tencentcloud-lvb:index:${contract.name}`];
  if (!resource) throw new Error(`The schema has no ${contract.name}.`);
  const { inputProperties, requiredInputs = [], properties, aliases } = resource;
  const outputs = contract.name === "CallbackTemplate" ? [...templateFields, ...contract.outputs] : contract.outputs;
  expect(Object.keys(inputProperties).toSorted()).toEqual([...contract.inputs].toSorted());
  expect(requiredInputs.toSorted()).toEqual(contract.required.toSorted());
  expect(Object.keys(properties).toSorted()).toEqual(outputs.toSorted());
  expect([those(inputProperties, "secret"), those(properties, "secret")]).toEqual([contract.secrets, contract.secrets]);
  expect(those(inputProperties, "willReplaceOnChanges").toSorted()).toEqual(contract.replacing.toSorted());
  expect(aliases).toEqual([{ type: `pulumi-nodejs:dynamic/tencentcloud-lvb:${contract.name}` }]);
});

test("has no default for a secret, since SDKs would write it out", () => {
  const all = [schema.provider.inputProperties, ...Object.values(schema.resources).map((one) => one.inputProperties)];
  for (const property of all.flatMap(Object.values<Property>).filter(({ secret }) => secret)) {
    expect([property.default, property.defaultInfo]).toEqual([undefined, undefined]);
  }
});

function those(properties: Record<string, Property>, mark: "secret" | "willReplaceOnChanges"): string[] {
  return Object.keys(properties).filter((name) => properties[name]?.[mark]);
}
