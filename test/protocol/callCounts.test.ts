// How many API calls each operation costs, as few as the API allows, for stacks of any size: the real provider process,
// driven as the engine drives it – templates before bindings, eight calls at a time, a process for each operation.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/index.ts";
import { some } from "../depth.ts";
import { environment, url } from "./fixtures.ts";
import { ProviderProcess, type Values } from "./providerProcess.ts";

type Calls = Record<string, number>;

/** What an operation has called, and how many milliseconds it took. */
interface Done {
  calls: Calls;
  lasted: number;
}

/** Any push domain has as many apps; so all domains are on one page of their list. */
const appsOfDomain = 20;
const parallel = 8;

const sizes = [1, 10, 50].flatMap((templates) => [1, 100, 2000].map((bindings) => ({ templates, bindings })));

const domainName = (binding: number) => `push-${Math.floor(binding / appsOfDomain)}.example.com`;

interface Stored {
  id: string;
  inputs: Values;
  outs: Values;
}

/** A state in memory, and what the engine would do with it. */
class Stack {
  readonly #emulator: Emulator;
  templates: Stored[] = [];
  bindings: Stored[] = [];

  constructor(emulator: Emulator) {
    this.#emulator = emulator;
  }

  /** `pulumi up` of a program with these values for each resource. */
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

  /** The calls that a process of its own has made. */
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

/** As many at a time as the engine has under way on two processors; the results in order. */
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

/** How long a list counts as current; for updates, which must see what others did since the preview, less. */
const currentForMs = 60_000;
const freshForMs = 5_000;

/** Exactly these calls; on a slow machine each list once more for every `everyMs`. */
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

/** The sums by operation, one for each size: what the page shows. */
const sums = new Map<string, number[]>();

/** For `npm test`. */
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

  test("up: one write for each, each list once", async () => {
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

  test("up without changes: none", async () => {
    const done = await stack.up(template, same, count);
    expectCalls("up without changes", done, {});
  });

  test("refresh: two", async () => {
    const done = await stack.refresh();
    expectCalls("refresh", done, { DescribeLiveCallbackTemplates: 1, DescribeLiveCallbackRules: 1 });
  });

  test("one field edited in every template: one write for each, the list once", async () => {
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

  test("refresh that finds every template and binding changed: two", async () => {
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

  test("another template for every binding: two writes for each, since the API modifies no rule", async () => {
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

  test("destroy: one write for each, each list once", async () => {
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

test("the page tells the same numbers", () => {
  const page = readFileSync(join(__dirname, "../../docs/performance.md"), "utf8");
  const rows = [...page.matchAll(/^\| (\w[\w ]+?) +\| ([\d |]+) \|$/gm)].map(
    ([, operation = "", numbers = ""]) => [operation, numbers.split("|").map(Number)] as const,
  );
  const told = rows.map(([operation, numbers]) => [operation, tried.map((size) => numbers[sizes.indexOf(size)])]);
  expect(Object.fromEntries(told)).toMatchObject(Object.fromEntries(sums));
});
