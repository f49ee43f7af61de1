import { defineAction, liveVersion } from "../action";
import { ApiError } from "../errors";
import { checkRange, page } from "../paging";
import type { StreamInfo } from "../store";
import { formatUtc, parseTime } from "../times";

const dayMs = 86_400_000;
const daysKept = 60;
const longestDays = 30;
const mostRows = 10_000;

// https://www.tencentcloud.com/document/product/267/30800
export default defineAction({
  name: "DescribeLiveStreamEventList",
  version: liveVersion,
  parameters: {
    StartTime: { type: "string", required: true },
    EndTime: { type: "string", required: true },
    AppName: { type: "string" },
    DomainName: { type: "string" },
    StreamName: { type: "string" },
    PageNum: { type: "integer" },
    PageSize: { type: "integer" },
    IsFilter: { type: "integer" },
    IsStrict: { type: "integer" },
    IsAsc: { type: "integer" },
  },
  handle: (given, { store, dialects, now }) => {
    const { StartTime, EndTime, AppName, DomainName, StreamName = "" } = given;
    const { PageNum = 1, PageSize = 10, IsFilter = 0, IsStrict = 0, IsAsc = 0 } = given;
    const from = readUtc("StartTime", StartTime);
    const to = readUtc("EndTime", EndTime);
    if (from < now - daysKept * dayMs) {
      throw new ApiError("InvalidParameterValue", `StartTime must be at most ${daysKept} days ago.`);
    }
    if (to < from || to - from > longestDays * dayMs) {
      throw new ApiError("InvalidParameterValue", `EndTime must be at most ${longestDays} days after StartTime.`);
    }
    checkRange("PageSize", PageSize, 1, 100);
    checkRange("PageNum", PageNum, 1, Math.floor(mostRows / PageSize));
    // Every push in the state started successfully, so IsFilter has nothing to leave out.
    checkRange("IsFilter", IsFilter, 0, 1);
    checkRange("IsStrict", IsStrict, 0, 1);
    checkRange("IsAsc", IsAsc, 0, 1);
    const direction = IsAsc === 1 ? 1 : -1;
    const found = store.current.streams
      .filter(
        (stream) =>
          isBetween(startOf(stream), from, Math.min(to, now - dialects.readLag)) &&
          (AppName === undefined || stream.AppName === AppName) &&
          (DomainName === undefined || stream.DomainName === DomainName) &&
          (IsStrict === 1 && StreamName !== ""
            ? stream.StreamName === StreamName
            : stream.StreamName.includes(StreamName)),
      )
      .sort((one, other) => direction * (endOf(one, now) - endOf(other, now)));
    return {
      EventList: page(found, PageNum, PageSize).map((stream) => present(stream, now)),
      PageNum,
      PageSize,
      TotalNum: found.length,
      TotalPage: Math.ceil(found.length / PageSize),
    };
  },
});

function present(stream: StreamInfo, now: number) {
  const isPushed = stream.StreamEndTime === "";
  return {
    ...stream,
    StreamStartTime: formatUtc(startOf(stream)),
    StreamEndTime: isPushed ? "" : formatUtc(endOf(stream, now)),
    StopReason: isPushed ? "" : "The push client actively stopped the push",
    Duration: Math.max(0, Math.round((endOf(stream, now) - startOf(stream)) / 1000)),
    ClientIp: "127.0.0.1",
    Resolution: "1280*720",
  };
}

function startOf({ StreamStartTime }: StreamInfo): number {
  return parseTime(StreamStartTime) ?? 0;
}

/** A running push counts as the last to end. */
function endOf({ StreamEndTime }: StreamInfo, now: number): number {
  return parseTime(StreamEndTime) ?? now;
}

function isBetween(ms: number, from: number, to: number): boolean {
  return ms >= from && ms <= to;
}

/** The page documents only UTC. */
function readUtc(name: string, text: string): number {
  const ms = text.endsWith("Z") ? parseTime(text) : undefined;
  if (ms === undefined) {
    throw new ApiError("InvalidParameterValue", `The parameter \`${name}\` must be a time in UTC.`);
  }
  return ms;
}
