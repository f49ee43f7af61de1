/**
 * Verifies TC3-HMAC-SHA256 as strictly as the service, but accepts every variant of the official clients: with or without
 * the host's port, with header values in lower case or not, with UNSIGNED-PAYLOAD in place of the body, and with the
 * service name from the host, like the Node client (`127` for 127.0.0.1).
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { ApiError } from "./errors";

export interface SignedRequest {
  method: string;
  /** As sent, without the question mark. */
  query: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface Credentials {
  secretId: string;
  secretKey: string;
}

const algorithm = "TC3-HMAC-SHA256";
const toleranceSeconds = 300;
const authorizationPattern =
  /^TC3-HMAC-SHA256\s+Credential=([^/,]*)\/(\d{4}-\d{2}-\d{2})\/([^/,]+)\/tc3_request,\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;

/** Throws the service's ApiError unless the request was signed with these credentials at about the current time. */
export function verifySignature(request: SignedRequest, credentials: Credentials, now: number): void {
  const { headers } = request;
  const match = authorizationPattern.exec(headers.authorization ?? "");
  if (match === null) {
    throw new ApiError("AuthFailure.InvalidAuthorization", "The Authorization header is missing or malformed.");
  }
  const [, secretId = "", date = "", service = "", signedHeaders = "", signature = ""] = match;
  const timestamp = headerText(headers, "x-tc-timestamp");
  if (timestamp === undefined) {
    throw new ApiError("MissingParameter", "The request is missing a required parameter `Timestamp`.");
  }
  if (!/^\d{1,12}$/.test(timestamp)) {
    throw new ApiError("InvalidParameterValue", "The parameter `Timestamp` must be in seconds.");
  }
  const names = signedHeaders.split(";");
  const unsigned = ["content-type", "host"].find((name) => !names.includes(name));
  if (unsigned !== undefined) {
    throw new ApiError("AuthFailure.InvalidAuthorization", `The header ${unsigned} must be signed.`);
  }
  const absent = names.find((name) => headerText(headers, name) === undefined);
  if (absent !== undefined) {
    throw new ApiError("AuthFailure.InvalidAuthorization", `The signed header ${absent} was not sent.`);
  }
  if (Math.abs(now / 1000 - Number(timestamp)) > toleranceSeconds) {
    throw new ApiError(
      "AuthFailure.SignatureExpire",
      "The signature has expired: the timestamp is more than 5 minutes off.",
    );
  }
  if (secretId !== credentials.secretId) {
    throw new ApiError("AuthFailure.SecretIdNotFound", "The SecretId is not found.");
  }
  const scope = `${date}/${service}/tc3_request`;
  const key = [date, service, "tc3_request"].reduce<string | Buffer>(
    (secret, part) => createHmac("sha256", secret).update(part).digest(),
    `TC3${credentials.secretKey}`,
  );
  const given = Buffer.from(signature, "hex");
  const right = canonicalRequests(request, names).some((canonical) => {
    const stringToSign = [algorithm, timestamp, scope, sha256(canonical)].join("\n");
    return timingSafeEqual(createHmac("sha256", key).update(stringToSign).digest(), given);
  });
  const dateOfTimestamp = new Date(Number(timestamp) * 1000).toISOString().slice(0, 10);
  if (!right || date !== dateOfTimestamp) {
    throw new ApiError("AuthFailure.SignatureFailure", "The signature does not match.");
  }
}

/** Every variant that a client may sign. */
function canonicalRequests({ method, query, headers, body }: SignedRequest, names: string[]): string[] {
  const payload = headerText(headers, "x-tc-content-sha256") === "UNSIGNED-PAYLOAD" ? "UNSIGNED-PAYLOAD" : body;
  const queries = new Set([query, query.split("&").sort().join("&")]);
  const host = headerText(headers, "host") ?? "";
  const hosts = new Set([host, host.replace(/:\d+$/, "")]);
  const cases = [(value: string) => value.toLowerCase(), (value: string) => value];
  return [...queries].flatMap((canonicalQuery) =>
    [...hosts].flatMap((canonicalHost) =>
      cases.map((inCase) => {
        const lines = names.map((name) => {
          const value = name === "host" ? canonicalHost : (headerText(headers, name) ?? "");
          return `${name}:${inCase(value.trim())}\n`;
        });
        return [method, "/", canonicalQuery, lines.join(""), names.join(";"), sha256(payload)].join("\n");
      }),
    ),
  );
}

function headerText(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(",") : value;
}

function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}
