// The fault matrix: every operation × each of its calls × every fault, over the SDK's real dynamic-provider process.
// rules.ts has the expected outcomes, docs/fault-matrix.md the actual ones (UPDATE_DOCS=1 writes it).
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { deepTest, oneOfEach } from "../depth.ts";
import { ProviderProcess } from "../protocol/providerProcess.ts";
import { type Given, type Result, runCell, secretKey, token } from "./cell.ts";
import { columnOf, columns, type Fault, faultsOf } from "./faultList.ts";
import type { SentCall } from "./faultyEndpoint.ts";
import { type Call, callbackKey, type Operation, operations } from "./operations.ts";
import { pooled } from "./pool.ts";
import { expectedOutcome, type Outcome } from "./rules.ts";
import { badCertificate, nobodyListens } from "./strangeEndpoints.ts";
import { committedTable, type Row, tableOf, wholeEndpoint } from "./table.ts";

const forEver = Number.POSITIVE_INFINITY;
const kindOf = ({ resource }: Operation) => (resource === "CallbackTemplate" ? "template" : "binding");
const modules = () => join(inject("protocol").project, "node_modules/pulumi-tencentcloud-lvb/dist/provider");

interface Cell {
  operation: Operation;
  call?: Call;
  column: string;
  fault: string;
  times: number;
  expected: Outcome | "any";
  given: Given;
  /** What is wrong with the calls. */
  wrongCalls(calls: readonly SentCall[]): string[];
}

const title = ({ action, nth = 1 }: Call) => (nth === 1 ? action : `${action} (${nth}nd)`);
const isWrite = ({ action }: SentCall) => !/^(Describe|Get)/.test(action);

function cellOf(operation: Operation, call: Call, fault: Fault): Cell {
  const { times, code, column } = fault;
  const expected = expectedOutcome(operation, call, fault);
  const plan = { action: call.action, from: call.nth ?? 1, times, act: fault.act };
  return {
    operation,
    call,
    column,
    fault: fault.name,
    times,
    expected,
    given: {
      plans: [plan],
      requestTimeout: requestTimeoutOf(call, fault),
      // This code is an answer: the account has no domain.
      mentions: code === "ResourceNotFound.EmptyData" ? /is not a domain/ : mentioned(operation, call, code),
    },
    wrongCalls: (calls) => wrongCalls(operation, call, fault, expected, calls),
  };
}

/** Short if the cell waits for it, to save time; otherwise long enough for a busy machine. */
function requestTimeoutOf(call: Call, { kind, name, times, code = "" }: Fault): number {
  if (/hang|slow/.test(name)) return times === forEver ? 0.6 : 1;
  const lookedForAgain = call.kind === "create" && (kind === "lost" || kind === "passing");
  const isWaitedFor = kind === "throttled" || lookedForAgain || columnOf(code) === "not found";
  const isWaitedOut = times === forEver && /UrlNotSafe|InUse|InUsing/.test(code);
  return isWaitedFor || isWaitedOut ? 1 : 5;
}

function mentioned({ refused }: Operation, call: Call, code = ""): RegExp {
  return refused ? /InternalError\.ConfNotFound/ : new RegExp(`${call.action} failed: ${code}`.replaceAll(".", "\\."));
}

/** A create that was executed is never sent again, and nothing is written after a refusal. */
function wrongCalls(
  operation: Operation,
  call: Call,
  fault: Fault,
  expected: Outcome,
  calls: readonly SentCall[],
): string[] {
  const struck = calls.findIndex(({ faulty, action }) => faulty && action === call.action);
  const writes = calls.filter(isWrite);
  const after = calls.slice(struck + 1).filter(isWrite);
  const restores = call.kind === "create" && operation.calls.some(({ action }) => action === "DeleteLiveCallbackRule");
  return [
    ...(struck < 0 ? ["the fault did not strike"] : []),
    ...(expected === "E" && /^(list|demanded)$/.test(call.kind) && writes.length > 0
      ? ["wrote without having seen"]
      : []),
    ...(expected === "E" &&
    fault.kind === "refused" &&
    fault.times === forEver &&
    !restores &&
    isFinal(call, fault) &&
    after.length > 0
      ? ["wrote after a refusal"]
      : []),
    ...(call.kind === "create" && fault.done && expected === "C" && writes.at(-1) !== calls[struck]
      ? ["sent a create again that had been carried out"]
      : []),
  ];
}

