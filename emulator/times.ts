// The API uses Beijing time in two formats: "2018-09-12 15:52:01" and "2022-05-16T10:59:38+08:00".

const beijingOffsetMs = 8 * 3_600_000;
const spaced = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/;
const iso = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

export type TimeFormat = "space" | "iso";

/** The instant in Beijing time, to the second. */
export function formatTime(ms: number, format: TimeFormat = "space"): string {
  const local = new Date(ms + beijingOffsetMs).toISOString().slice(0, 19);
  return format === "iso" ? `${local}+08:00` : local.replace("T", " ");
}

/** The instant in UTC, to the second: `2018-12-29T19:00:00Z`. */
export function formatUtc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** The instant of a text in either format (or in UTC, with `Z`); undefined if it isn't a time. */
export function parseTime(text: string): number | undefined {
  const ms = spaced.test(text)
    ? Date.parse(`${text.replace(" ", "T")}+08:00`)
    : iso.test(text)
      ? Date.parse(text)
      : NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
