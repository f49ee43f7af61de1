import { defineAction, liveVersion } from "../action";
import { ApiError } from "../errors";
import { checkAppName } from "../rules";
import { findRule } from "../store";

export default defineAction({
  name: "DeleteLiveCallbackRule",
  version: liveVersion,
  parameters: {
    DomainName: { type: "string", required: true },
    AppName: { type: "string", required: true },
    // Not part of the key, but the official English sample sends it.
    TemplateId: { type: "integer" },
  },
  handle: ({ DomainName, AppName, TemplateId }, { store, dialects }) => {
    if (TemplateId !== undefined && dialects.strayTemplateId === "refused") {
      throw new ApiError("UnknownParameter", "The parameter `TemplateId` is not recognized.");
    }
    checkAppName(AppName, dialects);
    const rule = findRule(store.current, DomainName, AppName);
    if (rule !== undefined) {
      store.removeRule(rule);
    } else if (dialects.missingRule !== "success") {
      throw new ApiError(dialects.missingRule, `No rule for ${DomainName} and ${AppName}.`);
    }
    return {};
  },
});
