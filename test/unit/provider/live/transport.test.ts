import { once } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from "node:http";
import http from "node:http";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { LiveError } from "../../../../provider/live/errors.ts";
import { createTransport } from "../../../../provider/live/transport.ts";
import { running } from "../process.ts";
import { closedPort, resolveEveryHostTo, selfSigned, serve } from "./servers.ts";

const secretKey = "secret-key-0123456789";
const securityToken = "security-token-0123456789";
const callbackKey = "callbackKey0123456789";
const action = "ModifyLiveCallbackTemplate";

const credentials = async () => ({ secretId: "id", secretKey, securityToken, source: "test" });

/** Sends one call with every kind of secret, within two seconds. */
function send(endpoint: string, timeoutMs = 2000) {
  const transport = createTransport(new URL(endpoint), credentials, timeoutMs, {});
  return transport("live", action, { TemplateId: 1, CallbackKey: callbackKey });
}

/** The failure of a call, whose message must not contain a secret or a control character. */
async function failureOf(endpoint: string, timeoutMs?: number): Promise<LiveError> {
  const error: unknown = await send(endpoint, timeoutMs).catch((thrown: unknown) => thrown);
  if (!(error instanceof LiveError)) throw new Error(`no LiveError: ${JSON.stringify(error)}`);
  expect(error.message).toMatch(new RegExp(`^${action} failed: `));
  for (const secret of [secretKey, securityToken, callbackKey]) expect(error.message).not.toContain(secret);
  expect(error.message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  return error;
}

const json = (body: unknown) => (_: IncomingMessage, response: ServerResponse) =>
  void response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(body));

const success = json({ Response: { Done: true, RequestId: "r" } });

test("a call returns the content of Response", async () => {
  const { port } = await serve(success);
  expect(await send(`http://127.0.0.1:${port}`)).toEqual({ Done: true, RequestId: "r" });
});

test("an error of the API has the action, code, text, RequestId and next step, without control characters and keys", async () => {
  const message = `The account\u001b[2J owes\r\nfees: ${secretKey}, ${securityToken}, ${callbackKey}.`;
  const { port } = await serve(
    json({ Response: { Error: { Code: "ResourceNotFound.StopService", Message: message }, RequestId: "request-7" } }),
  );
  const error = await failureOf(`http://127.0.0.1:${port}`);
  expect(error).toMatchObject({ kind: "suspended", code: "ResourceNotFound.StopService" });
  expect(error.message).toBe(
    `${action} failed: ResourceNotFound.StopService: The account [2J owes fees: [secret], [secret], [secret] (RequestId request-7). ` +
      "Next: the account is in arrears; top it up",
  );
});

test("an error of the API without a RequestId keeps its code", async () => {
  const { port } = await serve(json({ Response: { Error: { Code: "AuthFailure.SignatureFailure", Message: "no" } } }));
  expect(await failureOf(`http://127.0.0.1:${port}`)).toMatchObject({
    kind: "auth",
    code: "AuthFailure.SignatureFailure",
  });
});

test.each([
  [429, "throttled"],
  [400, "unknown"],
  [403, "unknown"],
  [404, "unknown"],
  [304, "unknown"],
  [500, "ambiguous"],
  [502, "ambiguous"],
  [503, "ambiguous"],
  [504, "ambiguous"],
])("HTTP %d is of kind %s", async (status, kind) => {
  const { port } = await serve((_, response) => void response.writeHead(status).end());
  const error = await failureOf(`http://127.0.0.1:${port}`);
  expect(error.kind).toBe(kind);
  expect(error.message).toContain(`http://127.0.0.1:${port} answered with HTTP ${status}`);
});

test("a refused connection is a transient failure", async () => {
  const host = `127.0.0.1:${await closedPort()}`;
  const error = await failureOf(`http://${host}`);
  expect(error.kind).toBe("transient");
  expect(error.message).toBe(
    `${action} failed: cannot reach http://${host} (connect ECONNREFUSED ${host}). ` +
      "Next: check the endpoint, the network and proxies",
  );
});

test("a host that refuses the connection on all its addresses is a transient failure", async () => {
  // Node's error for it has no message, and the SDK passes on only the message.
  resolveEveryHostTo("127.0.0.1", "127.0.0.2");
  const port = await closedPort();
  const error = await failureOf(`https://live.example.test:${port}`);
  expect(error.kind).toBe("transient");
  expect(error.message).toMatch(
    new RegExp(`cannot reach https://live.example.test:${port}. Next: check the endpoint, the network and proxies$`),
  );
});

