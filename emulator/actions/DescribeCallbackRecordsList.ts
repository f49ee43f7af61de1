import { defineAction, liveVersion } from "../action";
import type { CallbackRecord } from "../deliveries";
import type { Dialects } from "../dialects";
import { ApiError } from "../errors";
import { checkRange, page } from "../paging";
import { formatTime, formatUtc, parseTime } from "../times";

const dayMs = 86_400_000;
const daysKept = 14;
/** The only events with records: https://cloud.tencent.com/document/product/267/51328 */
const recordedTypes: readonly number[] = [0, 1, 100, 200];

export default defineAction({
  name: "DescribeCallbackRecordsList",
  version: liveVersion,
  parameters: {
    StartTime: { type: "string", required: true },
    EndTime: { type: "string", required: true },
    StreamName: { type: "string", required: true },
    PageNum: { type: "integer", required: true },
    PageSize: { type: "integer", required: true },
    EventType: { type: "integer" },
    ResultCode: { type: "integer" },
  },
  handle: ({ StartTime, EndTime, StreamName, PageNum, PageSize, EventType, ResultCode }, context) => {
    const { dialects, now } = context;
    if (dialects.callbackRecords === "none") {
      throw new ApiError("InvalidAction", "The action DescribeCallbackRecordsList does not exist.");
    }
    const start = readTime("StartTime", StartTime);
    const end = readTime("EndTime", EndTime);
    if (end < start || end - start > dayMs) {
      throw new ApiError("InvalidParameterValue", "EndTime must be at most one day after StartTime.");
    }
    if (start < now - daysKept * dayMs) {
      throw new ApiError("InvalidParameterValue", `StartTime must be at most ${daysKept} days ago.`);
    }
    checkRange("PageNum", PageNum, 1);
    checkRange("PageSize", PageSize, 1);
    const found = visibleRecords(context.records, dialects, now).filter(
      (record) =>
        eventTime(record) >= start &&
        eventTime(record) <= end &&
        record.outgoing.stream === StreamName &&
        (EventType === undefined || record.outgoing.type === EventType) &&
        // 0 lists successes, any other value failures.
        (ResultCode === undefined || (record.failure === undefined) === (ResultCode === 0)),
    );
    // The answer uses the same form as the request.
    const present = (ms: number) =>
      StartTime.endsWith("Z") ? formatUtc(ms) : formatTime(ms, StartTime.includes("T") ? "iso" : "space");
    return {
      DataInfoList: page(found, PageNum, PageSize).map((record) => ({
        EventTime: present(eventTime(record)),
        EventType: record.outgoing.type,
        Request: formEncoded(dialects.recordRequest === "body" ? record.outgoing.body : "opensso  server=127.0.0.1:"),
        Response: formEncoded(responseText(record)),
        ResponseTime: present(record.responseTime),
        ResultCode: resultCode(record, dialects),
        StreamId: record.outgoing.stream,
      })),
      PageNum,
      PageSize,
      TotalNum: found.length,
      TotalPage: Math.ceil(found.length / PageSize),
    };
  },
});

function readTime(name: string, text: string): number {
  const ms = parseTime(text);
  if (ms === undefined) {
    throw new ApiError("InvalidParameterValue", `The parameter \`${name}\` is not a time.`);
  }
  return ms;
}

/** In whole seconds, as in the body. */
function eventTime({ outgoing }: CallbackRecord): number {
  return Math.floor(outgoing.at / 1000) * 1000;
}

function visibleRecords(
  records: readonly CallbackRecord[],
  { recordLag, recordRetries }: Dialects,
  now: number,
): readonly CallbackRecord[] {
  const there = records.filter(
    ({ outgoing, responseTime }) => recordedTypes.includes(outgoing.type) && responseTime <= now - recordLag,
  );
  if (recordRetries === "each") return there;
  const last = new Map(there.map((record) => [record.outgoing, record]));
  return [...last.values()];
}

/** As in the public sample, which is `status code:200, content=Success` before it is encoded. */
function responseText({ status, response }: CallbackRecord): string {
  return status === null ? "" : `status code:${status}, content=${response}`;
}

function resultCode({ failure, status }: CallbackRecord, { recordFailure }: Dialects): number {
  if (failure === undefined) return 0;
  switch (recordFailure) {
    case "status":
      return status ?? 1;
    case "one":
      return 1;
    case "curl":
      return curlCodes[failure];
  }
}

/** https://curl.se/libcurl/c/libcurl-errors.html */
const curlCodes = { dns: 6, connection: 7, http: 22, timeout: 28, tls: 35 } as const;

function formEncoded(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}
