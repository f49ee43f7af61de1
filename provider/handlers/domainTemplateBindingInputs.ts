/** Which values the inputs of a binding may have, and the domain and app that they name. */
import * as v from "valibot";
import { ruleKey } from "../live/actions";
import { LiveError } from "../live/errors";
import type { DomainTemplateBindingProperties } from "../properties";
import { noWhiteSpace, type Rule, replaceOnChangesRule } from "./inputRules";
import type { Values } from "./session";

const domainLabel = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";

type Input = keyof DomainTemplateBindingProperties | "__import" | "__replaceOnChanges";

export const bindingRules: Readonly<Record<Input, Rule>> = {
  domainName: {
    schema: v.pipe(
      v.string("expected a string"),
      v.toLowerCase(),
      v.maxLength(253, "must not be longer than 253 characters"),
      v.regex(new RegExp(`^${domainLabel}(\\.${domainLabel})+$`), "is not a domain name such as push.example.com"),
    ),
    required: true,
  },
  appName: {
    schema: v.pipe(v.string("expected a string"), noWhiteSpace),
    required: true,
    keepEmpty: true,
  },
  templateId: {
    schema: v.pipe(
      v.union([v.string(), v.number()], "expected the id of a callback template"),
      v.transform(String),
      v.regex(/^\d{1,15}$/, "the id of a callback template is a number: pass template.templateId or template.id"),
    ),
    required: true,
  },
  allowOverwrite: { schema: v.boolean("expected true or false") },
  __import: {
    schema: v.pipe(
      v.string(),
      v.regex(/^[^/]+\//, "the id of a binding is <domain>/<app>, such as push.example.com/live"),
    ),
  },
  __replaceOnChanges: replaceOnChangesRule,
};

/** The push domain and app of a binding. */
export interface Place {
  domainName: string;
  appName: string;
}

export function placeOf(values: Values): Place {
  return { domainName: String(values.domainName).toLowerCase(), appName: String(values.appName ?? "") };
}

export function ruleKeyOf(values: Values): string {
  const { domainName, appName } = placeOf(values);
  return ruleKey(domainName, appName);
}

export function parseId(id: string): Place {
  const slash = id.indexOf("/");
  if (slash <= 0) {
    throw new LiveError(
      `the id of a binding is <domain>/<app>, such as push.example.com/live, not ${JSON.stringify(id)}`,
    );
  }
  return { domainName: id.slice(0, slash).toLowerCase(), appName: id.slice(slash + 1) };
}
