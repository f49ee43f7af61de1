import { defineAction, liveVersion } from "../action";
import { presentTemplate } from "../templates";

export default defineAction({
  name: "DescribeLiveCallbackTemplates",
  version: liveVersion,
  parameters: {},
  handle: (_, { visible, dialects }) => ({
    Templates: visible.templates.map((template) => presentTemplate(template, dialects)),
  }),
});
