// Programs in YAML, as the tests of the plugin run them: what Pulumi.yaml has beside name and runtime.

export interface YamlResource {
  type: "CallbackTemplate" | "DomainTemplateBinding" | "PropagationWait";
  properties: object;
  options?: object;
}

export interface YamlProgram {
  resources: Record<string, YamlResource>;
  /** Providers that are given to resources as an option, by name. */
  providers?: Record<string, object>;
  /** Names of settings of the stack's configuration that are secrets. */
  secrets?: readonly string[];
  outputs?: object;
}

/** JSON is YAML too. */
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

/** A binding to a template that the program declares under a name. */
export function binding(place: string, templateName: string, options?: object): YamlResource {
  const [domainName, appName] = place.split("/");
  const properties = { domainName, appName, templateId: reference(`${templateName}.templateId`) };
  return { type: "DomainTemplateBinding", properties, ...(options && { options }) };
}

/** A wait until the last changes of these resources are in effect. */
export function wait(...names: string[]): YamlResource {
  const changes = names.map((name) => reference(`${name}.propagation`));
  return { type: "PropagationWait", properties: { changes } };
}

/** What stands for a value of a resource or a setting, by its path. */
export function reference(path: string): string {
  return `\${${path}}`;
}
