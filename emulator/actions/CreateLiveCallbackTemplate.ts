import { defineAction, liveVersion } from "../action";
import { ApiError } from "../errors";
import { checkFields, fieldParameters, hasUrl } from "../templates";

const mostTemplates = 50;

export default defineAction({
  name: "CreateLiveCallbackTemplate",
  version: liveVersion,
  parameters: {
    TemplateName: { type: "string", required: true },
    ...fieldParameters,
    // Deprecated. Modify never accepts it.
    StreamMixNotifyUrl: { type: "string" },
  },
  handle: (given, { store, settings }) => {
    const fields = {
      TemplateName: given.TemplateName,
      Description: given.Description ?? "",
      StreamBeginNotifyUrl: given.StreamBeginNotifyUrl ?? "",
      StreamEndNotifyUrl: given.StreamEndNotifyUrl ?? "",
      StreamMixNotifyUrl: given.StreamMixNotifyUrl ?? "",
      RecordNotifyUrl: given.RecordNotifyUrl ?? "",
      RecordStatusNotifyUrl: given.RecordStatusNotifyUrl ?? "",
      SnapshotNotifyUrl: given.SnapshotNotifyUrl ?? "",
      PornCensorshipNotifyUrl: given.PornCensorshipNotifyUrl ?? "",
      PushExceptionNotifyUrl: given.PushExceptionNotifyUrl ?? "",
      AudioAuditNotifyUrl: given.AudioAuditNotifyUrl ?? "",
      RecordExceptionNotifyUrl: given.RecordExceptionNotifyUrl ?? "",
      RecordExceptionLevels: given.RecordExceptionLevels ?? [],
      CallbackKey: given.CallbackKey ?? "",
    };
    checkFields(fields, settings);
    if (!hasUrl(fields)) {
      throw new ApiError("InvalidParameter", "At least one callback URL is required.");
    }
    if (store.current.templates.length >= mostTemplates) {
      throw new ApiError(
        "InternalError.ConfOutLimit",
        `The number of templates exceeds the limit of ${mostTemplates}.`,
      );
    }
    return { TemplateId: store.addTemplate(fields) };
  },
});
