import { defineAction, liveVersion } from "../action";

export default defineAction({
  name: "DescribeLiveSnapshotTemplates",
  version: liveVersion,
  parameters: {},
  handle: (_, { visible }) => ({ Templates: visible.snapshotTemplates }),
});
