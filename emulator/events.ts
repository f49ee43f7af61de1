/** The bodies of the callbacks: the receiver's samples with simulated values. */
import type { EventOf, SampleType } from "../receiver";
import { eventOf, type PushFacts, sampleTypes, signEvent } from "../receiver/samples";
import type { CallbackTemplate } from "./store";

/** The URL field of a template for each event_type. @internal */
export const urlFieldOf = {
  0: "StreamEndNotifyUrl",
  1: "StreamBeginNotifyUrl",
  100: "RecordNotifyUrl",
  200: "SnapshotNotifyUrl",
  315: "AudioAuditNotifyUrl",
  317: "PornCensorshipNotifyUrl",
  321: "PushExceptionNotifyUrl",
  332: "RecordStatusNotifyUrl",
  341: "RecordExceptionNotifyUrl",
} as const satisfies Record<SampleType, keyof CallbackTemplate>;

/** The API's event_type: 1 push started, 0 push ended, 100 recording, 200 snapshot, and so on. */
export type EventType = SampleType;

/** @internal */
export const eventTypes = sampleTypes;

/** @internal */
export type Event = EventOf<EventType>;

/** The event for a template, signed with its key. Without a key it has neither `t` nor `sign`. @internal */
export function makeEvent(
  type: EventType,
  facts: PushFacts,
  { CallbackKey, RecordExceptionLevels }: CallbackTemplate,
): Event {
  const event = eventOf(type, facts);
  if (event.event_type === 341) {
    // EN/31074: the level is "error" unless others are chosen.
    event.exception_level = RecordExceptionLevels[0] ?? "error";
  }
  return CallbackKey === "" ? event : signEvent(event, CallbackKey, facts.now);
}
