/** Finds the objects with a name prefix, and removes only those. */
import type { createCall } from "../../provider/live/actions";
import { LiveError } from "../../provider/live/errors";
import type { RetryClock } from "../../provider/live/retry";
import { isRecord, type Values } from "./symbols";

export type Call = ReturnType<typeof createCall>;

/** An object in the account, for a report. */
export type Leftover =
  | { kind: "template"; templateId: string; templateName: string }
  | { kind: "rule"; domainName: string; appName: string };

export interface Lists {
  templates: readonly Values[];
  rules: readonly Values[];
}

/** Reads the lists and tolerates unexpected answers, so that test objects are removed in any case. */
export async function readLists(call: Call): Promise<Lists> {
  const list = async (action: string, member: string) => {
    const { [member]: items } = await call(action, {}, "always");
    return Array.isArray(items) ? items.filter(isRecord) : [];
  };
  const [templates, rules] = [
    await list("DescribeLiveCallbackTemplates", "Templates"),
    await list("DescribeLiveCallbackRules", "Rules"),
  ];
  return { templates, rules };
}

/**
 * Templates with the prefix in their name, rules for apps with the prefix, and rules for a whole domain that point to such
 * a template. Excludes templates that any other rule points to.
 */
export function leftoversIn({ templates, rules }: Lists, prefix: string): Leftover[] {
  const named = templates.filter(({ TemplateName }) => String(TemplateName).startsWith(prefix));
  const points = (rule: Values) => named.some(({ TemplateId }) => String(TemplateId) === String(rule.TemplateId));
  const isOurs = (rule: Values) => String(rule.AppName).startsWith(prefix) || (rule.AppName === "" && points(rule));
  const foreign = new Set(rules.filter((rule) => !isOurs(rule)).map(({ TemplateId }) => String(TemplateId)));
  return [
    ...rules.filter(isOurs).map(({ DomainName, AppName }): Leftover => {
      return { kind: "rule", domainName: String(DomainName), appName: String(AppName) };
    }),
    ...named
      .filter(({ TemplateId }) => !foreign.has(String(TemplateId)))
      .map(({ TemplateId, TemplateName }): Leftover => {
        return { kind: "template", templateId: String(TemplateId), templateName: String(TemplateName) };
      }),
  ];
}

/** How long to look for an object that no list shows yet, in milliseconds. */
export const lookingMs = (requestTimeoutMs: number) => requestTimeoutMs / 3;

export interface Patience {
  clock: RetryClock;
  /** Looks at least this long for objects that no list shows yet. */
  leastMs: number;
  mostMs: number;
}

/** Removes objects until no list shows one, and returns those that remain. Reads may lag behind writes. */
export async function removeLeftovers(
  call: Call,
  prefix: string,
  { clock, leastMs, mostMs }: Patience,
): Promise<Leftover[]> {
  const begun = clock.now();
  for (let gapMs = 50; ; gapMs = Math.min(2 * gapMs, 2000)) {
    const found = leftoversIn(await readLists(call), prefix);
    const waitedMs = clock.now() - begun;
    if (waitedMs >= (found.length === 0 ? leastMs : mostMs)) return found;
    for (const leftover of found) await remove(call, leftover);
    await clock.sleep(gapMs);
  }
}

async function remove(call: Call, leftover: Leftover): Promise<void> {
  const [action, parameters] =
    leftover.kind === "rule"
      ? ["DeleteLiveCallbackRule", { DomainName: leftover.domainName, AppName: leftover.appName }]
      : ["DeleteLiveCallbackTemplate", { TemplateId: Number(leftover.templateId) }];
  await call(action, parameters, "always").catch((error: unknown) => {
    // The lists show whether it worked.
    if (!(error instanceof LiveError) || error.code === undefined) throw error;
  });
}

export function nameOf(leftover: Leftover): string {
  return leftover.kind === "rule"
    ? `rule ${leftover.domainName}/${leftover.appName}`
    : `template "${leftover.templateName}" (${leftover.templateId})`;
}
