/**
 * The bodies of LVB's callbacks. Each type links its page in Tencent Cloud's documentation. A field is optional if its
 * page says so, or if real bodies are known without it. LVB may send more fields than these.
 */

/** A documented word, or another: LVB adds words without notice. Editors suggest the documented ones. */
export type OpenWord<Documented extends string> = Documented | (string & {});

/** The signature, as part of the body; there is no header for it. Without a callback key, events have neither field. */
export interface SignedFields {
  /** When the signature expires, in seconds since 1970: ten minutes after LVB made it. Older pages give it as text. */
  t?: number | string;
  /** MD5 of the callback key followed by `t`, in hex. */
  sign?: string;
}

interface StreamFields extends SignedFields {
  /** Tencent Cloud APPID of the account. */
  appid: number;
  /** Stream name; in the recording status (332) of a relay, the id of the relay task. */
  stream_id: string;
}

/** The parts of the push URL `rtmp://<app>/<appname>/<stream>?<stream_param>`. */
interface PushUrlFields {
  /** Push domain. */
  app?: string;
  /** AppName. */
  appname?: string;
  /** Query string. **Secret**: it contains the push credential `txSecret`. */
  stream_param?: string;
}

interface PushFields extends StreamFields, Required<PushUrlFields> {
  /** Usually the stream name. */
  channel_id: string;
  /** When the event happened, in seconds since 1970. */
  event_time: number;
  /** Identifies the push, as decimal text: the start and the end of one push have the same `sequence`. */
  sequence: string;
  /** IP address of the access point. */
  node: string;
  /** IP address of the client that pushes. */
  user_ip: string;
  /** 0 for a push that starts; otherwise the reason why the push ended. */
  errcode: number;
  /** `errcode` as text. */
  errmsg: string;
  /** Where the stream is pushed to: 1 to 6 is the Chinese mainland, 7 to 200 elsewhere. */
  set_id: number;
  /** In pixels; 0 if not known yet. */
  width: number;
  /** In pixels; 0 if not known yet. */
  height: number;
  idc_id?: number;
}

/** A push started. https://www.tencentcloud.com/document/product/267/38081 */
export interface StreamBeginEvent extends PushFields {
  event_type: 1;
}

/** A push ended. https://www.tencentcloud.com/document/product/267/38081 */
export interface StreamEndEvent extends PushFields {
  event_type: 0;
  /** How long the push lasted, in milliseconds: documented as decimal text, also seen as a number. */
  push_duration: string | number;
}

/** A push started or ended. */
export type StreamEvent = StreamBeginEvent | StreamEndEvent;

/**
 * A recording file is ready. https://www.tencentcloud.com/document/product/267/38082
 *
 * Older accounts send neither `app` nor `appname`; `stream_param` is missing if CreateRecordTask made the recording.
 */
export interface RecordEvent extends StreamFields, PushUrlFields {
  event_type: 100;
  /** Usually the stream name. */
  channel_id: string;
  /** Id of the file in VOD. */
  file_id: string;
  /** Id of the recording file; usually the same as `file_id`. */
  record_file_id?: string;
  video_id?: string;
  file_format: OpenWord<"flv" | "hls" | "mp4" | "aac">;
  /** Id of the recording task; means something only if CreateRecordTask made the recording. */
  task_id: string;
  /** When the recording started, in seconds since 1970. The file itself starts at `end_time` minus `duration`. */
  start_time: number;
  /** When the recording ended, in seconds since 1970. */
  end_time: number;
  /** Microseconds to add to `start_time`. */
  start_time_usec?: number;
  /** Microseconds to add to `end_time`. */
  end_time_usec?: number;
  /** In seconds. */
  duration: number;
  /** In bytes. */
  file_size: number;
  /** Where the file can be downloaded. */
  video_url: string;
  /** Presentation timestamp at which the recording began to pull the stream. */
  media_start_time?: number;
  /** Bit rate of the transcoded stream that was recorded, in kbit/s; 0 for the original stream. */
  record_bps?: number;
  /** JSON as text, such as `{"video_codec":"h264","resolution":"640x480"}`. */
  callback_ext?: string;
}

