/** Reads option values on the command line. */
import { InvalidArgumentError } from "commander";

/** For an option that can be repeated. */
export function append(text: string, former: string[] = []): string[] {
  return [...former, text];
}

export function milliseconds(text: string): number {
  const [, amount, unit = "s"] = /^(\d+(?:\.\d+)?)(s|m|h)?$/.exec(text) ?? [];
  if (amount === undefined) throw new InvalidArgumentError("It must be a time such as 90s, 15m or 1h.");
  return Number(amount) * (unit === "h" ? 3_600_000 : unit === "m" ? 60_000 : 1000);
}

export function port(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65_535) {
    throw new InvalidArgumentError("It must be a number from 0 to 65535.");
  }
  return value;
}

export function amount(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) {
    throw new InvalidArgumentError("It must be a number of at least 0.");
  }
  return Number(text);
}
