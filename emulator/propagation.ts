// What is not in effect yet: the changes that streams do not see, and what they get meanwhile.
import { isDeepStrictEqual } from "node:util";
import type { CallbackRule, CallbackTemplate, EmulatorState } from "./store";

/** A state and when it came about, in milliseconds since 1970. @internal */
export interface Version {
  readonly since: number;
  readonly state: EmulatorState;
  /** In effect, whatever the window says. */
  readonly settled?: boolean;
}

interface ChangeTimes {
  /** ISO 8601, UTC. */
  changedAt: string;
  /** From then on streams get `next` instead of `served`. */
  effectiveAt: string;
}

/** A change of a template; null stands for none. */
export interface PendingTemplate extends ChangeTimes {
  templateId: number;
  served: CallbackTemplate | null;
  next: CallbackTemplate | null;
}

/** A change of a rule, by the id of its template; null stands for no rule. */
export interface PendingRule extends ChangeTimes {
  domain: string;
  app: string;
  served: number | null;
  next: number | null;
}

/** What streams do not see yet; of several changes of one object, in their order. */
export interface Propagating {
  templates: PendingTemplate[];
  rules: PendingRule[];
}

function templateKey({ TemplateId }: CallbackTemplate): string {
  return String(TemplateId);
}

function ruleKey({ DomainName, AppName }: CallbackRule): string {
  return `${DomainName}/${AppName}`;
}

/** @internal @param versions the one in effect, and all later ones */
export function propagating(versions: readonly Version[], windowMs: number): Propagating {
  const pending: Propagating = { templates: [], rules: [] };
  versions.forEach(({ since, state }, index) => {
    const former = versions[index - 1]?.state;
    if (former === undefined) return;
    const times = { changedAt: iso(since), effectiveAt: iso(since + windowMs) };
    for (const [before, after] of changes(former.templates, state.templates, templateKey)) {
      const templateId = (after ?? before)?.TemplateId;
      if (templateId === undefined || isDeepStrictEqual(before, after)) continue;
      pending.templates.push({ templateId, served: before ?? null, next: after ?? null, ...times });
    }
    for (const [before, after] of changes(former.rules, state.rules, ruleKey)) {
      const rule = after ?? before;
      if (rule === undefined || before?.TemplateId === after?.TemplateId) continue;
      const [served, next] = [before?.TemplateId ?? null, after?.TemplateId ?? null];
      pending.rules.push({ domain: rule.DomainName, app: rule.AppName, served, next, ...times });
    }
  });
  return pending;
}

/**
 * The state with the former objects in place of equal ones: what is the same object need not be compared again.
 *
 * @internal
 */
export function withUnchanged(state: EmulatorState, former: EmulatorState): EmulatorState {
  return {
    ...state,
    templates: unchanged(state.templates, former.templates, templateKey),
    rules: unchanged(state.rules, former.rules, ruleKey),
  };
}

function unchanged<T extends object>(list: readonly T[], former: readonly T[], keyOf: (item: T) => string): T[] {
  const known = new Map(former.map((item) => [keyOf(item), item]));
  return list.map((item) => {
    const old = known.get(keyOf(item));
    return old !== undefined && isDeepStrictEqual(old, item) ? old : item;
  });
}

type Pair<T> = [former: T | undefined, now: T | undefined];

/**
 * The objects that are not the same in both lists, in pairs by their key. What both begin and end with is passed over at
 * once: one call of the API changes one object of thousands.
 */
function changes<T>(former: readonly T[], now: readonly T[], keyOf: (item: T) => string): Pair<T>[] {
  if (former === now) return [];
  let start = 0;
  while (start < former.length && former[start] === now[start]) start++;
  let end = 0;
  const most = Math.min(former.length, now.length) - start;
  while (end < most && former[former.length - 1 - end] === now[now.length - 1 - end]) end++;
  const pairs = new Map<string, Pair<T>>();
  for (const item of former.slice(start, former.length - end)) pairs.set(keyOf(item), [item, undefined]);
  for (const item of now.slice(start, now.length - end)) pairs.set(keyOf(item), [pairs.get(keyOf(item))?.[0], item]);
  return [...pairs.values()];
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
