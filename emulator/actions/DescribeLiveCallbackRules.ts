import { defineAction, liveVersion } from "../action";
import { presentRule } from "../rules";

export default defineAction({
  name: "DescribeLiveCallbackRules",
  version: liveVersion,
  parameters: {},
  handle: (_, { visible, dialects }) => ({ Rules: visible.rules.map((rule) => presentRule(rule, dialects)) }),
});
