import { defineAction, liveVersion } from "../action";
import { ApiError } from "../errors";
import { checkRange, page } from "../paging";
import { formatTime, parseTime } from "../times";

const dayMs = 86_400_000;

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
  handle: ({ StartTime, EndTime, StreamName, PageNum, PageSize, EventType, ResultCode }, { records }) => {
    const start = readTime("StartTime", StartTime);
    const end = readTime("EndTime", EndTime);
    if (end < start || end - start > dayMs) {
      throw new ApiError("InvalidParameterValue", "EndTime must be at most one day after StartTime.");
    }
    checkRange("PageNum", PageNum, 1);
    checkRange("PageSize", PageSize, 1);
    const found = records.filter(
      (record) =>
        record.eventTime >= start &&
        record.eventTime <= end &&
        record.stream === StreamName &&
        (EventType === undefined || record.eventType === EventType) &&
        // 0 is success, any other value asks for the failed ones.
        (ResultCode === undefined || (record.resultCode === 0) === (ResultCode === 0)),
    );
    // Answers come in the shape the question was asked in.
    const present = (ms: number) => (StartTime.endsWith("Z") ? utc(ms) : formatTime(ms));
    return {
      DataInfoList: page(found, PageNum, PageSize).map((record) => ({
        EventTime: present(record.eventTime),
        EventType: record.eventType,
        Request: record.request,
        Response: record.response,
        ResponseTime: present(record.responseTime),
        ResultCode: record.resultCode,
        StreamId: record.stream,
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

function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
