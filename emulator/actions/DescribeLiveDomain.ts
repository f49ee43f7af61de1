import { defineAction, liveVersion } from "../action";
import { ApiError } from "../errors";

export default defineAction({
  name: "DescribeLiveDomain",
  version: liveVersion,
  // Required on the China site. Optional on the international one, whose documentation doesn't say what it then returns.
  parameters: { DomainName: { type: "string", required: true } },
  handle: ({ DomainName }, { visible }) => {
    const DomainInfo = visible.domains.find(({ Name }) => Name === DomainName);
    if (DomainInfo === undefined) {
      throw new ApiError("ResourceNotFound.DomainNotExist", `The domain ${DomainName} does not exist.`);
    }
    return { DomainInfo };
  },
});
