import { defineAction, liveVersion } from "../action";
import { ApiError } from "../errors";
import { eachField, noFields, templateFields } from "../templateFields";
import { checkFields, hasUrl } from "../templates";

const mostTemplates = 50;

export default defineAction({
  name: "CreateLiveCallbackTemplate",
  version: liveVersion,
  parameters: {
    TemplateName: { type: "string", required: true },
    ...templateFields,
    // Deprecated, and never accepted by Modify.
    StreamMixNotifyUrl: { type: "string" },
  },
  handle: (given, { store, settings }) => {
    const fields = {
      TemplateName: given.TemplateName,
      StreamMixNotifyUrl: given.StreamMixNotifyUrl ?? "",
      ...eachField((name) => given[name] ?? noFields[name]),
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
