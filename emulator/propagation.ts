// The changes that are not in effect yet, and what streams get until then.
import { isDeepStrictEqual } from "node:util";
import type { CallbackRule, CallbackTemplate, EmulatorState } from "./store";

/** A state and its time, in milliseconds since 1970. @internal */
export interface Version {
  readonly since: number;
  readonly state: EmulatorState;
  /** In effect, regardless of the window. */
  readonly settled?: boolean;
}

interface ChangeTimes {
  /** ISO 8601, UTC. */
  changedAt: string;
  /** From this time on, streams get `next` instead of `served`. */
  effectiveAt: string;
}

/** A change of a template; null means no template. */
export interface PendingTemplate extends ChangeTimes {
  templateId: number;
  served: CallbackTemplate | null;
  next: CallbackTemplate | null;
}

/** A change of a rule, as ids of its template; null means no rule. */
export interface PendingRule extends ChangeTimes {
  domain: string;
  app: string;
  served: number | null;
  next: number | null;
}

/** The changes that streams don't see yet; several changes of one object in order. */
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
 * The state, with the former object for each equal one, so that identical objects need no comparison later.
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
 * The objects that differ between both lists, in pairs by key. The common beginning and end are skipped quickly, since one
 * API call changes one object of thousands.
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
