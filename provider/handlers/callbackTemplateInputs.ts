/** Which values the inputs of a callback template may have. */
import * as v from "valibot";
import { type TemplateField, templateFields } from "../properties";
import { noWhiteSpace, type Rule, replaceOnChangesRule } from "./inputRules";

type UrlField = Extract<TemplateField, `${string}NotifyUrl`>;

export const urlFields = templateFields.filter((field): field is UrlField => field.endsWith("NotifyUrl"));

const url: Rule = {
  schema: v.pipe(
    v.string("expected a string"),
    noWhiteSpace,
    v.regex(/^https?:\/\/./i, "must begin with http:// or https://"),
    v.check((text) => URL.canParse(text), "is not a valid URL"),
  ),
};

const bytesAtMost = (limit: number) =>
  v.check((text: string) => Buffer.byteLength(text) <= limit, `must not be longer than ${limit} bytes`);

/** The limits come from the documentation of CreateLiveCallbackTemplate; the key's characters from the console (EN/31065). */
export const templateRules: Readonly<Record<TemplateField | "__autoName" | "__import" | "__replaceOnChanges", Rule>> = {
  templateName: {
    schema: v.pipe(
      v.string("expected a string"),
      v.regex(/^[\p{Script=Han}A-Za-z0-9_-]*$/u, "may contain Chinese characters, letters, digits, _ and - only"),
      bytesAtMost(255),
    ),
  },
  description: { schema: v.pipe(v.string("expected a string"), bytesAtMost(1024)) },
  // One entry for each URL field.
  ...(Object.fromEntries(urlFields.map((field) => [field, url])) as Record<UrlField, Rule>),
  recordExceptionLevels: {
    schema: v.array(
      v.picklist(["error", "warning", "info"], "expected error, warning or info (API answers say alarm for warning)"),
      "expected a list of error, warning, info",
    ),
  },
  callbackKey: {
    schema: v.pipe(v.string("expected a string"), v.regex(/^[A-Za-z0-9]{1,32}$/, "must be 1 to 32 letters and digits")),
    secret: true,
  },
  __autoName: { schema: v.string() },
  __import: { schema: v.pipe(v.string(), v.regex(/^\d+$/, "the id of a callback template is a number")) },
  __replaceOnChanges: replaceOnChangesRule,
};
