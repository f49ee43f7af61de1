/** Shared by both resources: reads the outputs in states of any version of this package, and finds their object. */
import * as v from "valibot";
import type { LiveGateway } from "../live/gateway";
import type { SharedList } from "../live/sharedList";
import { type Propagation, propagationOf } from "../propagation";
import { isSet } from "../properties";
import type { Values } from "./session";

const instant = v.pipe(
  v.string(),
  v.check((text) => !Number.isNaN(Date.parse(text))),
);
const propagation = v.object({ changedAt: instant, earliestEffectiveAt: instant, effectiveAt: instant });

/** Reads may lag behind our writes for an undocumented time. For this long, a missing object is looked for twice. */
const readsMayLagMs = 30_000;

/** The propagation among outputs, or undefined. */
export function storedPropagation(props: Values): Propagation | undefined {
  return asPropagation(props.propagation);
}

/** A value as a propagation, or undefined if it isn't one. */
export function asPropagation(value: unknown): Propagation | undefined {
  const result = v.safeParse(propagation, value);
  return result.success ? result.output : undefined;
}

/** Whether the object was written so recently that reads may not show it yet. */
export function writtenRecently(props: Values): boolean {
  const stored = storedPropagation(props);
  if (!stored) return false;
  return Math.abs(Date.now() - Date.parse(stored.changedAt)) < readsMayLagMs;
}

/** The propagation of a change written just now. */
export function changedNow(live: LiveGateway): Propagation {
  return propagationOf(Date.now(), live.settings.propagationSeconds);
}

/** The object in a list. Looks again if it is missing although we wrote it a moment ago: reads may lag. */
export async function findObject<Item>(
  live: LiveGateway,
  list: SharedList<Item>,
  key: string,
  props: Values,
): Promise<Item | undefined> {
  const item = (await list.all()).get(key);
  if (item !== undefined || !writtenRecently(props)) return item;
  return live.lookAgain(list, (items) => items.get(key));
}

/** An output as text, or undefined if it is not set. */
export function text(value: unknown): string | undefined {
  return isSet(value) ? String(value) : undefined;
}
