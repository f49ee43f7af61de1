// The number of API calls of each operation, for stacks of any size. Drives the real provider process as the engine does:
// templates before bindings, eight calls at a time, a process for each operation.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/index.ts";
import { some } from "../depth.ts";
import { environment, url } from "./fixtures.ts";
import { ProviderProcess, type Values } from "./providerProcess.ts";

type Calls = Record<string, number>;

/** The calls of an operation, and its milliseconds. */
interface Done {
  calls: Calls;
  lasted: number;
}

/** With so many apps in each push domain, all domains fit on one page of their list. */
const appsOfDomain = 20;
const parallel = 8;

const sizes = [1, 10, 50].flatMap((templates) => [1, 100, 2000].map((bindings) => ({ templates, bindings })));

const domainName = (binding: number) => `push-${Math.floor(binding / appsOfDomain)}.example.com`;

interface Stored {
  id: string;
  inputs: Values;
  outs: Values;
}

/** A state in memory, with the engine's operations on it. */
class Stack {
  readonly #emulator: Emulator;
  templates: Stored[] = [];
  bindings: Stored[] = [];

  constructor(emulator: Emulator) {
    this.#emulator = emulator;
  }

  /** `pulumi up` with these values for each resource. */
  async up(template: (index: number) => Values, binding: (index: number) => Values, count: Count): Promise<Done> {
    return this.#operation(async (provider) => {
      this.templates = await this.#deploy(provider, "CallbackTemplate", this.templates, count.templates, template);
      this.bindings = await this.#deploy(provider, "DomainTemplateBinding", this.bindings, count.bindings, binding);
    });
  }

  refresh(): Promise<Done> {
    return this.#operation(async (provider) => {
      const read = (name: "CallbackTemplate" | "DomainTemplateBinding", stored: readonly Stored[]) =>
        inParallel(stored, async ({ id, outs }) => {
          const found = await provider.resource(name).read(id, outs);
          return { id: found.id, inputs: found.inputs ?? {}, outs: found.props };
        });
      // The engine reads in any order.
      const [templates, bindings] = await Promise.all([
        read("CallbackTemplate", this.templates),
        read("DomainTemplateBinding", this.bindings),
      ]);
      this.templates = templates.filter(({ id }) => id !== "");
      this.bindings = bindings.filter(({ id }) => id !== "");
    });
  }

  destroy(): Promise<Done> {
    return this.#operation(async (provider) => {
      await inParallel(this.bindings, ({ id, outs }) => provider.resource("DomainTemplateBinding").delete(id, outs));
      await inParallel(this.templates, ({ id, outs }) => provider.resource("CallbackTemplate").delete(id, outs));
    });
  }

  #deploy(
    provider: ProviderProcess,
    name: "CallbackTemplate" | "DomainTemplateBinding",
    stored: readonly Stored[],
    count: number,
    values: (index: number) => Values,
  ): Promise<Stored[]> {
    const resource = provider.resource(name);
    return inParallel(
      Array.from({ length: count }, (_, index) => index),
      async (index) => {
        const old = stored[index];
        const { inputs, failures } = await resource.check(old?.inputs ?? {}, values(index));
        expect(failures).toEqual([]);
        if (old === undefined) return { inputs, ...(await resource.create(inputs)) };
        const { changes, replaces } = await resource.diff(old.id, old.outs, inputs);
        expect(replaces).toEqual([]);
        if (!changes) return old;
        return { id: old.id, inputs, outs: (await resource.update(old.id, old.outs, inputs)).outs };
      },
    );
  }

  /** Runs in its own process, and returns the calls. */
  async #operation(run: (provider: ProviderProcess) => Promise<void>): Promise<Done> {
    const begun = performance.now();
    this.#emulator.clearRequests();
    const provider = await ProviderProcess.start({
      env: environment(this.#emulator, { TENCENTCLOUD_LVB_REQUEST_TIMEOUT: "15" }),
    });
    try {
      await run(provider);
    } finally {
      await provider.stop();
    }
    const requests = this.#emulator.requests();
    expect(requests.filter(({ code }) => code !== null)).toEqual([]);
    const calls: Calls = {};
    for (const { action } of requests) calls[action] = (calls[action] ?? 0) + 1;
    return { calls, lasted: performance.now() - begun };
  }
}

interface Count {
  templates: number;
  bindings: number;
}

/** Runs as many at a time as the engine does on two processors. The results are in order. */
async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const left = items.entries();
  const worker = async () => {
    for (const [index, item] of left) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return results;
}

/** How long a list counts as current. Less for updates, which must see what others did since the preview. */
const currentForMs = 60_000;
const freshForMs = 5_000;

/** Expects exactly these calls. On a slow machine, each list may be read again every `everyMs`. */
function expectCalls(operation: string, { calls, lasted }: Done, expected: Calls, everyMs = currentForMs): void {
  const isList = (action: string) => action.startsWith("Describe");
  const once = Object.entries(calls).map(([action, count]) => {
    const late = isList(action) && count <= 1 + Math.floor(lasted / everyMs);
    return [action, late ? 1 : count] as const;
  });
  expect(Object.fromEntries(once)).toEqual(expected);
  const sum = once.reduce((total, [, count]) => total + count, 0);
  sums.set(operation, [...(sums.get(operation) ?? []), sum]);
}

