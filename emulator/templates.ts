// Shared by the template actions: the fields, their limits (from Create, EN/30815), and the API's form of a template.
import type { ActionContext } from "./action";
import type { Dialects } from "./dialects";
import { ApiError } from "./errors";
import type { Settings } from "./settings";
import type { CallbackTemplate } from "./store";
import { type TemplateFieldName, templateFieldNames } from "./templateFields";

export type TemplateFields = Omit<CallbackTemplate, "TemplateId">;

type UrlField = Extract<TemplateFieldName, `${string}NotifyUrl`> | "StreamMixNotifyUrl";

const urls = [...templateFieldNames, "StreamMixNotifyUrl" as const].filter((name): name is UrlField =>
  name.endsWith("NotifyUrl"),
);

const levels = ["error", "warning", "info"];

export function hasUrl(fields: TemplateFields): boolean {
  return urls.some((url) => fields[url] !== "");
}

export function checkFields(fields: TemplateFields, settings: Settings): void {
  const name = fields.TemplateName;
  if (!/^[\p{Script=Han}A-Za-z0-9_-]+$/u.test(name) || Buffer.byteLength(name) > 255) {
    throw new ApiError(
      "InvalidParameter.ArgsNotMatch",
      "TemplateName must be 1 to 255 bytes of Chinese characters, letters, digits, `_` and `-`.",
    );
  }
  if (Buffer.byteLength(fields.Description) > 1024) {
    throw new ApiError("InvalidParameter", "Description must not be longer than 1024 bytes.");
  }
  if (!/^[A-Za-z0-9]{0,32}$/.test(fields.CallbackKey)) {
    throw new ApiError("InvalidParameter", "CallbackKey must be up to 32 letters and digits.");
  }
  const level = fields.RecordExceptionLevels.find((word) => !levels.includes(word));
  if (level !== undefined) {
    throw new ApiError("InvalidParameterValue", `RecordExceptionLevels: ${level} is not one of ${levels.join(", ")}.`);
  }
  for (const url of urls) {
    if (fields[url] !== "") {
      checkUrl(url, fields[url], settings);
    }
  }
}

function checkUrl(name: string, url: string, { unresolvedHosts }: Settings): void {
  const parsed = URL.parse(url);
  if (parsed === null || !["http:", "https:"].includes(parsed.protocol)) {
    throw new ApiError("InvalidParameter", `${name} must be an http or https URL.`);
  }
  if (parsed.hostname.endsWith(".invalid") || unresolvedHosts.includes(parsed.hostname)) {
    throw new ApiError("InvalidParameter.UrlNotSafe", `${name}: domain resolution incorrect.`);
  }
}

/** The template as Describe returns it: without the write-only RecordStatusNotifyUrl. */
export function presentTemplate(template: CallbackTemplate, dialects: Dialects): Record<string, unknown> {
  const { TemplateId, TemplateName, RecordStatusNotifyUrl: _writeOnly, RecordExceptionLevels, ...texts } = template;
  const words = RecordExceptionLevels.map((word) => (word === "warning" ? dialects.exceptionLevelWord : word));
  const fields = Object.entries({ ...texts, RecordExceptionLevels: words }).map(([name, value]) => {
    // JSON leaves out undefined values.
    const unset = { empty: value, null: null, omitted: undefined }[dialects.unsetField];
    return [name, value.length > 0 ? value : unset];
  });
  return { TemplateId, TemplateName, ...Object.fromEntries(fields) };
}

/** Handles a missing template: throws, or returns with the dialect `empty`. */
export function templateMissing(id: number, { dialects }: ActionContext): void {
  if (dialects.missingTemplate !== "empty") {
    throw new ApiError(dialects.missingTemplate, `The template ${id} does not exist.`);
  }
}
