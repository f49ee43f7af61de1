// The faults, and which calls they can meet.
import { type Exchange, envelope, sendJson } from "./faultyEndpoint.ts";

/**
 * What a fault means for the caller: after `lost`, the call may or may not have been executed. After `passing` and
 * `throttled`, it wasn't executed but may be later. `refused` stays the same with every attempt.
 */
export type FaultKind = "lost" | "passing" | "throttled" | "refused";

export interface Fault {
  name: string;
  /** The column of the table. */
  column: string;
  kind: FaultKind;
  /** Whether the server executed the call. */
  done: boolean;
  code?: string;
  /** How many calls in a row meet it. */
  times: number;
  act(exchange: Exchange): void | Promise<void>;
}

const status = (code: number) => (response: Exchange["response"]) =>
  void response.writeHead(code, { "Content-Type": "text/plain" }).end("The gateway is not well.");

type Transport = Pick<Fault, "name" | "column" | "done" | "act">;

const transport: Transport[] = [
  { name: "closed", column: "closed", done: false, act: ({ response }) => void response.destroy() },
  { name: "reset", column: "reset", done: false, act: ({ response }) => void response.socket?.resetAndDestroy() },
  {
    name: "reset after commit",
    column: "reset*",
    done: true,
    act: async ({ response, carryOut }) => {
      await carryOut();
      response.socket?.resetAndDestroy();
    },
  },
  { name: "hang", column: "hang", done: false, act: () => {} },
  {
    name: "hang after commit",
    column: "hang*",
    done: true,
    act: async ({ carryOut }) => {
      await carryOut();
    },
  },
  ...[500, 502, 503].map((code) => ({
    name: `HTTP ${code}`,
    column: "500 502 503",
    done: false,
    act: ({ response }: Exchange) => status(code)(response),
  })),
  {
    name: "HTTP 504 after commit",
    column: "504*",
    done: true,
    act: async ({ response, carryOut }) => {
      await carryOut();
      status(504)(response);
    },
  },
  {
    name: "truncated body",
    column: "cut*",
    done: true,
    act: async ({ response, carryOut }) => {
      const text = Buffer.from(await carryOut());
      response.writeHead(200, { "Content-Type": "application/json", "Content-Length": text.length });
      response.write(text.subarray(0, text.length / 2), () => response.destroy());
    },
  },
  {
    name: "HTML",
    column: "HTML",
    done: false,
    act: ({ response }) => void response.writeHead(200, { "Content-Type": "text/html" }).end("<html>Sign in</html>"),
  },
  { name: "empty body", column: "empty", done: false, act: ({ response }) => void response.writeHead(200).end() },
  {
    name: "slow body",
    column: "slow*",
    done: true,
    act: async ({ response, carryOut }) => {
      const text = await carryOut();
      response.writeHead(200, { "Content-Type": "application/json", "Content-Length": text.length });
      let sent = 0;
      // Takes a minute, longer than every time limit.
      const timer = setInterval(() => response.write(text.slice(sent, ++sent)), 60_000 / text.length);
      response.once("close", () => clearInterval(timer));
    },
  },
];

const base = ["InternalError", "InvalidParameter", "InvalidParameterValue", "MissingParameter"];
const suspensions = ["ForbidService", "FreezeService", "StopService", "UserDisableService"].map(
  (name) => `ResourceNotFound.${name}`,
);
const otherConsole = "UnsupportedOperation.NotLVBCodeMode";
const ofTemplates = [
  ...base,
  "FailedOperation.ConfInUsed",
  "FailedOperation.NotFound",
  "InternalError.ArgsNotMatch",
  "InternalError.ConfInUsed",
  "InternalError.ConfNotFound",
  "InternalError.InvalidInput",
  "InternalError.NotFound",
  "InternalError.RuleAlreadyExist",
  "InternalError.RuleInUsing",
  "InternalError.RuleNotFound",
  "InvalidParameter.COSCustomFileNameError",
  "InvalidParameter.InvalidVodFileName",
];
const ofWrites = ["InvalidParameter.ArgsNotMatch", "InvalidParameter.UrlNotSafe"];