/** Whether a refusal is not retried. */
function isFinal(call: Call, { code = "" }: Fault): boolean {
  return (
    code !== "InvalidParameter.UrlNotSafe" &&
    !(call.action === "DeleteLiveCallbackTemplate" && /InUse|InUsing/.test(code))
  );
}

const allCallCells = operations.flatMap((operation) =>
  operation.calls.flatMap((call) => faultsOf(call.action).map((fault) => cellOf(operation, call, fault))),
);

const callCells = oneOfEach(allCallCells, ({ operation, call, column }) =>
  [operation.resource, operation.title, call && title(call), column].join(),
);

/** Every call hangs from the nth on. The outcome depends on the calls. */
const allSilentCells = operations
  .filter(({ refused }) => !refused)
  .flatMap((operation) =>
    operation.calls.map((_, index): Cell => {
      const plan = { action: "*", from: index + 1, times: forEver, act: () => {} };
      return {
        operation,
        column: "silence",
        fault: `every call hangs from call ${index + 1} on`,
        times: forEver,
        expected: "any",
        given: {
          plans: [plan],
          requestTimeout: 0.6,
          mentions: /[A-Z]\w+ failed: http\S+ did not answer within [\d.]+ s/,
        },
        wrongCalls: () => [],
      };
    }),
  );

const silentCells = oneOfEach(allSilentCells, ({ operation }) => `${operation.resource} ${operation.title}`);

let provider: ProviderProcess;
let certified: { url: string; stop(): Promise<void> };
let endpointCells: Cell[];
const results = new Map<Cell, Promise<Result>>();

beforeAll(async () => {
  [provider, certified] = await Promise.all([ProviderProcess.start({ manyRuns: true }), badCertificate()]);
  const endpoints = [nobodyListens, "https://no-such-host.invalid", certified.url];
  endpointCells = operations
    .filter(({ refused }) => !refused)
    .flatMap((operation) =>
      endpoints.map((endpoint, index): Cell => {
        const fault = wholeEndpoint[index] ?? "";
        const given = { endpoint, requestTimeout: 15, mentions: new RegExp(`${endpoint}.*Next: check the endpoint`) };
        return { operation, column: fault, fault, times: forEver, expected: "E", given, wrongCalls: () => [] };
      }),
    );
  // The first call loads the SDK.
  for (const operation of operations.slice(0, 1)) await runCell(provider, modules(), operation, { requestTimeout: 15 });
  // Cells with a short timeout come last, when the processes have warmed up.
  const cells = [...callCells, ...endpointCells, ...silentCells].sort((one, other) => patience(one) - patience(other));
  const running = pooled(
    cells.map((cell) => () => resultOf(cell)),
    24,
  );
  for (const [index, cell] of cells.entries()) {
    const result = running[index];
    if (result) results.set(cell, result);
    // The tests handle it.
    result?.catch(() => {});
  }
});

afterAll(async () => {
  await provider.stop();
  await certified.stop();
});

function patience({ given: { requestTimeout = 1 }, times }: Cell): number {
  if (requestTimeout >= 5) return 0;
  return times === forEver ? 2 : 1;
}

let patientRuns = 0;

/** A short timeout can hit a call without a fault. Then a longer one decides. */
async function resultOf(cell: Cell): Promise<Result> {
  const result = await runCell(provider, modules(), cell.operation, cell.given);
  if (problemsOf(cell, result).length === 0 || (cell.given.requestTimeout ?? 1) >= 5) return result;
  patientRuns++;
  return runCell(provider, modules(), cell.operation, { ...cell.given, requestTimeout: 3 });
}

function problemsOf(cell: Cell, { outcome, problems, calls, message }: Result): string[] {
  const unexpected = cell.expected === "any" || cell.expected === outcome ? [] : [outcome];
  const name = `${cell.fault} ${cell.times === forEver ? "always" : `× ${cell.times}`}`;
  return [
    ...unexpected.map((other) => `${other} instead of ${cell.expected}: ${message}`),
    ...problems,
    ...cell.wrongCalls(calls),
  ].map((problem) => `${name}: ${problem}`);
}

