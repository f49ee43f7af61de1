// A hostile or broken server: the provider survives every answer with a readable error, and nothing is lost or written.
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { ProviderProcess, type Values } from "../protocol/providerProcess.ts";
import { runCell, secretKey, token } from "./cell.ts";
import { type Exchange, envelope, sendJson } from "./faultyEndpoint.ts";
import { callbackKey, operations } from "./operations.ts";
import { pooled } from "./pool.ts";

const forEver = Number.POSITIVE_INFINITY;
const modules = () => join(inject("protocol").project, "node_modules/pulumi-tencentcloud-lvb/dist/provider");

let provider: ProviderProcess;

beforeAll(async () => {
  provider = await ProviderProcess.start({ manyRuns: true });
  for (const operation of operations.slice(0, 1)) await runCell(provider, modules(), operation, { requestTimeout: 15 });
});

afterAll(async () => {
  const told = provider.told();
  for (const secret of [callbackKey, secretKey]) expect(told.includes(secret)).toBe(false);
  expect(told).not.toMatch(/\n\s+at |\bundefined\b|[\u0007\u001b\u009b]/);
  await provider.stop();
});

const template = {
  TemplateId: 501,
  TemplateName: "events",
  Description: "Events",
  StreamBeginNotifyUrl: "https://callbacks.example.com/lvb",
  RecordExceptionLevels: ["error"],
  CallbackKey: callbackKey,
};
const rule = { DomainName: "push.example.com", AppName: "live", TemplateId: 501, CreateTime: "", UpdateTime: "" };

const json = (text: string) => (response: ServerResponse) => sendJson(response, text);
const megabyte = Buffer.alloc(1024 * 1024, " ");

/** Answers to every call, whatever it is. */
const answers: Readonly<Record<string, (response: ServerResponse) => void>> = {
  "a body that never ends": (response) => {
    response.writeHead(200, { "Content-Type": "application/json" });
    const timer = setInterval(() => response.write(" "), 20);
    response.once("close", () => clearInterval(timer));
  },
  "events that never end": (response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    const timer = setInterval(() => response.write("data: {}\n\n"), 20);
    response.once("close", () => clearInterval(timer));
  },
  "JSON 100 000 levels deep": json(`{"Response":${"[".repeat(100_000)}${"]".repeat(100_000)}}`),
  "a list 100 000 levels deep": json(
    `{"Response":{"RequestId":"r","Templates":${"[".repeat(100_000)}${"]".repeat(100_000)},"Rules":${"[".repeat(100_000)}${"]".repeat(100_000)}}}`,
  ),
  "an answer in the prototype": json('{"Response":{"__proto__":{"RequestId":"r","Templates":[],"Rules":[]}}}'),
  "an error without a code": json(envelope({ Error: {} })),
  "an error that is a number": json(envelope({ Error: 7 })),
  "an error whose code is an object": json(envelope({ Error: { Code: { toString: 1 }, Message: ["x"] } })),
  "a code named after the prototype": json(envelope({ Error: { Code: "__proto__", Message: "constructor" } })),
  "a RequestId that is a number": json('{"Response":{"RequestId":7,"Templates":[],"Rules":[]}}'),
  "terminal escapes, secrets and a long tail in the message": json(
    envelope({
      Error: {
        Code: "FailedOperation\u001b[2J",
        Message: `\u001b]0;owned\u0007\r\nNext: \u009b31m ${secretKey} ${token} ${"x".repeat(100_000)}`,
      },
    }),
  ),
  "a list": json("[]"),
  "a number": json("7"),
  null: json("null"),
  "no Response": json("{}"),
  "a Response that is text": json('{"Response":"Templates"}'),
  "lists of the wrong type": json(envelope({ Templates: {}, Rules: 7 })),
  "lists with null": json(envelope({ Templates: [null], Rules: [null] })),
};

/** Answers larger than any of the API. */
const largeAnswers: Readonly<Record<string, (response: ServerResponse) => void>> = {
  "200 MB": (response) => {
    response.writeHead(200, { "Content-Type": "application/json" });
    pour(response, 200);
  },
  "200 MB with a wrong Content-Length": (response) => {
    response.writeHead(200, { "Content-Type": "application/json", "Content-Length": 200 * megabyte.length + 10 });
    pour(response, 200);
  },
  "200 MB compressed": (response) => {
    response.writeHead(200, { "Content-Type": "application/json", "Content-Encoding": "gzip" }).end(bomb());
  },
};

