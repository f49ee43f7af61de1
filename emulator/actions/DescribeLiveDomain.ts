import { defineAction, liveVersion } from "../action";
import { ApiError } from "../errors";

export default defineAction({
  name: "DescribeLiveDomain",
  version: liveVersion,
  // Required on the China site; the international one calls it optional, without saying what is told then.
  parameters: { DomainName: { type: "string", required: true } },
  handle: ({ DomainName }, { visible }) => {
    const DomainInfo = visible.domains.find(({ Name }) => Name === DomainName);
    if (DomainInfo === undefined) {
      throw new ApiError("ResourceNotFound.DomainNotExist", `The domain ${DomainName} does not exist.`);
    }
    return { DomainInfo };
  },
});
