/**
 * Decides which binding a delivery record belongs to. A record has a stream name, but no domain, app or template. If its
 * Request contains the body, the body and its signature decide. Otherwise the record counts only if no other push could
 * have caused it.
 */

import type { LiveRule } from "../../provider/live/actions";
import { verifyCallback } from "../../receiver";
import type { Place } from "./canFire";
import { bodyIn, type CallbackBody } from "./deliveryRecord";
import type { DeliveryRecord, StreamSession } from "./evidence";

/** `former`: signed with an earlier key of the template. `other`: from another binding, or another time. */
export type Attribution = "ours" | "former" | "other" | "unknown";

/** The facts for an attribution. */
export interface AttributionFacts {
  place: Place;
  templateId: string;
  streamName: string;
  /** The pushes of the stream to this binding since its last change took effect. */
  sessions: readonly StreamSession[];
  /** All pushes of this stream name in the account, including those above. */
  namesakes: readonly StreamSession[];
  /** Whether the list of pushes is certainly complete. */
  namesakesComplete: boolean;
  /** All rules of the account. */
  rules: readonly LiveRule[];
  /** The key of each template of the account that has one. */
  keys: ReadonlyMap<string, string>;
  /** Events from this time on belong to the current template; milliseconds since 1970. */
  since: number;
  /** The same for a record without a body: after the longest documented window has passed. */
  sinceWithoutBody: number;
  now: number;
}

/** How far the time of a record may differ from that of its push. */
const toleranceMs = 2 * 60_000;
/** A recording is reported about five minutes after its end. */
const fileToleranceMs = 30 * 60_000;

export function attribute(record: DeliveryRecord, facts: AttributionFacts): Attribution {
  const body = bodyIn(record.request);
  return body === undefined ? withoutBody(record, facts) : byBody(record, body, facts);
}

/** The rules that may deliver a push. It is not documented whether an app's rule overrides that of its domain. */
export function rulesFor({ domainName, appName }: Place, rules: readonly LiveRule[]): LiveRule[] {
  return rules.filter(
    (rule) =>
      rule.domainName === domainName && (rule.appName === appName || rule.appName === "" || rule.appName === "*"),
  );
}

function byBody(record: DeliveryRecord, body: CallbackBody, facts: AttributionFacts): Attribution {
  const { place, sessions, namesakes, keys, templateId } = facts;
  if (body.eventType !== record.eventType) return "unknown";
  if (body.streamName !== undefined && body.streamName !== facts.streamName) return "other";
  if (body.domainName !== undefined && body.domainName !== place.domainName) return "other";
  if (body.appName !== undefined && sessions.every(({ appName }) => appName !== body.appName)) return "other";
  const at = body.eventTime ?? record.eventTime;
  if (at === undefined) return "unknown";
  if (at < facts.since) return "other";

  // Without domain and app, only the signature identifies the binding.
  const { domainName, appName } = body;
  const pushedTo = domainName === undefined || appName === undefined ? namesakes : [{ domainName, appName }];
  if ((domainName === undefined || appName === undefined) && !facts.namesakesComplete) return "unknown";
  const others = rulesOfOthers(pushedTo, facts);
  const key = keys.get(templateId);
  if (!body.signed) {
    // Some events are unsigned although the template has a key.
    return key === undefined && others.every((rule) => keys.has(rule.templateId)) ? "ours" : "unknown";
  }
  const isOfAnother = others.some((rule) => isSignedWith(body.text, keys.get(rule.templateId)));
  if (isSignedWith(body.text, key)) return isOfAnother ? "unknown" : "ours";
  return isOfAnother ? "other" : "former";
}

function withoutBody({ eventType, eventTime }: DeliveryRecord, facts: AttributionFacts): Attribution {
  if (eventTime === undefined || eventTime < facts.sinceWithoutBody || !facts.namesakesComplete) return "unknown";
  const causes = facts.namesakes.filter((namesake) => couldCause(namesake, eventType, eventTime, facts.now));
  const own = causes.filter((cause) => facts.sessions.includes(cause));
  if (causes.length === 0 || (own.length > 0 && own.length < causes.length)) return "unknown";
  if (own.length === 0) return "other";
  return rulesOfOthers(causes, facts).length === 0 ? "ours" : "unknown";
}

/** Other rules than the binding's that may deliver one of these pushes. */
function rulesOfOthers(pushedTo: readonly Place[], { rules, place }: AttributionFacts): LiveRule[] {
  return pushedTo
    .flatMap((push) => rulesFor(push, rules))
    .filter(({ domainName, appName }) => domainName !== place.domainName || appName !== place.appName);
}

/** Whether a push may have caused an event of this type at this time. */
function couldCause({ startedAt, endedAt }: StreamSession, eventType: number, at: number, now: number): boolean {
  switch (eventType) {
    case 1:
      return Math.abs(at - startedAt) <= toleranceMs;
    case 0:
      return Math.abs(at - (endedAt ?? now)) <= toleranceMs;
    default:
      return at >= startedAt - toleranceMs && at <= (endedAt ?? now) + fileToleranceMs;
  }
}

function isSignedWith(text: string, key: string | undefined): boolean {
  // Signatures expire ten minutes after the event. Here only the key matters.
  return key !== undefined && verifyCallback(text, key, { toleranceSeconds: Number.POSITIVE_INFINITY }).ok;
}
