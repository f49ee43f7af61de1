import { defineAction, stsVersion } from "../action";

export default defineAction({
  name: "GetCallerIdentity",
  version: stsVersion,
  parameters: {},
  handle: (_, { accountId }) => ({
    Arn: `qcs::cam::uin/${accountId}:uin/${accountId}`,
    AccountId: accountId,
    UserId: accountId,
    PrincipalId: accountId,
    Type: "CAMUser",
  }),
});
