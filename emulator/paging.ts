import { ApiError } from "./errors";

export function checkRange(name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (value < least || value > most) {
    throw new ApiError("InvalidParameterValue", `The parameter \`${name}\` must be from ${least} to ${most}.`);
  }
}

/** The page of this number, counted from 1. */
export function page<T>(items: readonly T[], number: number, size: number): T[] {
  return items.slice((number - 1) * size, number * size);
}
