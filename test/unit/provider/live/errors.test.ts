import { expect, test } from "vitest";
import type { ErrorKind } from "../../../../provider/live/errors.ts";
import { apiError, LiveError, printable, redact } from "../../../../provider/live/errors.ts";

/** Every documented code of the actions in use and of the common table, by its meaning for a caller. */
const documented: Record<ErrorKind, string[]> = {
  notFound: [
    "FailedOperation.NotFound",
    "InternalError.NotFound",
    "InternalError.ConfNotFound",
    "InternalError.RuleNotFound",
    "InvalidParameter.ConfNotFound",
  ],
  inUse: ["FailedOperation.ConfInUsed", "InternalError.ConfInUsed", "InternalError.RuleInUsing"],
  invalid: [
    "InvalidParameter",
    "InvalidParameterValue",
    "MissingParameter",
    "UnknownParameter",
    "InvalidParameter.ArgsNotMatch",
    "InvalidParameter.UrlNotSafe",
    "InvalidParameter.DomainFormatError",
    "InternalError.ArgsNotMatch",
    "InternalError.InvalidInput",
    "InternalError.RuleAlreadyExist",
    "InternalError.ConfOutLimit",
    "UnsupportedOperation.NotLVBCodeMode",
    "InvalidAction",
    "NoSuchProduct",
    "NoSuchVersion",
  ],
  auth: [
    "AuthFailure.InvalidAuthorization",
    "AuthFailure.InvalidSecretId",
    "AuthFailure.MFAFailure",
    "AuthFailure.SecretIdNotFound",
    "AuthFailure.SignatureExpire",
    "AuthFailure.SignatureFailure",
    "AuthFailure.TokenFailure",
    "AuthFailure.UnauthorizedOperation",
    "UnauthorizedOperation",
    "IpInBlacklist",
    "IpNotInWhitelist",
  ],
  suspended: [
    "ResourceNotFound.ForbidService",
    "ResourceNotFound.FreezeService",
    "ResourceNotFound.StopService",
    "ResourceNotFound.UserDisableService",
  ],
  throttled: [
    "RequestLimitExceeded",
    "RequestLimitExceeded.GlobalRegionUinLimitExceeded",
    "RequestLimitExceeded.IPLimitExceeded",
    "RequestLimitExceeded.UinLimitExceeded",
  ],
  transient: [
    "ResourceUnavailable",
    "ServiceUnavailable",
    "InternalError.ConnectDbError",
    "InternalError.DBError",
    "InternalError.GetBizidError",
    "FailedOperation.CallOtherSvrFailed",
  ],
  ambiguous: [],
  // Codes that say too little to act on, and codes of other families. They are only shown.
  unknown: [
    "InternalError",
    "FailedOperation",
    "ResourceNotFound",
    "ResourceNotFound.EmptyData",
    "ResourceNotFound.InvalidUser",
    "ResourceNotFound.DomainNotExist",
    "InternalError.DomainNotExist",
    "InvalidParameter.COSCustomFileNameError",
    "InvalidParameter.InvalidVodFileName",
    "ActionOffline",
    "DryRunOperation",
    "InvalidRequest",
    "LimitExceeded",
    "RequestSizeLimitExceeded",
    "ResourceInUse",
    "ResourceInsufficient",
    "ResponseSizeLimitExceeded",
    "UnsupportedOperation",
    "UnsupportedProtocol",
    "UnsupportedRegion",
  ],
};

const cases = Object.entries(documented).flatMap(([kind, codes]) => codes.map((code) => [code, kind] as const));

test.each(cases)("%s is of kind %s", (code, kind) => {
  expect(apiError("Action", code, "text", "id")).toMatchObject({ name: "LiveError", kind, code });
});

test.each([
  "InternalError.SomethingNew",
  "ResourceNotFound.SomethingNew",
  "ResourceNotFound.FreezeService.More",
  "RequestLimitExceeded.SomethingNew",
  "AuthFailure.SomethingNew",
  "FailedOperation.NotFound.",
  "failedoperation.notfound",
  "",
  "constructor",
  "toString",
  "__proto__",
])("the undocumented code %j is of kind unknown", (code) => {
  expect(apiError("Action", code, "text", "id").kind).toBe("unknown");
});

test("the message has the action, the code, the service's text, the RequestId and the next step", () => {
  const { message } = apiError("DeleteLiveCallbackRule", "ResourceNotFound.StopService", " Owing fees. .", "request-1");
  expect(message).toBe(
    "DeleteLiveCallbackRule failed: ResourceNotFound.StopService: Owing fees (RequestId request-1). " +
      "Next: the account is in arrears; top it up",
  );
});

test.each([...documented.auth, ...documented.suspended, ...documented.throttled])(
  "the message of %s has a next step",
  (code) => {
    expect(apiError("Action", code, "text", "id").message).toMatch(/ Next: \S/);
  },
);

test.each([
  ["CreateLiveCallbackRule", "live:CreateLiveCallbackRule"],
  ["GetCallerIdentity", "sts:GetCallerIdentity"],
  ["AssumeRole", "sts:AssumeRole"],
])("a refused %s says to allow %s", (action, right) => {
  for (const code of ["UnauthorizedOperation", "AuthFailure.UnauthorizedOperation"]) {
    expect(apiError(action, code, "text", "id").message).toMatch(new RegExp(` Next: in CAM, allow ${right}$`));
  }
});

test.each([
  ["AuthFailure.SignatureFailure", "check the credentials; they come from the place"],
  ["AuthFailure.TokenFailure", "get new temporary credentials; those in use come from the place"],
])("%s says where the credentials were found", (code, next) => {
  const said = (source?: string) => apiError("Action", code, "text", "id", source).message.replace(/^.* Next: /, "");
  expect(said("place")).toBe(next);
  expect(said()).toBe(next.replace(/; .*/, ""));
});

test("a server's text can't control a terminal, and is cut", () => {
  const text = `\u001b[31mred\u0007\r\n\u009b2J${"x".repeat(10_000)}`;
  const { message } = apiError("Action", "Internal\u001bError", text, "a\u001bb");
  expect(message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  expect(message.length).toBeLessThan(700);
});

test("a text is cut after 500 characters", () => {
  expect(printable("x".repeat(500))).toBe("x".repeat(500));
  expect(printable("x".repeat(501))).toBe(`${"x".repeat(500)}…`);
});

test("a secret is masked everywhere, a short one only as a whole word", () => {
  expect(redact("KeyOf8ab, preKeyOf8abpost", ["KeyOf8ab"])).toBe("[secret], pre[secret]post");
  expect(redact("k3y, monk3y (k3y)", ["k3y"])).toBe("[secret], monk3y ([secret])");
});

test("a failure keeps its cause", () => {
  const cause = new Error("cause");
  expect(new LiveError("text", { kind: "unknown", cause }).cause).toBe(cause);
  expect(new LiveError("text", { kind: "unknown" })).not.toHaveProperty("cause");
});
