/** Stage 5: whether deliveries of a binding are proved, from its pushes and the records of their streams. */
import { ruleKey } from "../../provider/live/actions";
import type { CallbackTemplateProperties } from "../../provider/properties";
import { adviceOnStatus } from "../adviceOnStatus";
import { clockTime, duration, printable } from "../terminal";
import { type AttributionFacts, attribute } from "./attribution";
import { type Outcome, outcomeOf } from "./deliveryRecord";
import type { DeliveryRecord, StreamSession } from "./evidence";
import { ok, problem, unknown, type Verdict } from "./verdict";

/** The events with delivery records: https://cloud.tencent.com/document/product/267/51328 */
export const recordedEvents = {
  1: { field: "streamBeginNotifyUrl", name: "start" },
  0: { field: "streamEndNotifyUrl", name: "end" },
  100: { field: "recordNotifyUrl", name: "recording" },
  200: { field: "snapshotNotifyUrl", name: "snapshot" },
} as const satisfies Record<number, { field: keyof CallbackTemplateProperties; name: string }>;

/** A missing record means nothing for this long. The documentation doesn't say when a record appears. */
export const recordLagMs = 5 * 60_000;
/** A stream that reconnects within 70 s causes neither an end nor a start event (Tencent's FAQ on pushing). */
const reconnectMs = 70_000;

/** `stray`: a push without a rule, which may have been meant for the binding. */
export function notPushed(since: number, now: number, stray?: StreamSession): Verdict {
  const what = `no stream was pushed since ${instant(since, now)}, so nothing is proved`;
  if (stray === undefined) return unknown(what);
  const { domainName, appName, startedAt } = stray;
  return unknown(
    `${what}; a push to ${printable(ruleKey(domainName, appName))}, ${instant(startedAt, now)}, has no rule. ` +
      "Next: compare domain and AppName of the push URL with the binding; the AppName is case-sensitive",
  );
}

/** The records of a stream's events between two instants. */
export interface StreamRecords {
  from: number;
  to: number;
  records: readonly DeliveryRecord[];
  /** Whether these are all. */
  complete: boolean;
}

/** The verdict from the records of one stream. */
export function judgeStream(
  read: StreamRecords,
  template: Readonly<CallbackTemplateProperties>,
  facts: AttributionFacts,
): Verdict {
  const { records, complete } = read;
  const attributed = records.map((record) => ({ record, attribution: attribute(record, facts) }));
  const of = (wanted: string) => attributed.filter(({ attribution }) => attribution === wanted);
  const ours = of("ours").map(({ record }) => record);
  const stream = `stream ${printable(facts.streamName)}`;
  const { now } = facts;
  const pushedAt = instant(Math.max(...facts.sessions.map(({ startedAt }) => startedAt)), now);
  if (ours.length > 0) return judgeOurs(ours, read, template, facts);
  if (of("former").length > 0) {
    return problem(
      `${stream} was pushed ${pushedAt}, but LVB signed the events with a key other than the live one. ` +
        "Next: wait some minutes and push again; if the result is the same, check the rules of the domain in the console",
    );
  }
  if (of("unknown").length > 0 || !complete) {
    return unknown(
      `${stream} was pushed ${pushedAt}, but it is not known whether LVB's deliveries belong to this binding`,
    );
  }
  const missing = expectedEvents(template, facts, read);
  if (missing.length === 0) {
    return unknown(`${stream} was pushed ${pushedAt}; there is no record of a delivery, and none is due yet`);
  }
  return problem(
    `${stream} was pushed ${pushedAt}, but nothing was delivered. ` +
      "Next: docs/no-callback.md lists the causes in the order to check",
  );
}