/** A snapshot was taken. https://www.tencentcloud.com/document/product/267/38083 */
export interface SnapshotEvent extends SignedFields, PushUrlFields {
  event_type: 200;
  /** Stream name. */
  stream_id: string;
  /** Usually the stream name. */
  channel_id: string;
  /** When the snapshot was taken, in seconds since 1970. */
  create_time: number;
  /** In bytes. */
  file_size: number;
  /** In pixels. */
  width: number;
  /** In pixels. */
  height: number;
  /** Path of the picture in its bucket, such as `/2026-01-02/name.jpg`. */
  pic_url: string;
  /** Where the picture can be downloaded. */
  pic_full_url: string;
  /** Id of the snapshot task. */
  task_id?: string;
}

/** Audio moderation found something suspicious. https://www.tencentcloud.com/document/product/267/58643 */
export interface AudioAuditEvent extends StreamFields {
  event_type: 315;
  /** Push domain. */
  domain: string;
  /** AppName of the push URL. */
  path?: string;
  /** Usually the stream name. */
  channel_id: string;
  /** What to do. */
  suggestion?: OpenWord<"Block" | "Review" | "Pass">;
  /** What was found, such as `Porn`, `Abuse` or `Ad`; of several, the most severe. */
  label?: string;
  /** Empty if `label` has no finer one. */
  sub_label?: string;
  /** Another second label. */
  SubTag?: string;
  /** 1 if something was found, otherwise 0. */
  HitFlag?: number;
  /** Confidence, from 0 to 100. */
  Score?: number;
  /** What was said. */
  asr_text?: string;
  /** Length of the audio that was checked, in seconds. */
  duration?: number;
  cdn_url?: string;
  task_id?: number;
  /** Number of the piece of audio. */
  seq?: number;
  request_id?: string;
  /** 2 means normal. */
  status?: number;
  /** Findings in what was said. The page describes the entries of all these lists. */
  text_results?: unknown[] | null;
  moan_results?: unknown[] | null;
  language_results?: unknown[] | null;
  recognition_results?: unknown[] | null;
  speaker_results?: unknown[] | null;
  /** Where to listen to it. */
  data?: unknown;
  interface?: string;
}

/**
 * Image moderation found something suspicious. https://www.tencentcloud.com/document/product/267/38084
 *
 * Most names are camelCase. May arrive unsigned although the template has a callback key.
 */
export interface ImageAuditEvent extends SignedFields, PushUrlFields {
  event_type: 317;
  /** Stream name. */
  streamId: string;
  /** Usually the stream name. */
  channelId: string;
  /** URL of the picture. */
  img: string;
  /** What was found: 0 nothing, 1 pornography, 6 abuse, 8 advertising, others something else. `label` is its name. */
  type: number[];
  /** Confidence for each entry of `type`, from 0 to 100. */
  score?: number[];
  /** What to do. */
  suggestion?: OpenWord<"Block" | "Review" | "Pass">;
  /** What was found, such as `Porn`; of several, the most severe. */
  label?: string;
  /** Empty if `label` has no finer one. */
  subLabel?: string;
  /** Text in the picture. */
  ocrMsg?: string;
  /** Findings by category. The page describes the entries of all these lists. */
  labelResults?: unknown[] | null;
  objectResults?: unknown[] | null;
  ocrResults?: unknown[] | null;
  libResults?: unknown[] | null;
  /** When the picture was taken, in seconds since 1970. */
  screenshotTime: number;
  /** When LVB sent the event, in seconds since 1970: may differ between attempts. */
  sendTime: number;
  /** Tencent Cloud APPID of the account. */
  appid?: number;
  /** Confidence, from 0 to 100. Like the fields below from an older version, and not always sent; use `score`. */
  confidence?: number;
  normalScore?: number;
  hotScore?: number;
  pornScore?: number;
  similarScore?: number;
  level?: number;
  tid?: number;
  abductionRisk?: unknown[];
  gameDetails?: unknown;
}

/** One kind of error of a push. */
export interface PushError {
  /** From 1, the video timestamp moved backwards, to 16, the GOP is longer than 10 s: see the page. */
  type: number;
  /** How often it occurred in the reporting interval. */
  count: number;
  detail: {
    desc: string;
    /** In **milliseconds** since 1970. */
    occur_time: number;
  }[];
  /** `type` in Chinese. */
  type_desc_cn: string;
  /** `type` in English. */
  type_desc_en: string;
  event_key?: string;
  customer_visible?: string;
}