/** The sums by operation, one for each size, as the page shows them. */
const sums = new Map<string, number[]>();

/** The sizes of `npm test`. */
const quick = ["1/1", "10/100"];
const tried = some(sizes, ({ templates, bindings }) => quick.includes(`${templates}/${bindings}`));

describe.each(tried)("$templates templates and $bindings bindings", { timeout: 300_000 }, (count) => {
  const { templates, bindings } = count;
  let emulator: Emulator;
  let stack: Stack;
  const template = (index: number, path = ""): Values => ({
    templateName: `events-${index}`,
    streamBeginNotifyUrl: `${url}${path}`,
    callbackKey: "KeyOfCounting1",
  });
  const templateId = (index: number) => String(stack.templates[index % stack.templates.length]?.id);
  const binding = (index: number, shift = 0): Values => ({
    domainName: domainName(index),
    appName: `app${index % appsOfDomain}`,
    templateId: templateId(index + shift),
  });
  const same = (index: number) => binding(index);

  beforeAll(async () => {
    const domains = Array.from({ length: Math.ceil(bindings / appsOfDomain) }, (_, i) => domainName(i * appsOfDomain));
    emulator = await startEmulator({ domains });
    stack = new Stack(emulator);
  });

  afterAll(() => emulator.stop());

  test("up makes one write for each object, and reads each list once", async () => {
    const done = await stack.up(template, same, count);
    expectCalls("up from nothing", done, {
      CreateLiveCallbackTemplate: templates,
      CreateLiveCallbackRule: bindings,
      DescribeLiveCallbackTemplates: 1,
      DescribeLiveCallbackRules: 1,
      DescribeLiveDomains: 1,
      GetCallerIdentity: 1,
    });
  });

  test("up without changes makes no call", async () => {
    const done = await stack.up(template, same, count);
    expectCalls("up without changes", done, {});
  });

  test("refresh makes two calls", async () => {
    const done = await stack.refresh();
    expectCalls("refresh", done, { DescribeLiveCallbackTemplates: 1, DescribeLiveCallbackRules: 1 });
  });

  test("an edit of every template makes one write for each, and reads the list once", async () => {
    const done = await stack.up((index) => template(index, "/edited"), same, count);
    expectCalls(
      "edit of a field of every template",
      done,
      {
        ModifyLiveCallbackTemplate: templates,
        DescribeLiveCallbackTemplates: 1,
        GetCallerIdentity: 1,
      },
      freshForMs,
    );
  });

  test("refresh makes two calls even if every template and binding was changed", async () => {
    const state = emulator.state();
    const other = { ...state.templates[0], TemplateId: 9_999, TemplateName: "other" };
    emulator.setState({
      domains: state.domains,
      templates: [...state.templates.map((one) => ({ ...one, StreamBeginNotifyUrl: `${url}/drift` })), other],
      rules: state.rules.map((rule) => ({ ...rule, TemplateId: 9_999 })),
    });
    const done = await stack.refresh();
    expectCalls("refresh that finds drift everywhere", done, {
      DescribeLiveCallbackTemplates: 1,
      DescribeLiveCallbackRules: 1,
    });
    expect(stack.bindings.map(({ outs }) => outs.templateId)).toEqual(Array(bindings).fill("9999"));
  });

  test("a change of template in every binding makes two writes for each, since the API can't modify rules", async () => {
    const unchanged = (index: number) => template(index, "/drift");
    const done = await stack.up(unchanged, same, count);
    expectCalls(
      "switch of template in every binding",
      done,
      {
        DeleteLiveCallbackRule: bindings,
        CreateLiveCallbackRule: bindings,
        DescribeLiveCallbackTemplates: 1,
        DescribeLiveCallbackRules: 1,
        GetCallerIdentity: 1,
      },
      freshForMs,
    );
  });

  test("destroy makes one write for each object, and reads each list once", async () => {
    const done = await stack.destroy();
    expectCalls("destroy", done, {
      DeleteLiveCallbackTemplate: templates,
      DeleteLiveCallbackRule: bindings,
      DescribeLiveCallbackTemplates: 1,
      DescribeLiveCallbackRules: 1,
      GetCallerIdentity: 1,
    });
  });
});

test("docs/performance.md shows the same numbers", () => {
  const page = readFileSync(join(__dirname, "../../docs/performance.md"), "utf8");
  const rows = [...page.matchAll(/^\| (\w[\w ]+?) +\| ([\d |]+) \|$/gm)].map(
    ([, operation = "", numbers = ""]) => [operation, numbers.split("|").map(Number)] as const,
  );
  const told = rows.map(([operation, numbers]) => [operation, tried.map((size) => numbers[sizes.indexOf(size)])]);
  expect(Object.fromEntries(told)).toMatchObject(Object.fromEntries(sums));
});
