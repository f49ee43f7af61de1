// YAML programs for the tests of the plugin: the content of Pulumi.yaml except name and runtime.

export interface YamlResource {
  type: "CallbackTemplate" | "DomainTemplateBinding" | "PropagationWait";
  properties: object;
  options?: object;
}

export interface YamlProgram {
  resources: Record<string, YamlResource>;
  /** Providers for the option `provider`, by name. */
  providers?: Record<string, object>;
  /** The names of secret settings in the stack's configuration. */
  secrets?: readonly string[];
  outputs?: object;
}

/** As JSON, which is YAML too. */
export function yamlProgram({ resources, providers = {}, secrets = [], outputs = {} }: YamlProgram): string {
  const declared = {
    ...entriesOf(providers, (properties) => ({ type: "pulumi:providers:tencentcloud-lvb", properties })),
    ...entriesOf(resources, ({ type, ...rest }) => ({ type: `tencentcloud-lvb:${type}`, ...rest })),
  };
  const config = Object.fromEntries(secrets.map((name) => [name, { type: "string", secret: true }]));
  const sections = { config, resources: declared, outputs };
  return Object.entries(sections)
    .map(([name, section]) => `${name}: ${JSON.stringify(section, null, 2)}\n`)
    .join("");
}

function entriesOf<Item>(items: Record<string, Item>, make: (item: Item) => object): Record<string, object> {
  return Object.fromEntries(Object.entries(items).map(([name, item]) => [name, make(item)]));
}

/** A template. */
export function template(properties: object, options?: object): YamlResource {
  return { type: "CallbackTemplate", properties, ...(options && { options }) };
}

/** A binding to the template with this name in the program. */
export function binding(place: string, templateName: string, options?: object): YamlResource {
  const [domainName, appName] = place.split("/");
  const properties = { domainName, appName, templateId: reference(`${templateName}.templateId`) };
  return { type: "DomainTemplateBinding", properties, ...(options && { options }) };
}

/** A wait for the last changes of these resources. */
export function wait(...names: string[]): YamlResource {
  const changes = names.map((name) => reference(`${name}.propagation`));
  return { type: "PropagationWait", properties: { changes } };
}

/** A reference to a value of a resource or a setting, by its path. */
export function reference(path: string): string {
  return `\${${path}}`;
}
