/** The fields of a callback template: the one table from which actions, state and input take them (lvb: EN/30815). */
export const templateFields = {
  Description: { type: "string" },
  StreamBeginNotifyUrl: { type: "string" },
  StreamEndNotifyUrl: { type: "string" },
  RecordNotifyUrl: { type: "string" },
  RecordStatusNotifyUrl: { type: "string", chinaOnly: true },
  SnapshotNotifyUrl: { type: "string" },
  PornCensorshipNotifyUrl: { type: "string" },
  PushExceptionNotifyUrl: { type: "string" },
  AudioAuditNotifyUrl: { type: "string", chinaOnly: true },
  RecordExceptionNotifyUrl: { type: "string", chinaOnly: true },
  RecordExceptionLevels: { type: "strings", chinaOnly: true },
  CallbackKey: { type: "string" },
} as const;

export type TemplateFieldName = keyof typeof templateFields;

/** The values of all fields; `""` or `[]` where one is not set. */
export type TemplateFieldValues = {
  [Name in TemplateFieldName]: (typeof templateFields)[Name]["type"] extends "strings" ? string[] : string;
};

/** @internal */
export const templateFieldNames = Object.keys(templateFields) as TemplateFieldName[];

/** All fields, each with the result of `value`. @internal */
export function eachField(value: (name: TemplateFieldName) => string | string[]): TemplateFieldValues {
  // One entry for each name. `value` must return a list exactly where the table has one.
  return Object.fromEntries(templateFieldNames.map((name) => [name, value(name)])) as TemplateFieldValues;
}

/** The fields of a template without any. @internal */
export const noFields = eachField((name) => (templateFields[name].type === "strings" ? [] : ""));
