// An emulated account with a template and two rules of someone else, and ways to look at it.
import { afterAll, beforeAll, expect, inject } from "vitest";
import { type Emulator, type EmulatorOptions, type EmulatorState, startEmulator } from "../../emulator/index.ts";
import { createStack, type Stack, type StackOptions } from "./harness.ts";

const foreignTemplate = {
  TemplateId: 900,
  TemplateName: "foreign",
  Description: "Someone else's",
  StreamBeginNotifyUrl: "https://foreign.example.com/lvb",
  CallbackKey: "foreignKey1",
};

const foreignRules = [
  { DomainName: "foreign.example.com", AppName: "live", TemplateId: 900 },
  { DomainName: "push.example.com", AppName: "foreign", TemplateId: 900 },
];

/** The objects of the account except the foreign ones, without ids and times. */
export interface Ours {
  /** Only the fields that are set, sorted by name. The hash of an automatic name is replaced by `*`. */
  templates: (Record<string, unknown> & { TemplateName: string })[];
  /** The template's name by `<domain>/<app>`. */
  rules: Record<string, string>;
}

export class Account {
  readonly emulator: Emulator;
  readonly #foreign: object;

  constructor(emulator: Emulator) {
    this.emulator = emulator;
    this.#foreign = foreign(emulator.state());
  }

  get url(): string {
    return this.emulator.url;
  }

  /** Fails if anything foreign was changed. */
  ours(): Ours {
    const state = this.emulator.state();
    expect(foreign(state)).toEqual(this.#foreign);
    const names = new Map(state.templates.map(({ TemplateId, TemplateName }) => [TemplateId, shortName(TemplateName)]));
    const rules = state.rules.filter((rule) => rule.TemplateId !== foreignTemplate.TemplateId);
    return {
      templates: state.templates
        .filter(({ TemplateId }) => TemplateId !== foreignTemplate.TemplateId)
        .map(({ TemplateId: _id, ...fields }) => ({
          ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value.length > 0)),
          TemplateName: shortName(fields.TemplateName),
        }))
        .sort((left, right) => compare(left.TemplateName, right.TemplateName)),
      rules: Object.fromEntries(
        rules.map(({ DomainName, AppName, TemplateId }) => [`${DomainName}/${AppName}`, names.get(TemplateId) ?? ""]),
      ),
    };
  }

  /** The id of our template with this name, written as in `ours()`. There must be one. */
  idOf(name: string): number {
    const found = this.emulator.state().templates.filter(({ TemplateName }) => shortName(TemplateName) === name);
    expect(found, name).toHaveLength(1);
    return found[0]?.TemplateId ?? 0;
  }

  /** Someone edits the account behind the stack's back. */
  edit(change: (state: EmulatorState) => void): void {
    const state = this.emulator.state();
    change(state);
    this.emulator.setState(state);
  }

  /** The API actions that are called during a run. */
  async calls(run: () => Promise<unknown>): Promise<string[]> {
    this.emulator.clearRequests();
    await run();
    return this.emulator.requests().map(({ action }) => action);
  }

  /** The actions that write. */
  async writes(run: () => Promise<unknown>): Promise<string[]> {
    return (await this.calls(run)).filter((action) => /^(Create|Modify|Delete)/.test(action));
  }
}

export async function startAccount(options: EmulatorOptions = {}): Promise<Account> {
  const emulator = await startEmulator(options);
  const domains = ["push.example.com", "other.example.com", "foreign.example.com"];
  emulator.setState({ domains, templates: [foreignTemplate], rules: foreignRules });
  return new Account(emulator);
}

export let account: Account;
export let stack: Stack;

/** Gives the tests of the file, or of the `describe`, an account and a stack on it. `prepare` runs with both. */
export function onStack(
  options: () => StackOptions = () => ({}),
  prepare?: () => unknown,
  ofAccount?: EmulatorOptions,
): void {
  beforeAll(async () => {
    account = await startAccount(ofAccount);
    stack = await createStack({ emulator: account, ...options() });
    await prepare?.();
  });

  afterAll(async () => {
    stack?.dispose();
    await account?.emulator.stop();
  });
}

/** The URL of most templates. */
export const url = "https://callbacks.example.com/lvb";

/** A short version of an SDK that Pulumi generates from the plugin's schema. */
const sdkOfPlugin = `{
  CallbackTemplate: class extends pulumi.CustomResource {
    constructor(name, args, options) {
      const outputs = { templateName: undefined, templateId: undefined, accountId: undefined, propagation: undefined };
      const secret = args.callbackKey === undefined ? {} : { callbackKey: pulumi.secret(args.callbackKey) };
      super("tencentcloud-lvb:index:CallbackTemplate", name, { ...outputs, ...args, ...secret }, options);
    }
  },
  DomainTemplateBinding: class extends pulumi.CustomResource {
    constructor(name, args, options) {
      super("tencentcloud-lvb:index:DomainTemplateBinding", name, { accountId: undefined, propagation: undefined, ...args }, options);
    }
  },
  PropagationWait: class extends pulumi.CustomResource {
    constructor(name, args, options) {
      super("tencentcloud-lvb:index:PropagationWait", name, { effectiveAt: undefined, ...args }, options);
    }
  },
}`;

/** A program with the imports and the `url`. */
export function program(body: string): string {
  const lvb = inject("e2e").host === "plugin" ? sdkOfPlugin : 'require("pulumi-tencentcloud-lvb")';
  return `
    const pulumi = require("@pulumi/pulumi");
    const lvb = ${lvb};
    const url = "${url}";
    ${body}
  `;
}

/** Expects an empty preview without an API call: the program equals the state. */
export async function expectNothingToDo(stack: Stack, ...accounts: Account[]): Promise<void> {
  for (const { emulator } of accounts) emulator.clearRequests();
  await stack.preview("--expect-no-changes");
  for (const { emulator } of accounts) expect(emulator.requests()).toEqual([]);
}

function foreign({ domains, templates, rules }: EmulatorState): object {
  return {
    domains,
    templates: templates.filter(({ TemplateId }) => TemplateId === foreignTemplate.TemplateId),
    rules: rules.filter(({ TemplateId }) => TemplateId === foreignTemplate.TemplateId),
  };
}

function compare(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}

function shortName(name: string): string {
  return name.replace(/-[0-9a-f]{7}$/, "-*");
}
