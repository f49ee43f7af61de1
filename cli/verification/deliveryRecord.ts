/**
 * Reads one record of DescribeCallbackRecordsList. In the only public sample, Request and Response are form-encoded, and it
 * is unclear whether Request contains the callback's body. So both forms are tried, and nothing is assumed.
 */
import type { DeliveryRecord } from "./evidence";

/** How a delivery ended. `unclear`: the record contradicts itself. */
export type Outcome =
  | { kind: "delivered"; status: number | undefined }
  | { kind: "failed"; status: number | undefined; resultCode: number }
  | { kind: "unclear" };

/** The members of a callback's body that identify its binding; their names differ between events. */
export interface CallbackBody {
  domainName: string | undefined;
  appName: string | undefined;
  streamName: string | undefined;
  eventType: number | undefined;
  /** Milliseconds since 1970. */
  eventTime: number | undefined;
  /** The original text, to check its signature. */
  text: string;
  signed: boolean;
}

/** LVB counts only HTTP 200 as delivered (https://cloud.tencent.com/document/product/267/32744). */
export function outcomeOf({ response, resultCode }: DeliveryRecord): Outcome {
  const status = statusIn(response);
  if (status === undefined)
    return resultCode === 0 ? { kind: "delivered", status } : { kind: "failed", status, resultCode };
  if (status !== 200) return { kind: "failed", status, resultCode };
  return resultCode === 0 ? { kind: "delivered", status } : { kind: "unclear" };
}

/** The receiver's HTTP status, as in the sample `status+code%3A200%2C+content%3DSuccess`. */
function statusIn(response: string): number | undefined {
  // Only the part before the answer's own text, which may contain anything.
  for (const text of [response, formDecoded(response)]) {
    const [, status] = /^\W*(?:http[ _]?)?(?:status|code)[ _]?(?:code)?["']?\s*[:=]\s*(\d{3})\b/i.exec(text) ?? [];
    if (status !== undefined) return Number(status);
  }
  return undefined;
}

/** The body of the callback, if Request contains it. */
export function bodyIn(request: string): CallbackBody | undefined {
  // Tried first without decoding: decoding a plain body would change it.
  for (const text of [request, formDecoded(request)]) {
    const json = text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1);
    const members = readObject(json);
    if (members !== undefined && "event_type" in members) return toBody(members, json);
  }
  return undefined;
}

function toBody(members: Readonly<Record<string, unknown>>, text: string): CallbackBody {
  const first = (...names: string[]) =>
    names.map((name) => members[name]).find((value): value is string => typeof value === "string" && value !== "");
  const { event_type, event_time, create_time, end_time, sign, t } = members;
  const seconds = [event_time, create_time, end_time].map(Number).find((value) => Number.isSafeInteger(value));
  return {
    // Push events have the domain in `app`, others in `domain` (https://www.tencentcloud.com/document/product/267/38081).
    domainName: first("app", "domain")?.toLowerCase(),
    appName: first("appname", "path"),
    streamName: first("stream_id", "streamId"),
    eventType: typeof event_type === "number" ? event_type : undefined,
    eventTime: seconds === undefined ? undefined : seconds * 1000,
    text,
    signed: typeof sign === "string" && sign !== "" && t !== undefined,
  };
}

function readObject(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
