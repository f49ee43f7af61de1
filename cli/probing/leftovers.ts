/** Finds what was made under a prefix of names, and removes it and nothing else. */
import type { createCall } from "../../provider/live/actions";
import { LiveError } from "../../provider/live/errors";
import type { RetryClock } from "../../provider/live/retry";
import { isRecord, type Values } from "./symbols";

export type Call = ReturnType<typeof createCall>;

/** An object of the account, for a person or a program to find it again. */
export type Leftover =
  | { kind: "template"; templateId: string; templateName: string }
  | { kind: "rule"; domainName: string; appName: string };

export interface Lists {
  templates: readonly Values[];
  rules: readonly Values[];
}

/** Read leniently: an answer in another shape must not keep us from removing what we made. */
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
 * Templates whose name begins with the prefix; rules of such an app, and rules of a whole domain that point to such a
 * template. A template that any other rule points to is not among them.
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

/** How long to look for an object that no list shows yet: a part of the time for one call, in milliseconds. */
export const lookingMs = (requestTimeoutMs: number) => requestTimeoutMs / 3;

export interface Patience {
  clock: RetryClock;
  /** Looks at least so long, for what no list shows yet. */
  leastMs: number;
  mostMs: number;
}

/** Removes all until no list shows any, and returns what could not be removed. Reads may lag behind writes. */
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
    // Whether it worked is seen in the lists.
    if (!(error instanceof LiveError) || error.code === undefined) throw error;
  });
}

export function nameOf(leftover: Leftover): string {
  return leftover.kind === "rule"
    ? `rule ${leftover.domainName}/${leftover.appName}`
    : `template "${leftover.templateName}" (${leftover.templateId})`;
}
