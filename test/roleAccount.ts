// An emulated account that only a role may use: an STS in front of it exchanges the caller's credentials for the role's,
// after checking the caller's signature as the emulator does.
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import { ApiError } from "../emulator/errors.ts";
import type { Emulator } from "../emulator/index.ts";
import { verifySignature } from "../emulator/signature.ts";
import { listen } from "./loopback.ts";

export const roleArn = "qcs::cam::uin/100000000001:roleName/publisher";
/** May assume the role. The account itself doesn't know these keys. */
export const caller = { secretId: "caller-id", secretKey: "SecretKeyOfTheCaller5x" };
const token = "TokenOfTheRole5x";

export interface RoleAccount {
  url: string;
  /** The parameters of every AssumeRole that was answered. */
  assumed: Record<string, unknown>[];
  /** The regions of the AssumeRole calls. */
  regions: unknown[];
  /** How long the next credentials are valid, in seconds. Default: 7200. */
  lifetime: number;
  /** The error codes of the next AssumeRole calls. */
  refusals: string[];
  stop(): Promise<void>;
}

/** `emulator` must have the default keys. */
export async function startRoleAccount(emulator: Pick<Emulator, "port">): Promise<RoleAccount> {
  const account = { assumed: [], regions: [], lifetime: 7200, refusals: [] } as Omit<RoleAccount, "url" | "stop">;
  const { url, stop } = await listen((request, response) => {
    void bodyOf(request).then((body) => {
      if (request.headers["x-tc-action"] === "AssumeRole") answerSts(account, request, body, response);
      else forward(emulator.port, request, body, response);
    });
  });
  return Object.assign(account, { url, stop });
}

function answerSts(
  account: Omit<RoleAccount, "url" | "stop">,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): void {
  const answer = (content: object) => response.end(JSON.stringify({ Response: { ...content, RequestId: "sts-1" } }));
  try {
    verifySignature({ method: "POST", query: "", headers: request.headers, body }, caller, Date.now());
    const refusal = account.refusals.shift();
    if (refusal) throw new ApiError(refusal, "Refused on order.");
    const parameters: Record<string, unknown> = JSON.parse(body.toString("utf8"));
    account.assumed.push(parameters);
    account.regions.push(request.headers["x-tc-region"]);
    if (parameters.RoleArn !== roleArn) throw new ApiError("ResourceNotFound.RoleNotFound", "The role does not exist.");
    answer({
      Credentials: { TmpSecretId: "emulator-id", TmpSecretKey: "emulator-key", Token: token },
      ExpiredTime: Math.floor(Date.now() / 1000) + account.lifetime,
    });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    answer({ Error: { Code: error.code, Message: error.message } });
  }
}

function forward(port: number, request: IncomingMessage, body: Buffer, response: ServerResponse): void {
  const signedByRole = request.headers.authorization?.includes("Credential=emulator-id/");
  if (signedByRole && request.headers["x-tc-token"] !== token) {
    response.end(
      JSON.stringify({ Response: { Error: { Code: "AuthFailure.TokenFailure", Message: "" }, RequestId: "" } }),
    );
    return;
  }
  const { method, url: path, headers } = request;
  const onward = http.request({ host: "127.0.0.1", port, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", () => response.destroy());
  onward.end(body);
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}