/** The item with wrong types, field by field. */
const wrongFields = (item: Values) =>
  Object.keys(item).flatMap((field) =>
    [{}, [{}], true, -1.5, "\u0000"].map((value) => ({ field, value, item: { ...item, [field]: value } })),
  );

const readers = operations.filter(({ title }) => title === "read");
const several = operations.filter(({ title }) => /^(read|create|delete)$/.test(title));

async function expectRefusal(
  answer: (response: ServerResponse) => void,
  of: typeof operations,
  requestTimeout: number,
) {
  const act = ({ response }: Exchange) => answer(response);
  const given = { plans: [{ action: "*", from: 1, times: forEver, act }], requestTimeout };
  const results = await Promise.all(of.map((operation) => runCell(provider, modules(), operation, given)));
  for (const { outcome, problems, calls } of results) {
    expect({ outcome, problems }).toEqual({ outcome: "E", problems: [] });
    expect(calls.filter(({ action }) => !/^(Describe|Get)/.test(action))).toEqual([]);
  }
  return results.map(({ message }) => message);
}

test.concurrent.each(Object.entries(answers))("%s is an error, and nothing is lost or written", async (_, answer) => {
  await expectRefusal(answer, several, 0.6);
});

test("the callback key is masked in an error that echoes the request", async () => {
  const answer = json(envelope({ Error: { Code: "InvalidParameter", Message: `CallbackKey=${callbackKey}` } }));
  const ofTemplates = several.filter(({ resource }) => resource === "CallbackTemplate");
  for (const message of await expectRefusal(answer, ofTemplates, 1)) expect(message).toContain("CallbackKey=[secret]");
});

test.each(Object.entries(largeAnswers))(
  "an answer of %s is an error that says so, and nothing is lost",
  async (_, answer) => {
    const messages = await expectRefusal(answer, readers.slice(0, 1), 5);
    for (const message of messages) expect(message).toMatch(/an answer of more than 50 MB|a compressed answer/);
  },
);

test.each([
  ["CallbackTemplate", "DescribeLiveCallbackTemplates", (item: Values) => ({ Templates: [item] }), template],
  ["DomainTemplateBinding", "DescribeLiveCallbackRules", (item: Values) => ({ Rules: [item] }), rule],
] as const)("a wrong type in any field of a %s is an error or does no harm", async (resource, action, list, item) => {
  const operation = readers.find((each) => each.resource === resource);
  if (!operation) throw new Error(`no operation reads a ${resource}`);
  const check = async ({ field, value, item: wrong }: ReturnType<typeof wrongFields>[number]) => {
    const act = ({ response }: Exchange) => sendJson(response, envelope(list(wrong)));
    const given = { plans: [{ action, from: 1, times: forEver, act }], requestTimeout: 1 };
    const { outcome, message } = await runCell(provider, modules(), operation, given);
    // A time may be missing. Every other field must have the right type; any text is right in a text field.
    const harmless = typeof value === "string" ? !/Id$/.test(field) : /Time$/.test(field);
    if (harmless) return;
    expect(outcome, `${field}: ${JSON.stringify(value)}`).toBe("E");
    expect(message).toMatch(new RegExp(`${action} failed: the answer is not what the API documents \\(.*${field}`));
  };
  await Promise.all(
    pooled(
      wrongFields(item).map((wrong) => () => check(wrong)),
      16,
    ),
  );
});

test("a create with an invalid id in the answer still finds its template", async () => {
  const create = operations.find(({ resource, title }) => resource === "CallbackTemplate" && title === "create");
  if (!create) throw new Error("no operation creates");
  const check = async (TemplateId: unknown) => {
    const act = async ({ response, carryOut }: Exchange) => {
      await carryOut();
      sendJson(response, envelope({ TemplateId }));
    };
    const plans = [{ action: "CreateLiveCallbackTemplate", from: 1, times: forEver, act }];
    const { outcome, problems } = await runCell(provider, modules(), create, { plans, requestTimeout: 1 });
    expect({ TemplateId, outcome, problems }).toEqual({ TemplateId, outcome: "C", problems: [] });
  };
  await Promise.all([null, {}, [], "x", 1.5, true, "__proto__"].map(check));
});

/** Writes as fast as the other side reads. */
function pour(response: ServerResponse, megabytes: number): void {
  const next = (left: number) => {
    if (left === 0) response.end();
    else if (response.write(megabyte)) setImmediate(next, left - 1);
    else response.once("drain", () => next(left - 1));
  };
  next(megabytes);
}

let packed: Buffer | undefined;

function bomb(): Buffer {
  packed ??= gzipSync(Buffer.concat(Array.from({ length: 200 }, () => megabyte)), { level: 1 });
  return packed;
}