function judgeOurs(
  ours: readonly DeliveryRecord[],
  read: StreamRecords,
  template: Readonly<CallbackTemplateProperties>,
  facts: AttributionFacts,
): Verdict {
  const { now } = facts;
  const time = ({ respondedAt, eventTime }: DeliveryRecord) => respondedAt ?? eventTime ?? 0;
  const inOrder = ours
    .map((record) => ({ record, outcome: outcomeOf(record) }))
    .sort((a, b) => time(a.record) - time(b.record));
  const types = [...new Set(ours.map(({ eventType }) => eventType))];
  const count = (kind: Outcome["kind"]) => inOrder.filter(({ outcome }) => outcome.kind === kind).length;
  const failures = count("failed") === 0 ? "" : `, ${count("failed")} of ${inOrder.length} attempts failed`;

  // Each URL gets one type of event, so the last attempt of each type counts.
  const last = types.flatMap((type) => inOrder.filter(({ record }) => record.eventType === type).slice(-1));
  for (const { record, outcome } of last) {
    if (outcome.kind !== "failed") continue;
    const how =
      outcome.status === undefined
        ? `was not delivered (result code ${outcome.resultCode})`
        : `was answered with HTTP ${outcome.status}`;
    return problem(
      `the last ${eventName(record.eventType)} event, ${instant(time(record), now)}, ${how}${failures}. ` +
        `Next: the receiver must answer HTTP 200 within 20 s; ${adviceOnStatus(outcome.status)}`,
    );
  }
  if (last.some(({ outcome }) => outcome.kind === "unclear")) {
    return unknown("the records are contradictory: HTTP 200, but a result code other than success");
  }
  const missing = expectedEvents(template, facts, read).filter((type) => !types.includes(type));
  if (missing.length > 0) {
    const names = missing.map(eventName).join(" nor ");
    const delivered = types.map(eventName).join(" and ");
    const what = `events of type ${delivered} were delivered, but none of type ${names}`;
    return read.complete ? problem(`${what}. Next: check the URL for that event`) : unknown(what);
  }
  const awaited = awaitedEvents(template, facts, read).filter((type) => !types.includes(type));
  if (awaited.length > 0) {
    return unknown(
      `${types.map(eventName).join(" and ")} delivered, no record of the ${awaited.map(eventName).join(" and ")} event yet`,
    );
  }
  const newest = inOrder.at(-1);
  if (newest === undefined) return unknown("nothing is proved");
  const status =
    newest.outcome.kind === "delivered" && newest.outcome.status !== undefined ? `, HTTP ${newest.outcome.status}` : "";
  return ok(`last delivery ${instant(time(newest.record), now)}${status}${failures}`);
}

/** The events of a push that must have a record by now. */
function expectedEvents(
  template: Readonly<CallbackTemplateProperties>,
  facts: AttributionFacts,
  { from, to }: StreamRecords,
): number[] {
  return awaitedEvents(template, facts, { from, to: Math.min(to, facts.now - recordLagMs - 1) });
}

/** The events that pushes cause between two instants, with or without a record so far. */
function awaitedEvents(
  template: Readonly<CallbackTemplateProperties>,
  { sessions, namesakes }: AttributionFacts,
  { from, to }: Pick<StreamRecords, "from" | "to">,
): number[] {
  const isRead = (instant: number | undefined) => instant !== undefined && instant >= from && instant <= to;
  const begins = sessions.some(
    (session) => isRead(session.startedAt) && !namesakes.some((former) => continues(former, session)),
  );
  const ends = sessions.some(
    (session) => isRead(session.endedAt) && !namesakes.some((later) => continues(session, later)),
  );
  return [...(begins && template.streamBeginNotifyUrl ? [1] : []), ...(ends && template.streamEndNotifyUrl ? [0] : [])];
}

/** Whether `later` is a reconnection of the same push, so that there is neither an end nor a start event between them. */
export function continues(former: StreamSession, later: StreamSession): boolean {
  return (
    former !== later &&
    former.domainName === later.domainName &&
    former.appName === later.appName &&
    former.endedAt !== undefined &&
    later.startedAt >= former.endedAt &&
    later.startedAt - former.endedAt <= reconnectMs
  );
}

function eventName(type: number): string {
  return Object.hasOwn(recordedEvents, type) ? recordedEvents[type as keyof typeof recordedEvents].name : String(type);
}

/** `at 12:04:05 (3m 10s ago)`. */
function instant(ms: number, now: number): string {
  return `${clockTime(new Date(ms).toISOString(), now)} (${duration(Math.max(0, now - ms))} ago)`;
}
