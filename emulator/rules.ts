// What the rule actions share: how AppName is read, and how the API shows a rule.
import type { Dialects } from "./dialects";
import { ApiError } from "./errors";
import type { CallbackRule } from "./store";
import { formatTime, parseTime } from "./times";

/** Whether "", which the sibling families use for a whole domain, counts as given is not documented. */
export function checkAppName(name: string, { emptyAppName }: Dialects): void {
  if (name === "" && emptyAppName === "missing") {
    throw new ApiError("MissingParameter", "The request is missing a required parameter `AppName`.");
  }
}

export function presentRule(rule: CallbackRule, { timeFormat }: Dialects): CallbackRule {
  const present = (time: string) => formatTime(parseTime(time) ?? 0, timeFormat);
  return { ...rule, CreateTime: present(rule.CreateTime), UpdateTime: present(rule.UpdateTime) };
}
