import { defineAction, liveVersion } from "../action";
import { checkRange, page } from "../paging";

const mostDomains = 100;

export default defineAction({
  name: "DescribeLiveDomains",
  version: liveVersion,
  parameters: {
    DomainStatus: { type: "integer" },
    DomainType: { type: "integer" },
    PageSize: { type: "integer" },
    PageNum: { type: "integer" },
    IsDelayLive: { type: "integer" },
    DomainPrefix: { type: "string" },
    PlayType: { type: "integer" },
  },
  handle: (given, { visible }) => {
    const {
      DomainStatus,
      DomainType,
      PageSize = 10,
      PageNum = 1,
      IsDelayLive = 0,
      DomainPrefix = "",
      PlayType,
    } = given;
    checkRange("PageSize", PageSize, 10, 100);
    checkRange("PageNum", PageNum, 1, 100_000);
    checkRange("IsDelayLive", IsDelayLive, 0, 1);
    const found = visible.domains.filter(
      (domain) =>
        (DomainStatus === undefined || domain.Status === DomainStatus) &&
        (DomainType === undefined || domain.Type === DomainType) &&
        domain.IsDelayLive === IsDelayLive &&
        domain.Name.startsWith(DomainPrefix) &&
        // Only used for play domains.
        (PlayType === undefined || DomainType !== 1 || domain.PlayType === PlayType),
    );
    const playing = visible.domains.filter(({ Type, Status }) => Type === 1 && Status === 1);
    return {
      AllCount: found.length,
      DomainList: page(found, PageNum, PageSize),
      CreateLimitCount: Math.max(0, mostDomains - visible.domains.length),
      PlayTypeCount: [1, 2, 3].map((kind) => playing.filter((domain) => domain.PlayType === kind).length),
    };
  },
});
