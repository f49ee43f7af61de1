import { defineAction, liveVersion } from "../action";
import type { Dialects } from "../dialects";
import { ApiError } from "../errors";
import { findTemplate } from "../store";
import { checkFields, fieldParameters, hasUrl, templateMissing } from "../templates";

export default defineAction({
  name: "ModifyLiveCallbackTemplate",
  version: liveVersion,
  parameters: {
    TemplateId: { type: "integer", required: true },
    TemplateName: { type: "string" },
    ...fieldParameters,
  },
  handle: (given, context) => {
    const { store, dialects, settings } = context;
    const old = findTemplate(store.current, given.TemplateId);
    if (old === undefined) {
      templateMissing(given.TemplateId, context);
      return {};
    }
    const text = (value: string | undefined, former: string) => next(value, former, "", dialects);
    const template = {
      ...old,
      // A template always has a name: a missing name doesn't clear it.
      TemplateName: given.TemplateName === undefined ? old.TemplateName : text(given.TemplateName, old.TemplateName),
      Description: text(given.Description, old.Description),
      StreamBeginNotifyUrl: text(given.StreamBeginNotifyUrl, old.StreamBeginNotifyUrl),
      StreamEndNotifyUrl: text(given.StreamEndNotifyUrl, old.StreamEndNotifyUrl),
      RecordNotifyUrl: text(given.RecordNotifyUrl, old.RecordNotifyUrl),
      RecordStatusNotifyUrl: text(given.RecordStatusNotifyUrl, old.RecordStatusNotifyUrl),
      SnapshotNotifyUrl: text(given.SnapshotNotifyUrl, old.SnapshotNotifyUrl),
      PornCensorshipNotifyUrl: text(given.PornCensorshipNotifyUrl, old.PornCensorshipNotifyUrl),
      PushExceptionNotifyUrl: text(given.PushExceptionNotifyUrl, old.PushExceptionNotifyUrl),
      AudioAuditNotifyUrl: text(given.AudioAuditNotifyUrl, old.AudioAuditNotifyUrl),
      RecordExceptionNotifyUrl: text(given.RecordExceptionNotifyUrl, old.RecordExceptionNotifyUrl),
      RecordExceptionLevels: next(given.RecordExceptionLevels, old.RecordExceptionLevels, [], dialects),
      CallbackKey: text(given.CallbackKey, old.CallbackKey),
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