async function problemsOfAll(cells: readonly Cell[]): Promise<string[]> {
  const problems = cells.map(async (cell) => {
    const result = await results.get(cell);
    return result ? problemsOf(cell, result) : [`${cell.fault}: not run`];
  });
  return (await Promise.all(problems)).flat();
}

describe.each(operations)("$resource: $title", (operation) => {
  test("makes exactly the calls of the matrix", async () => {
    const { outcome, problems, calls } = await runCell(provider, modules(), operation, { requestTimeout: 5 });
    expect(problems).toEqual([]);
    expect(outcome).toBe(operation.refused ? "K" : "C");
    if (operation.refused) return;
    expect(calls.map(({ action }) => action).sort()).toEqual(operation.calls.map(({ action }) => action).sort());
  });

  test.each(operation.calls.map((call) => [title(call), call] as const))(
    "survives each fault of %s",
    async (_, call) => {
      const cells = callCells.filter((cell) => cell.operation === operation && cell.call === call);
      expect(await problemsOfAll(cells)).toEqual([]);
    },
  );

  if (operation.refused) return;

  test("survives if every call hangs from some call on", async () => {
    const cells = silentCells.filter((cell) => cell.operation === operation);
    expect(await problemsOfAll(cells)).toEqual([]);
  });

  test("fails with the endpoint in the error if it can't be reached", async () => {
    const cells = endpointCells.filter((cell) => cell.operation === operation);
    expect(await problemsOfAll(cells)).toEqual([]);
  });
});

deepTest("docs/fault-matrix.md shows the outcomes, and every cell was run", async () => {
  const cells = [...callCells, ...endpointCells];
  const count = cells.length + silentCells.length;
  expect(results.size).toBe(count);
  const rows = new Map<string, Row & { cells: Map<string, { once: string[]; always: string[] }> }>();
  for (const cell of cells) {
    const operation = `${kindOf(cell.operation)} ${cell.operation.title}`;
    const call = cell.call ? title(cell.call) : "";
    const row = rows.get(operation + call) ?? { operation, call, cells: new Map() };
    rows.set(operation + call, row);
    const letters = row.cells.get(cell.column) ?? { once: [], always: [] };
    row.cells.set(cell.column, letters);
    const { outcome } = (await results.get(cell)) ?? { outcome: "not run" };
    letters[cell.times === forEver ? "always" : "once"].push(outcome);
  }
  const absent = [...rows.values()].flatMap((row) =>
    row.call ? columns.filter((column) => !row.cells.has(column)) : [],
  );
  console.log(
    `fault matrix: ${count} cells; ${absent.length} places of the table where no code is documented; ${patientRuns} run again with a longer time-out`,
  );
  const table = tableOf([...rows.values()], count);
  expect(committedTable(table)).toBe(table);
});

test("no output of the process contains a secret, a stack trace or `undefined`", () => {
  const told = provider.told();
  for (const secret of [callbackKey, secretKey, token]) expect(told.includes(secret)).toBe(false);
  expect(provider.stderr).not.toMatch(/\n\s+at /);
  expect(told).not.toMatch(/\bundefined\b/);
});

test("each handler ends within eight timeouts, however many calls hang", async () => {
  let longest = { timeouts: 0, what: "" };
  for (const [cell, running] of results) {
    if (!/hang|slow/.test(cell.fault)) continue;
    const { calls } = await running;
    const hung = calls.filter(({ faulty }) => faulty);
    // At most a timeout for each; after a create, also a third of one to look for its object.
    const lookedFor = hung.filter(({ action }) => action.startsWith("Create"));
    const timeouts = hung.length + lookedFor.length / 3;
    const what = `${kindOf(cell.operation)} ${cell.operation.title}: ${cell.call ? title(cell.call) : ""} ${cell.fault}`;
    if (timeouts > longest.timeouts) longest = { timeouts, what };
  }
  console.log(`longest wait for calls that hang: ${longest.timeouts.toFixed(1)} request time-outs (${longest.what})`);
  expect(longest.timeouts, longest.what).toBeLessThan(8);
});