/** The documented codes of each action, except the suspensions, which all have. */
const documented: Readonly<Record<string, readonly string[]>> = {
  CreateLiveCallbackTemplate: [...ofTemplates, otherConsole, "InternalError.ConfOutLimit", ...ofWrites],
  ModifyLiveCallbackTemplate: [...ofTemplates, otherConsole, ...ofWrites],
  DeleteLiveCallbackTemplate: ofTemplates,
  DescribeLiveCallbackTemplates: [...ofTemplates, otherConsole],
  CreateLiveCallbackRule: [
    ...base,
    otherConsole,
    "InternalError.ConfNotFound",
    "InvalidParameter.ConfNotFound",
    "InvalidParameter.DomainFormatError",
  ],
  DeleteLiveCallbackRule: [...base, otherConsole, "FailedOperation.NotFound"],
  DescribeLiveCallbackRules: [...base, otherConsole],
  DescribeLiveDomains: [
    "InternalError",
    "InternalError.ConnectDbError",
    "InternalError.DBError",
    "InternalError.GetBizidError",
    "FailedOperation.CallOtherSvrFailed",
    "ResourceNotFound.EmptyData",
    "ResourceNotFound.InvalidUser",
  ],
  GetCallerIdentity: ["InternalError", "InvalidParameter", "AuthFailure.TokenFailure", "UnauthorizedOperation"],
};

const passing = new Set([
  "InternalError.ConnectDbError",
  "InternalError.DBError",
  "InternalError.GetBizidError",
  "FailedOperation.CallOtherSvrFailed",
]);
const notFound = new Set([
  "FailedOperation.NotFound",
  "InternalError.NotFound",
  "InternalError.ConfNotFound",
  "InvalidParameter.ConfNotFound",
  "InternalError.RuleNotFound",
]);
export const inUse = new Set(["FailedOperation.ConfInUsed", "InternalError.ConfInUsed", "InternalError.RuleInUsing"]);

export function columnOf(code: string): string {
  if (passing.has(code)) return "passing codes";
  if (notFound.has(code)) return "not found";
  return inUse.has(code) ? "in use" : "other codes";
}

const answers = (code: string, column: string, kind: FaultKind, times: number): Fault => ({
  name: code,
  column,
  kind,
  done: false,
  code,
  times,
  act: ({ response }) => sendJson(response, envelope({ Error: { Code: code, Message: "The service says no." } })),
});

const forEver = Number.POSITIVE_INFINITY;

/** Every fault that a call of this action can meet. */
export function faultsOf(action: string): Fault[] {
  const lost = transport.flatMap((fault): Fault[] => [
    { ...fault, kind: "lost", times: 1 },
    { ...fault, kind: "lost", times: forEver },
  ]);
  const limits = ["GlobalRegionUinLimitExceeded", "IPLimitExceeded", "UinLimitExceeded"];
  return [
    ...lost,
    answers("RequestLimitExceeded", "throttled", "throttled", 2),
    ...limits.map((limit) => answers(`RequestLimitExceeded.${limit}`, "throttled", "throttled", 1)),
    answers("RequestLimitExceeded", "throttled", "throttled", forEver),
    ...(documented[action] ?? []).flatMap((code) => {
      const kind = passing.has(code) ? "passing" : "refused";
      return [answers(code, columnOf(code), kind, 1), answers(code, columnOf(code), kind, forEver)];
    }),
    ...["FailedOperation.OfAnotherYear", "ResourceNotFound.OfAnotherYear"].map((code) =>
      answers(code, "undocumented", "refused", forEver),
    ),
    answers("AuthFailure.SignatureExpire", "clock skew", "refused", forEver),
    ...suspensions.map((code) => answers(code, "suspended", "refused", forEver)),
  ];
}

/** The columns in the order of the table. */
export const columns = [
  ...new Set(transport.map(({ column }) => column)),
  "throttled",
  "passing codes",
  "not found",
  "in use",
  "other codes",
  "undocumented",
  "clock skew",
  "suspended",
];