/**
 * A push has errors. https://www.tencentcloud.com/document/product/267/53310
 *
 * May arrive unsigned although the template has a callback key.
 */
export interface PushExceptionEvent extends StreamFields {
  event_type: 321;
  /** Push domain. */
  domain: string;
  /** AppName of the push URL. */
  path: string;
  /** The errors of the reporting interval. */
  abnormal_event: PushError[];
  /** When LVB reported it, in **milliseconds** since 1970. */
  data_time: number;
  /** In milliseconds. */
  report_interval: number;
  /** How long LVB waits for the answer, in milliseconds. */
  timeout?: number;
  /** Query string of the push URL. **Secret**: it contains the push credential `txSecret`. */
  stream_param?: string;
  /** IP address of the client that pushes. */
  user_ip?: string;
  /** Does **not** identify the event: it is the same for all errors of a push, or of all pushes. */
  sequence?: string;
  interface?: string;
}

/** A recording started, paused, resumed, failed or ended. https://www.tencentcloud.com/document/product/267/58590 */
export interface RecordStatusEvent extends StreamFields {
  event_type: 332;
  /** Push domain. */
  domain: string;
  /** AppName of the push URL. */
  appname: string;
  /** When the event happened, in seconds since 1970. */
  event_time: number;
  /** What happened. */
  record_event: OpenWord<
    | "record_start_succeeded"
    | "record_start_failed"
    | "record_paused"
    | "record_resumed"
    | "record_error"
    | "record_ended"
  >;
  /** JSON as text, such as `{"file_format":2,"record_bps":0,"start_model":1}`; the page lists its fields. */
  record_detail: string;
  /** Id of the recording. */
  session_id: string;
  /** Id of the message, as decimal text. */
  seq: string;
  /** Id that CreateRecordTask returned, if it made the recording. */
  task_id?: string;
}

/** A recording has problems. https://www.tencentcloud.com/document/product/267/68622 */
export interface RecordExceptionEvent extends StreamFields {
  event_type: 341;
  /** Push domain. */
  domain?: string;
  /** AppName of the push URL. */
  path?: string;
  /** Id of the recording. */
  session_id: string;
  file_format: OpenWord<"flv" | "ts" | "mp4" | "aac">;
  /** When LVB reported it, in seconds since 1970: up to two minutes later, since equal problems are merged. */
  timestamp: number;
  exception_level: OpenWord<"info" | "warning" | "error">;
  exception: {
    /** A negative number; the page lists them. */
    type: number;
    /** How often it occurred. */
    occurs: number;
    desc: string;
  };
  interface?: string;
}

/**
 * At run time any number that isn't the type of another event. TypeScript can't say that: with `number` as one of the
 * discriminants, a switch would no longer narrow the others. The value of this member never occurs.
 */
declare enum UndocumentedEventType {
  Any = -1,
}

/**
 * The number of any other event. Documented, but not sent by templates that this package makes: relay (314), stream
 * monitoring (328), subtitles (338), quality control (343), evaluation (344, 345), smart erase (347), summary (348),
 * highlights (349). To compare it with a number that is not among them, make it a `number` first:
 * `const type: number = event.event_type`.
 */
export type OtherEventType = 314 | 328 | 338 | 343 | 344 | 345 | 347 | 348 | 349 | UndocumentedEventType;

/** An event of another type: URLs that only the console can set order some, and LVB adds types. */
export interface OtherEvent extends SignedFields {
  event_type: OtherEventType;
  /** Any other field of the body. */
  [field: string]: unknown;
}

/**
 * Any event, told apart by `event_type`: in a `switch`, each `case` knows the fields of its event, and `default` gets an
 * `OtherEvent`. These are the documented shapes; nothing checks the fields at run time.
 */
export type CallbackEvent =
  | StreamBeginEvent
  | StreamEndEvent
  | RecordEvent
  | SnapshotEvent
  | AudioAuditEvent
  | ImageAuditEvent
  | PushExceptionEvent
  | RecordStatusEvent
  | RecordExceptionEvent
  | OtherEvent;
