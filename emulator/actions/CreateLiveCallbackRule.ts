import { defineAction, liveVersion } from "../action";
import { ApiError } from "../errors";
import { checkAppName } from "../rules";
import { findPushDomain, findRule, findTemplate } from "../store";

export default defineAction({
  name: "CreateLiveCallbackRule",
  version: liveVersion,
  parameters: {
    DomainName: { type: "string", required: true },
    AppName: { type: "string", required: true },
    TemplateId: { type: "integer", required: true },
  },
  handle: ({ DomainName, AppName, TemplateId }, { store, dialects }) => {
    checkAppName(AppName, dialects);
    if (dialects.unknownDomain === "refused" && findPushDomain(store.current, DomainName) === undefined) {
      throw new ApiError("InvalidParameter.DomainFormatError", `${DomainName} is not an enabled push domain.`);
    }
    if (findTemplate(store.current, TemplateId) === undefined) {
      throw new ApiError(dialects.unknownTemplate, `The template ${TemplateId} does not exist.`);
    }
    // The action documents no code for this; a similar action answers with the bare one (tencentcloud-sdk-java issue 45).
    if (dialects.duplicateRule === "error" && findRule(store.current, DomainName, AppName) !== undefined) {
      throw new ApiError("InternalError", "The rule has already been configured.");
    }
    store.putRule(DomainName, AppName, TemplateId);
    return {};
  },
});
