// The schema of the plugin, from which the engine and the SDK generators of all languages know its resources. Generated
// from the types and doc comments of the classes. The tags `@secret` and `@replaces` mark a property
// (https://www.pulumi.com/docs/iac/guides/building-extending/packages/schema).
import ts from "typescript";
import { declared, find, nameOf, parse, resourceFiles } from "./declarations.mts";

const packageName = "tencentcloud-lvb";
const tokenOf = (name: string) => `${packageName}:index:${name}`;

interface Property {
  description: string;
  secret?: true;
  willReplaceOnChanges?: true;
  [part: string]: unknown;
}

export function packageSchema() {
  const resources = resourceFiles.filter(([name]) => name !== "Provider");
  const provider = declared(["Provider", "provider"]);
  const settings = propertiesOf(provider.inputs);
  return {
    name: packageName,
    displayName: "Tencent Cloud LVB callbacks",
    description:
      "Callback templates of Tencent Cloud LVB (CSS / Live) and their bindings to push domains, with the propagation window tracked and drift made visible.",
    keywords: ["pulumi", "tencentcloud", "lvb", "css", "live", "callback", "category/cloud"],
    license: "Apache-2.0",
    publisher: "pulumi-tencentcloud-lvb",
    meta: { moduleFormat: "(.*)" },
    config: { variables: settings },
    // The rest is about the classes.
    provider: {
      description: descriptionOf(provider.declaration).split("\n\n").slice(0, 2).join("\n\n"),
      inputProperties: settings,
    },
    types: { [tokenOf("Propagation")]: propagation(), [tokenOf("RecordExceptionLevel")]: recordExceptionLevel() },
    resources: Object.fromEntries(
      resources.map((resource) => {
        const { declaration, inputs, outputs } = declared(resource);
        const inputProperties = propertiesOf(inputs);
        const secrets = new Set(Object.keys(inputProperties).filter((name) => inputProperties[name]?.secret));
        const properties = propertiesOf(outputs);
        for (const [name, property] of Object.entries(properties)) if (secrets.has(name)) property.secret = true;
        return [
          tokenOf(resource[0]),
          {
            description: descriptionOf(declaration),
            inputProperties,
            requiredInputs: inputs.filter(({ questionToken }) => !questionToken).map(nameOf),
            properties,
            required: outputs.filter(({ type }) => !/\| undefined>?$/.test(type?.getText() ?? "")).map(nameOf),
            aliases: [{ type: `pulumi-nodejs:dynamic/${packageName}:${resource[0]}` }],
          },
        ];
      }),
    ),
    language: {
      nodejs: { respectSchemaVersion: true },
      python: { respectSchemaVersion: true, pyproject: { enabled: true } },
      go: { respectSchemaVersion: true, generateResourceContainerTypes: true },
      csharp: { respectSchemaVersion: true },
    },
  };
}

function propagation() {
  const { members } = find(parse("provider/propagation.ts"), ts.isInterfaceDeclaration, "Propagation");
  const fields = members.filter(ts.isPropertySignature);
  return {
    type: "object",
    description: "The fixed instants of one change, ISO 8601 in UTC. They move only when the object is changed again.",
    properties: propertiesOf(fields),
    required: fields.map(nameOf),
  };
}

function recordExceptionLevel() {
  const { type } = find(parse("provider/properties.ts"), ts.isTypeAliasDeclaration, "RecordExceptionLevel");
  const values = type.getText().match(/\w+/g) ?? [];
  return { type: "string", description: "Severity of recording exceptions.", enum: values.map((value) => ({ value })) };
}

function propertiesOf(members: readonly (ts.PropertySignature | ts.PropertyDeclaration)[]): Record<string, Property> {
  return Object.fromEntries(members.map((member) => [nameOf(member), propertyOf(member)]));
}

function propertyOf(member: ts.PropertySignature | ts.PropertyDeclaration): Property {
  const description = descriptionOf(member);
  const tags = new Set(ts.getJSDocTags(member).map(({ tagName }) => tagName.text));
  return {
    description,
    ...typeOf((member.type?.getText() ?? "").replace(/^pulumi\.Output<(.*)>$/s, "$1").replaceAll(" | undefined", "")),
    ...(tags.has("secret") ? { secret: true } : {}),
    ...(tags.has("replaces") ? { willReplaceOnChanges: true } : {}),
  };
}

function typeOf(text: string): object {
  const item = /^\(?(\w+)\)?\[\]$/.exec(text)?.[1];
  if (item) return { type: "array", items: typeOf(item) };
  if (["string", "number", "boolean"].includes(text)) return { type: text };
  if (["Propagation", "RecordExceptionLevel"].includes(text)) return { $ref: `#/types/${tokenOf(text)}` };
  throw new Error(`The schema has no type for ${text}.`);
}

/** The doc comment without its examples, which are TypeScript. */
function descriptionOf(node: ts.Node): string {
  const [comment] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  return (ts.getTextOfJSDocComment(comment?.comment) ?? "").replace(/\{@link (\w+)\}/g, "`$1`").trim();
}
