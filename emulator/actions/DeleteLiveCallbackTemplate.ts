import { defineAction, liveVersion } from "../action";
import { ApiError } from "../errors";
import { findTemplate } from "../store";
import { templateMissing } from "../templates";

export default defineAction({
  name: "DeleteLiveCallbackTemplate",
  version: liveVersion,
  parameters: { TemplateId: { type: "integer", required: true } },
  handle: ({ TemplateId }, context) => {
    const { store, dialects } = context;
    if (findTemplate(store.current, TemplateId) === undefined) {
      templateMissing(TemplateId, context);
      return {};
    }
    const inUse = store.current.rules.some((rule) => rule.TemplateId === TemplateId);
    if (inUse && dialects.inUse !== "cascade") {
      throw new ApiError(dialects.inUse, `The template ${TemplateId} is in use.`);
    }
    store.removeTemplate(TemplateId);
    return {};
  },
});
