// What the rule actions share: how AppName is read, and how the API shows a rule.
import type { Dialects } from "./dialects";
import { ApiError } from "./errors";

import { formatTime, parseTime } from "./times";

/** Whether "", which the sibling families use for a whole domain, counts as given is not documented. */
export function checkAppName(name: string, { emptyAppName }: Dialects): void {
  if (name === "" && emptyAppName === "missing") {
    throw new ApiError("MissingParameter", "The request is missing a required parameter `AppName`.");
  }
}

/** With its times in the form that the dialect has. */
export function presentRule<R extends { CreateTime: string; UpdateTime: string }>(
  rule: R,
  { timeFormat }: Dialects,
): R {
  const present = (time: string) => formatTime(parseTime(time) ?? 0, timeFormat);
  return { ...rule, CreateTime: present(rule.CreateTime), UpdateTime: present(rule.UpdateTime) };
}
