/** The bodies of the callbacks, with values of a simulated push. For their fields, see the receiver's types. */
import { createHash } from "node:crypto";
import type {
  AudioAuditEvent,
  ImageAuditEvent,
  PushExceptionEvent,
  RecordEvent,
  RecordExceptionEvent,
  RecordStatusEvent,
  SignedFields,
  SnapshotEvent,
  StreamBeginEvent,
  StreamEndEvent,
} from "../receiver";
import type { CallbackTemplate } from "./store";

/** The API's event_type of each URL of a template. */
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
} as const satisfies Record<number, keyof CallbackTemplate>;

/** The API's event_type: 1 push started, 0 push ended, 100 recording, 200 snapshot, and so on. */
export type EventType = keyof typeof urlFieldOf;

export const eventTypes = [0, 1, 100, 200, 315, 317, 321, 332, 341] as const satisfies readonly EventType[];

export type Event =
  | StreamBeginEvent
  | StreamEndEvent
  | RecordEvent
  | SnapshotEvent
  | AudioAuditEvent
  | ImageAuditEvent
  | PushExceptionEvent
  | RecordStatusEvent
  | RecordExceptionEvent;

/** The push that causes the event. */
export interface PushFacts {
  domain: string;
  app: string;
  stream: string;
  accountId: string;
  /** Decimal text, unlike that of any other push. */
  sequence: string;
  startedAt: number;
  now: number;
}

/** EN/38081: the signature is good for ten minutes. */
const signatureSeconds = 600;

/** The event as the template asks for it, signed with its key. */
export function makeEvent(type: EventType, facts: PushFacts, template: CallbackTemplate): Event {
  return { ...eventOf(type, facts, template), ...signature(template.CallbackKey, facts.now) };
}

function eventOf(type: EventType, facts: PushFacts, { RecordExceptionLevels }: CallbackTemplate): Event {
  const { domain, app, stream, sequence, now } = facts;
  const appid = Number(facts.accountId);
  const seconds = Math.floor(now / 1000);
  const startSeconds = Math.floor(facts.startedAt / 1000);
  const pushUrl = { app: domain, appname: app, stream_param: "" };
  const id = digest(sequence);
  const day = new Date(now).toISOString().slice(0, 10);
  const picture = `/${day}/${stream}-screenshot-${seconds}-1280x720.jpg`;
  const push = {
    appid,
    ...pushUrl,
    stream_id: stream,
    channel_id: stream,
    event_time: seconds,
    sequence,
    node: "127.0.0.1",
    user_ip: "127.0.0.1",
    set_id: 2,
    width: 1280,
    height: 720,
    idc_id: 1,
  };
  switch (type) {
    case 1:
      return { event_type: 1, errcode: 0, errmsg: "ok", ...push };
    case 0:
      return {
        event_type: 0,
        errcode: 1,
        errmsg: "The push client actively stopped the push",
        push_duration: "1000",
        ...push,
      };
    case 100:
      return {
        event_type: 100,
        appid,
        ...pushUrl,
        stream_id: stream,
        channel_id: stream,
        file_id: sequence,
        record_file_id: sequence,
        video_id: `${appid}_${id}`,
        file_format: "mp4",
        task_id: sequence,
        start_time: startSeconds,
        start_time_usec: 0,
        end_time: seconds,
        end_time_usec: 0,
        duration: 1,
        file_size: 250_000,
        media_start_time: 0,
        record_bps: 0,
        video_url: `http://127.0.0.1/recordings/${sequence}.mp4`,
      };
    case 200:
      return {
        event_type: 200,
        ...pushUrl,
        stream_id: stream,
        channel_id: stream,
        create_time: seconds,
        file_size: 50_000,
        width: 1280,
        height: 720,
        pic_url: picture,
        pic_full_url: `http://127.0.0.1/snapshots${encodeURI(picture)}`,
      };
    case 315:
      return {
        event_type: 315,
        interface: "general_callback",
        appid,
        domain,
        path: app,
        stream_id: stream,
        channel_id: stream,
        suggestion: "Review",
        label: "Ad",
        sub_label: "",
        SubTag: "",
        HitFlag: 1,
        Score: 80,
        asr_text: "Only today",
        duration: 15,
        task_id: 1,
        seq: 1,
        request_id: id,
        status: 2,
        text_results: null,
        moan_results: null,
        language_results: null,
        recognition_results: null,
        speaker_results: null,
        data: {},
      };
    case 317:
      return {
        event_type: 317,
        appid,
        ...pushUrl,
        streamId: stream,
        channelId: stream,
        tid: 1,
        img: `http://127.0.0.1/snapshots${encodeURI(picture)}`,
        type: [8],
        score: [80],
        confidence: 80,
        normalScore: 20,
        hotScore: 0,
        pornScore: 0,
        level: 0,
        suggestion: "Review",
        label: "Ad",
        subLabel: "",
        ocrMsg: "",
        abductionRisk: [],
        labelResults: [],
        objectResults: [],
        ocrResults: [],
        libResults: [],
        screenshotTime: seconds,
        sendTime: seconds,
      };
    case 321:
      return {
        event_type: 321,
        interface: "general_callback",
        appid,
        domain,
        path: app,
        stream_id: stream,
        stream_param: "",
        // The same in every such event.
        sequence: "000000000000000000",
        data_time: now,
        report_interval: 5000,
        timeout: 5000,
        abnormal_event: [
          {
            type: 1,
            count: 1,
            detail: [{ desc: "the video timestamp went back by 40 ms", occur_time: now }],
            type_desc_cn: "视频时间戳回退",
            type_desc_en: "video timestamp rollback",
          },
        ],
      };
    case 332:
      return {
        event_type: 332,
        appid,
        domain,
        appname: app,
        stream_id: stream,
        event_time: seconds,
        record_event: "record_start_succeeded",
        record_detail: JSON.stringify({ file_format: 4, record_bps: 0, start_model: 0 }),
        session_id: id,
        seq: sequence,
      };
    case 341:
      return {
        event_type: 341,
        interface: "general_callback",
        appid,
        domain,
        path: app,
        stream_id: stream,
        session_id: id,
        file_format: "mp4",
        timestamp: seconds,
        // EN/31074: the level is "error" unless others are chosen.
        exception_level: RecordExceptionLevels[0] ?? "error",
        exception: { type: -1, occurs: 1, desc: "the stream has no video" },
      };
  }
}

/** Without a key an event has neither `t` nor `sign`. */
function signature(key: string, now: number): SignedFields {
  const t = Math.floor(now / 1000) + signatureSeconds;
  return key === "" ? {} : { t, sign: digest(`${key}${t}`) };
}

function digest(text: string): string {
  return createHash("md5").update(text).digest("hex");
}
