/**
 * Events as LVB sends them, for tests of your own receiver. Each documented field has a value; where the documentation
 * leaves it open, a likely one.
 */
import { createHash } from "node:crypto";
import type { CallbackEvent } from "./events";

/** The `event_type` of the events that a callback template has a URL for. */
export const sampleTypes = [0, 1, 100, 200, 315, 317, 321, 332, 341] as const;
/** One of `sampleTypes`. */
export type SampleType = (typeof sampleTypes)[number];

/** The event of a type. */
export type EventOf<Type extends SampleType> = Extract<CallbackEvent, { event_type: Type }>;

/** The push that causes an event. @internal */
export interface PushFacts {
  /** The account's APPID. */
  appid: number;
  domain: string;
  app: string;
  stream: string;
  /** Decimal text. Start and end of one push have the same, unlike those of any other. */
  sequence: string;
  /** Milliseconds since 1970. */
  startedAt: number;
  /** When the event happens, in milliseconds since 1970. */
  now: number;
}

/** A signature is valid for ten minutes: https://www.tencentcloud.com/document/product/267/38081 */
const signatureSeconds = 600;

/**
 * A sample of an event, without a signature: see `signEvent`.
 *
 * @param type its `event_type`, such as 1 for the start of a push
 * @param overrides fields to have another value
 */
export function sampleEvent<Type extends SampleType>(
  type: Type,
  overrides: Partial<EventOf<Type>> = {},
): EventOf<Type> {
  const now = Date.now();
  const push = { appid: 1250000000, domain: "push.example.com", app: "live", stream: "sample" };
  const event = eventOf(type, { ...push, sequence: String(now), startedAt: now - 1000, now });
  // The compiler can't derive the event from the type in the switch.
  return { ...event, ...overrides } as EventOf<Type>;
}

/**
 * The event with the signature that LVB would add, which `verifyCallback` accepts for ten minutes.
 *
 * @param key the callback key
 * @param now milliseconds since 1970. Default: now
 */
export function signEvent<Event extends { event_type: number }>(event: Event, key: string, now: number = Date.now()) {
  const t = Math.floor(now / 1000) + signatureSeconds;
  return { ...event, t, sign: md5(`${key}${t}`) };
}

/** @internal */
export function eventOf(
  type: SampleType,
  { appid, domain, app, stream, sequence, startedAt, now }: PushFacts,
): EventOf<SampleType> {
  const seconds = Math.floor(now / 1000);
  const startSeconds = Math.floor(startedAt / 1000);
  const pushUrl = { app: domain, appname: app, stream_param: "" };
  const id = md5(sequence);
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
        exception_level: "error",
        exception: { type: -1, occurs: 1, desc: "the stream has no video" },
      };
  }
}

function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}