test("an unknown host is a transient failure", async () => {
  const error = await failureOf("https://live.invalid", 10_000);
  expect(error.kind).toBe("transient");
  expect(error.message).toMatch(/cannot reach https:\/\/live\.invalid \(.*(ENOTFOUND|EAI_AGAIN)/);
});

const brokenOff: Record<string, RequestListener> = {
  "reset before an answer": (request) => request.socket.resetAndDestroy(),
  "closed before an answer": (request) => void request.socket.end(),
  "reset within the headers": (request) =>
    void request.socket.write("HTTP/1.1 200 OK\r\nContent-", () => request.socket.resetAndDestroy()),
  "a chunked body cut short": (_, response) => {
    response.writeHead(200, { "Content-Type": "application/json" });
    response.write('{"Response":{"Requ', () => response.destroy());
  },
};

test.each(Object.entries(brokenOff))("a closed connection is an ambiguous failure: %s", async (_, listener) => {
  const { port } = await serve(
    (request, response) => void request.resume().on("end", () => listener(request, response)),
  );
  const error = await failureOf(`http://127.0.0.1:${port}`);
  expect(error.kind).toBe("ambiguous");
  expect(error.message).toContain(`http://127.0.0.1:${port} closed the connection before it had answered`);
});

const endless: Record<string, RequestListener> = {
  // The connection is closed, but the SDK doesn't notice it in a body of known length.
  "a body cut short": (_, response) => {
    response.writeHead(200, { "Content-Type": "application/json", "Content-Length": 1000 });
    response.write('{"Response":{"Requ', () => response.destroy());
  },
  "no answer": () => {},
  "headers, but no body": (_, response) => {
    response.writeHead(200, { "Content-Type": "application/json" }).flushHeaders();
  },
  "a body that stops": (_, response) => {
    response.writeHead(200, { "Content-Type": "application/json" }).write('{"Response":');
  },
  "a body that never ends": (_, response) => {
    response.writeHead(200, { "Content-Type": "application/json" });
    const timer = setInterval(() => response.write(" "), 5);
    response.on("close", () => clearInterval(timer));
  },
};

test.each(Object.entries(endless))("the time limit covers %s", async (_, listener) => {
  const { port } = await serve(listener);
  const error = await failureOf(`http://127.0.0.1:${port}`, 150);
  expect(error.kind).toBe("ambiguous");
  expect(error.message).toContain(`http://127.0.0.1:${port} did not answer within 0.15 s`);
});

const text = (body: string, type: string): RequestListener => {
  return (_, response) => void response.writeHead(200, { "Content-Type": type }).end(body);
};

const foreign: Record<string, RequestListener> = {
  "a page of HTML": text("<html>\u001b[31m<body>Welcome</body></html>", "text/html"),
  "an empty body": text("", "application/json"),
  "half of a JSON text": text('{"Response":{"RequestId":"r"', "application/json"),
  "no Response": json({ Result: {} }),
  "Response null": json({ Response: null }),
  "Response as text": json({ Response: "ok" }),
  "Response as a list": json({ Response: [] }),
  "Response without RequestId": json({ Response: {} }),
  "a RequestId that is a number": json({ Response: { RequestId: 7 } }),
  null: json(null),
  "a number": json(5),
  "an Error that is text": json({ Response: { Error: "no", RequestId: "r" } }),
  "an Error whose code is a number": json({ Response: { Error: { Code: 5, Message: 6 }, RequestId: "r" } }),
  "a stream of events": text('data: {"Response":{"RequestId":"r"}}\n\n', "text/event-stream"),
};

test.each(Object.entries(foreign))("%s is not an answer of the API", async (_, listener) => {
  const { port } = await serve(listener);
  const error = await failureOf(`http://127.0.0.1:${port}`);
  expect(error.kind).toBe("ambiguous");
  expect(error.message).toContain(`http://127.0.0.1:${port} did not answer as the API does`);
});

test("an endless stream of events is an ambiguous failure, and its end does no harm", async () => {
  const { port } = await serve((_, response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream" }).write("data: 1\n\n");
  });
  const afterTheLimit = new Promise<void>((resolve) => {
    AbortSignal.timeout(200).addEventListener("abort", () => resolve());
  });
  expect((await failureOf(`http://127.0.0.1:${port}`, 150)).kind).toBe("ambiguous");
  await afterTheLimit;
});

test("an untrusted certificate is an error, and no request is sent", async () => {
  let requests = 0;
  const { port } = await serve(() => requests++, selfSigned("localhost"));
  const error = await failureOf(`https://localhost:${port}`);
  expect(error.kind).toBe("unknown");
  expect(error.message).toMatch(/no secure connection to https:\/\/localhost:\d+ \(.*self-signed certificate.*Next: /);
  expect(requests).toBe(0);
});

test("https to a server without TLS is an error", async () => {
  const { port } = await serve(success);
  const error = await failureOf(`https://localhost:${port}`);
  expect(error.kind).toBe("unknown");
  expect(error.message).toContain(`no secure connection to https://localhost:${port}`);
});

test.each([301, 302, 303, 307, 308])(
  "a redirect (%d) to another host is refused, and nothing is sent there",
  async (status) => {
    const elsewhere = await serve(success);
    for (const host of ["127.0.0.1", "localhost"]) {
      const { port } = await serve((_, response) => {
        response.writeHead(status, { Location: `http://${host}:${elsewhere.port}/` }).end();
      });
      const error = await failureOf(`http://127.0.0.1:${port}`);
      expect(error.kind).toBe("unknown");
      expect(error.message).toContain(
        `http://127.0.0.1:${port} redirected to another host: ${host}:${elsewhere.port}; refused. Next: `,
      );
    }
    expect(elsewhere.connections()).toBe(0);
  },
);

test("the same host with another port, name or protocol counts as another host", async () => {
  const other = await serve(success);
  for (const location of [`http://127.0.0.1:${other.port}`, `http://127.0.0.2:${other.port}`, "https://HOST"]) {
    const { port } = await serve(({ headers: { host = "" } }, response) => {
      response.writeHead(307, { Location: location.replace("HOST", host) }).end();
    });
    expect((await failureOf(`http://127.0.0.1:${port}`)).message).toContain("redirected to another host");
  }
  expect(other.connections()).toBe(0);
});

test("a redirect loop ends", async () => {
  const { port } = await serve((_, response) => void response.writeHead(307, { Location: "/" }).end());
  expect((await failureOf(`http://127.0.0.1:${port}`, 5000)).kind).toBe("ambiguous");
});

test("a compressed answer is refused, but another connection of the process may get one", async () => {
  const { port } = await serve((_, response) => {
    const packed = gzipSync(JSON.stringify({ Response: { Done: true, RequestId: "r" } }));
    response.writeHead(200, { "Content-Encoding": "gzip" }).end(packed);
  });
  expect((await failureOf(`http://127.0.0.1:${port}`)).message).toContain(
    "a compressed answer, which was not requested",
  );
  const [other] = await once(http.get(`http://127.0.0.1:${port}`), "response");
  await expect(other.toArray()).resolves.toHaveLength(1);
});

test.each([
  [50, "no JSON"],
  [51, "an answer of more than 50 MB"],
])("an answer of %d MB is an error: %s", async (size, why) => {
  const { port } = await serve((_, response) => void response.end(Buffer.alloc(size * 1024 * 1024, "x")));
  const error = await failureOf(`http://127.0.0.1:${port}`, 10_000);
  expect(error).toMatchObject({ kind: "ambiguous", message: expect.stringContaining(why) });
});

test("consecutive calls share a connection", async () => {
  const server = await serve(success);
  const transport = createTransport(new URL(`http://127.0.0.1:${server.port}`), credentials, 2000, {});
  for (let call = 0; call < 5; call++) await transport("live", action, {});
  expect(server.connections()).toBe(1);
});

test("the token is sent as a header if there is one", async () => {
  const seen: IncomingHttpHeaders[] = [];
  const { port } = await serve((request, response) => {
    seen.push(request.headers);
    success(request, response);
  });
  for (const token of ["token", undefined, ""]) {
    const source = async () => ({ secretId: "id", secretKey, securityToken: token, source: "test" });
    await createTransport(new URL(`http://127.0.0.1:${port}`), source, 2000, {})("live", action, {});
  }
  expect(seen.map((headers) => headers["x-tc-token"])).toEqual(["token", undefined, undefined]);
  for (const headers of seen) {
    expect(headers).toMatchObject({ "x-tc-language": "en-US", "accept-encoding": "identity" });
    expect(headers["x-tc-region"] || undefined).toBeUndefined();
  }
});

test("each call asks for the credentials again, since temporary ones expire", async () => {
  const emulator = await running();
  let secretId = "emulator-id";
  const source = async () => ({ secretId, secretKey: "emulator-key", securityToken: undefined, source: "test" });
  const transport = createTransport(new URL(emulator.url), source, 1000, {});
  await transport("live", "DescribeLiveCallbackRules", {});
  secretId = "expired";
  await expect(transport("live", "DescribeLiveCallbackRules", {})).rejects.toMatchObject({
    kind: "auth",
    code: "AuthFailure.SecretIdNotFound",
  });
});

test("with a custom endpoint, calls of STS go there too", async () => {
  const emulator = await running();
  const source = async () => ({
    secretId: "emulator-id",
    secretKey: "emulator-key",
    securityToken: undefined,
    source: "test",
  });
  const transport = createTransport(new URL(emulator.url), source, 1000, {});
  expect(await transport("sts", "GetCallerIdentity", {})).toMatchObject({ AccountId: "100000000001" });
});

test("a failure to get credentials is passed on unchanged", async () => {
  const failed = new LiveError("no credentials found", { kind: "auth" });
  const transport = createTransport(new URL("http://127.0.0.1:1"), () => Promise.reject(failed), 2000, {});
  await expect(transport("live", action, {})).rejects.toBe(failed);
});
