import { defineAction, liveVersion } from "../action";
import { findTemplate } from "../store";
import { presentTemplate, templateMissing } from "../templates";

export default defineAction({
  name: "DescribeLiveCallbackTemplate",
  version: liveVersion,
  parameters: { TemplateId: { type: "integer", required: true } },
  handle: ({ TemplateId }, context) => {
    const template = findTemplate(context.visible, TemplateId);
    if (template === undefined) {
      templateMissing(TemplateId, context);
      return { Template: null };
    }
    return { Template: presentTemplate(template, context.dialects) };
  },
});
