import { defineAction, liveVersion } from "../action";
import type { Dialects } from "../dialects";
import { ApiError } from "../errors";
import { findTemplate } from "../store";
import { eachField, noFields, templateFields } from "../templateFields";
import { checkFields, hasUrl, templateMissing } from "../templates";

export default defineAction({
  name: "ModifyLiveCallbackTemplate",
  version: liveVersion,
  parameters: {
    TemplateId: { type: "integer", required: true },
    TemplateName: { type: "string" },
    ...templateFields,
  },
  handle: (given, context) => {
    const { store, dialects, settings } = context;
    const old = findTemplate(store.current, given.TemplateId);
    if (old === undefined) {
      templateMissing(given.TemplateId, context);
      return {};
    }
    const template = {
      ...old,
      // A template always has a name: leaving it out cannot clear it.
      TemplateName:
        given.TemplateName === undefined ? old.TemplateName : next(given.TemplateName, old.TemplateName, "", dialects),
      ...eachField((name) => next(given[name], old[name], noFields[name], dialects)),
    };
    checkFields(template, settings);
    if (dialects.lastUrl === "required" && !hasUrl(template)) {
      throw new ApiError("InvalidParameter", "At least one callback URL is required.");
    }
    store.updateTemplate(template);
    return {};
  },
});

function next<V extends string | string[]>(given: V | undefined, former: V, empty: V, dialects: Dialects): V {
  if (given === undefined) {
    return dialects.omittedOnModify === "kept" ? former : empty;
  }
  return given.length === 0 && dialects.emptyOnModify === "ignored" ? former : given;
}
