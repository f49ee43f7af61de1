import { defineAction, liveVersion } from "../action";
import { presentRule } from "../rules";

export default defineAction({
  name: "DescribeLiveSnapshotRules",
  version: liveVersion,
  parameters: {},
  handle: (_, { visible, dialects }) => ({ Rules: visible.snapshotRules.map((rule) => presentRule(rule, dialects)) }),
});
