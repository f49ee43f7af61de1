/**
 * The API calls that only `verify` and `doctor` need: record and snapshot rules, pushed streams, and LVB's deliveries. No
 * call exceeds its documented rate.
 */
import * as v from "valibot";
import { createCall, id, parse, text } from "../../provider/live/actions";
import { LiveError } from "../../provider/live/errors";
import type { Transport } from "../../provider/live/transport";
import { parseServerTime } from "../../provider/propagation";
import { type Pace, pace } from "./pacing";

/** A record or snapshot rule. `""` stands for all: domains, apps or streams. */
export interface MediaRule {
  readonly domainName: string;
  readonly appName: string;
  readonly streamName: string;
  readonly templateId: string;
}

export interface SnapshotTemplate {
  readonly templateId: string;
  readonly templateName: string;
  readonly imageModeration: boolean;
}

/** One push of a stream; instants in milliseconds since 1970. */
export interface StreamSession {
  readonly domainName: string;
  readonly appName: string;
  readonly streamName: string;
  readonly startedAt: number;
  /** Undefined while the stream is pushed. */
  readonly endedAt: number | undefined;
}

/** LVB's record of one delivery. It has no domain, app or template. */
export interface DeliveryRecord {
  readonly eventType: number;
  /** When the event happened, if it is readable. */
  readonly eventTime: number | undefined;
  /** When the receiver answered, if it is readable. */
  readonly respondedAt: number | undefined;
  /** May hold a signature and the secret of a push URL: never print it. */
  readonly request: string;
  /** Contains the receiver's answer: print only the status. */
  readonly response: string;
  readonly resultCode: number;
}

export interface SessionQuery {
  from: number;
  to: number;
  domainName?: string;
  appName?: string;
  streamName?: string;
}

/** Whether the service refused a call, because of CAM or because the site doesn't have the action. */
export function isRefusal(error: unknown): error is LiveError {
  return error instanceof LiveError && error.code !== undefined;
}

/** Rows of a page, in both paged lists. */
export const pageSize = 100;

/** Calls per second that the API allows: https://www.tencentcloud.com/document/product/267/30800, https://cloud.tencent.com/document/product/267/51328 */
const rates = { sessions: 300, records: 20 } as const;

export type Evidence = ReturnType<typeof createEvidence>;

export function createEvidence(
  transport: Transport,
  requestTimeoutMs: number,
  paceOf: (perSecond: number) => Pace = pace,
) {
  const call = createCall(transport, requestTimeoutMs);
  // Each attempt counts, including repeated ones.
  const callForSessions = createCall(paced(transport, paceOf(rates.sessions)), requestTimeoutMs);
  const callForRecords = createCall(paced(transport, paceOf(rates.records)), requestTimeoutMs);

  const listMediaRules = async (action: string): Promise<MediaRule[]> => {
    const { Rules } = parse(action, mediaRules, await call(action, {}, "always"));
    return Rules.map(({ DomainName, AppName, StreamName, TemplateId }) => ({
      domainName: DomainName.toLowerCase(),
      appName: AppName,
      streamName: StreamName,
      templateId: TemplateId,
    }));
  };

  return {
    recordRules: () => listMediaRules("DescribeLiveRecordRules"),

    snapshotRules: () => listMediaRules("DescribeLiveSnapshotRules"),

    async snapshotTemplates(): Promise<Map<string, SnapshotTemplate>> {
      const action = "DescribeLiveSnapshotTemplates";
      const { Templates } = parse(action, snapshotTemplates, await call(action, {}, "always"));
      return new Map(
        Templates.map(({ TemplateId, TemplateName, PornFlag }) => [
          TemplateId,
          { templateId: TemplateId, templateName: TemplateName, imageModeration: PornFlag === 1 },
        ]),
      );
    },

    /** Pushes that started successfully, the last ended first. */
    async sessions(query: SessionQuery, page = 1): Promise<{ sessions: StreamSession[]; pages: number }> {
      const action = "DescribeLiveStreamEventList";
      const parameters = {
        StartTime: utc(query.from),
        EndTime: utc(query.to),
        ...(query.domainName !== undefined && { DomainName: query.domainName }),
        ...(query.appName !== undefined && { AppName: query.appName }),
        ...(query.streamName !== undefined && { StreamName: query.streamName, IsStrict: 1 }),
        IsFilter: 1,
        PageNum: page,
        PageSize: pageSize,
      };
      const answer = await callForSessions(action, parameters, "always");
      const { EventList, TotalNum } = parse(action, sessionList, answer);
      return { sessions: EventList.flatMap(toSession), pages: Math.ceil(TotalNum / pageSize) };
    },

    async records(
      query: { streamName: string; from: number; to: number; eventType?: number },
      page = 1,
    ): Promise<{ records: DeliveryRecord[]; total: number; pages: number }> {
      const action = "DescribeCallbackRecordsList";
      const parameters = {
        StartTime: utc(query.from),
        EndTime: utc(query.to),
        StreamName: query.streamName,
        ...(query.eventType !== undefined && { EventType: query.eventType }),
        PageNum: page,
        PageSize: pageSize,
      };
      const answer = await callForRecords(action, parameters, "always");
      const { DataInfoList, TotalNum } = parse(action, recordList, answer);
      const records = DataInfoList.map((info) => ({
        eventType: info.EventType,
        eventTime: parseServerTime(info.EventTime),
        respondedAt: parseServerTime(info.ResponseTime),
        request: info.Request,
        response: info.Response,
        resultCode: info.ResultCode,
      }));
      return { records, total: TotalNum, pages: Math.ceil(TotalNum / pageSize) };
    },
  };
}

function paced(transport: Transport, turn: Pace): Transport {
  return async (...call) => {
    await turn();
    return transport(...call);
  };
}

const mediaRules = v.object({
  // As with callback rules, the member may be missing for an account without any.
  Rules: v.nullish(v.array(v.object({ DomainName: text, AppName: text, StreamName: text, TemplateId: id })), []),
});

const snapshotTemplates = v.object({
  Templates: v.nullish(
    v.array(v.object({ TemplateId: id, TemplateName: text, PornFlag: v.nullish(v.number(), 0) })),
    [],
  ),
});

const sessionList = v.object({
  EventList: v.nullish(
    v.array(
      v.object({
        DomainName: text,
        AppName: text,
        StreamName: text,
        StreamStartTime: text,
        StreamEndTime: text,
      }),
    ),
    [],
  ),
  TotalNum: v.nullish(v.number(), 0),
});
type SessionInfo = v.InferOutput<typeof sessionList>["EventList"][number];

const recordList = v.object({
  DataInfoList: v.nullish(
    v.array(
      v.object({
        EventTime: text,
        EventType: v.number(),
        Request: text,
        Response: text,
        ResponseTime: text,
        ResultCode: v.number(),
      }),
    ),
    [],
  ),
  TotalNum: v.nullish(v.number(), 0),
});

/** A push with an unreadable start proves nothing, so it is left out. */
function toSession(info: SessionInfo): StreamSession[] {
  const startedAt = parseServerTime(info.StreamStartTime);
  const endedAt = parseServerTime(info.StreamEndTime);
  if (startedAt === undefined) return [];
  return [
    {
      domainName: info.DomainName.toLowerCase(),
      appName: info.AppName,
      streamName: info.StreamName,
      startedAt,
      // The documentation doesn't show the end time of a running push.
      endedAt: endedAt !== undefined && endedAt >= startedAt ? endedAt : undefined,
    },
  ];
}

/** The only time format that both lists document. */
function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
