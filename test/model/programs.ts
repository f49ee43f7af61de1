// The programs of the model, with few templates, push domains, apps and values.
import type { CallbackTemplate } from "../../emulator/index.ts";
import type { Declared, Program, Values } from "./engine.ts";

export const fields = [
  "description",
  "streamBeginNotifyUrl",
  "streamEndNotifyUrl",
  "recordStatusNotifyUrl",
  "recordExceptionLevels",
  "callbackKey",
] as const;
export type Field = (typeof fields)[number];

/** Fields that only the China site knows. */
export const chinaFields: readonly Field[] = ["recordStatusNotifyUrl", "recordExceptionLevels"];

export type Fields = Partial<Record<Field, string | readonly string[]>>;

export const values: Readonly<Record<Field, readonly (string | readonly string[])[]>> = {
  description: ["first", "second"],
  streamBeginNotifyUrl: ["https://callbacks.example.com/1", "https://callbacks.example.com/2"],
  streamEndNotifyUrl: ["https://callbacks.example.com/1", "https://callbacks.example.com/2"],
  recordStatusNotifyUrl: ["https://callbacks.example.com/1", "https://callbacks.example.com/2"],
  recordExceptionLevels: [["warning"], ["error", "warning"]],
  callbackKey: ["HiddenKeyOfTheProgram1", "HiddenKeyOfTheProgram2"],
};

/** The key of other people's templates. */
export const foreignKey = "HiddenKeyOfSomeoneElse";

export const explicitNames = ["events", "recordings"] as const;
export const domainNames = ["one.example.com", "two.example.com"] as const;
export const appNames = ["live", "game"] as const;

export interface TemplateSpec {
  kind: "template";
  /** Default: an automatic name. */
  templateName: string | undefined;
  fields: Fields;
  importId: string | undefined;
}

export interface BindingSpec {
  kind: "binding";
  domainName: string;
  appName: string;
  /** The resource name of the template. */
  template: string;
  allowOverwrite: boolean;
  importId: string | undefined;
}

/** A program, by name of resource. */
export type Specs = Map<string, TemplateSpec | BindingSpec>;

function autoNameOf(resource: string): string {
  return `${resource}-0123456`;
}

export function templateNameOf(resource: string, { templateName }: TemplateSpec): string {
  return templateName ?? autoNameOf(resource);
}

export function keyOf({ domainName, appName }: Pick<BindingSpec, "domainName" | "appName">): string {
  return `${domainName}/${appName}`;
}

export function templatesOf(specs: Specs): [string, TemplateSpec][] {
  return [...specs].flatMap(([name, spec]) => (spec.kind === "template" ? [[name, spec]] : []));
}

export function bindingsOf(specs: Specs): [string, BindingSpec][] {
  return [...specs].flatMap(([name, spec]) => (spec.kind === "binding" ? [[name, spec]] : []));
}

/** The program for the engine. */
export function programOf(specs: Specs): Program {
  return new Map([...specs].map(([name, spec]) => [name, declared(name, spec)]));
}

function declared(name: string, spec: TemplateSpec | BindingSpec): Declared {
  const imported = spec.importId === undefined ? {} : { __import: spec.importId };
  if (spec.kind === "template") {
    const explicit = spec.templateName === undefined ? {} : { templateName: spec.templateName };
    return {
      kind: "template",
      args: () => ({ ...spec.fields, ...explicit, ...imported, __autoName: autoNameOf(name) }),
    };
  }
  const { domainName, appName, template, allowOverwrite } = spec;
  const args = (idOf: (name: string) => string): Values => ({
    domainName,
    appName,
    templateId: idOf(template),
    ...(allowOverwrite ? { allowOverwrite } : {}),
    ...imported,
  });
  return { kind: "binding", args };
}

/** A field of a live template, as in the program. */
export function liveField(template: CallbackTemplate, field: Field | "templateName"): unknown {
  return template[`${field.slice(0, 1).toUpperCase()}${field.slice(1)}` as keyof CallbackTemplate];
}

/** Whether the values are equal for the API. */
export function same(left: unknown, right: unknown): boolean {
  const plain = (value: unknown) => JSON.stringify(Array.isArray(value) ? [...value].sort() : (value ?? ""));
  const empty = (value: unknown) => plain(value) === '""' || plain(value) === "[]";
  return (empty(left) && empty(right)) || plain(left) === plain(right);
}
