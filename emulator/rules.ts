// Shared by the rule actions: the check of AppName, and the API's form of a rule.
import type { Dialects } from "./dialects";
import { ApiError } from "./errors";

import { formatTime, parseTime } from "./times";

/** Other rules use "" for a whole domain. It is not documented whether callback rules accept it. */
export function checkAppName(name: string, { emptyAppName }: Dialects): void {
  if (name === "" && emptyAppName === "missing") {
    throw new ApiError("MissingParameter", "The request is missing a required parameter `AppName`.");
  }
}

/** A rule with its times in the dialect's format. */
export function presentRule<R extends { CreateTime: string; UpdateTime: string }>(
  rule: R,
  { timeFormat }: Dialects,
): R {
  const present = (time: string) => formatTime(parseTime(time) ?? 0, timeFormat);
  return { ...rule, CreateTime: present(rule.CreateTime), UpdateTime: present(rule.UpdateTime) };
}
