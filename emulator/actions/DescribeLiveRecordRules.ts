import { defineAction, liveVersion } from "../action";
import { presentRule } from "../rules";

export default defineAction({
  name: "DescribeLiveRecordRules",
  version: liveVersion,
  parameters: {},
  handle: (_, { visible, dialects }) => ({ Rules: visible.recordRules.map((rule) => presentRule(rule, dialects)) }),
});
