// The examples that are only programs, unchanged: up, outputs, no changes, destroy.
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/index.ts";
import { some } from "../depth.ts";
import { createStack, type Stack } from "./harness.ts";

interface Example {
  name: string;
  config?: Record<string, string>;
  /** The event URLs of each rule's template after `up`, without "https://" and domain. */
  rules: Record<string, string[]>;
  outputs: Record<string, unknown>;
}

const window = {
  changedAt: expect.any(String),
  earliestEffectiveAt: expect.any(String),
  effectiveAt: expect.any(String),
};
const key = "exampleKey1";

const quickStart = {
  rules: { "push.example.com/live": ["callbacks", "callbacks"] },
  outputs: { templateId: expect.any(String), propagation: window, effectiveAt: expect.any(String) },
};

const examples: Example[] = [
  { name: "quickstart-javascript", ...quickStart },
  { name: "quickstart-esm", ...quickStart },
  {
    name: "many-domains",
    config: {
      callbackUrl: "https://callbacks.example.com/lvb",
      apps: JSON.stringify({ "push-asia.example.com": ["live", "games"], "push-europe.example.com": ["live"] }),
    },
    rules: {
      "push-asia.example.com/live": ["callbacks", "callbacks"],
      "push-asia.example.com/games": ["callbacks", "callbacks"],
      "push-europe.example.com/live": ["callbacks", "callbacks"],
    },
    outputs: {
      propagation: {
        "push-asia.example.com/live": window,
        "push-asia.example.com/games": window,
        "push-europe.example.com/live": window,
      },
      effectiveAt: expect.any(String),
    },
  },
  {
    name: "callback-routing",
    rules: {
      "push.example.com/": ["presence", "presence"],
      "push.example.com/lectures": ["presence", "presence", "archive"],
      "push.example.com/meetings": ["presence", "presence", "archive"],
      "push.example.com/community": ["presence", "presence", "moderation", "moderation"],
    },
    outputs: {
      templates: {
        "push.example.com/": expect.stringMatching(/^streams-/),
        "push.example.com/lectures": expect.stringMatching(/^recorded-/),
        "push.example.com/meetings": expect.stringMatching(/^recorded-/),
        "push.example.com/community": expect.stringMatching(/^moderated-/),
      },
      effectiveAt: expect.any(String),
    },
  },
];

let emulator: Emulator;
let stack: Stack | undefined;

beforeEach(async () => {
  emulator = await startEmulator({ domains: ["push.example.com", "push-asia.example.com", "push-europe.example.com"] });
});

afterEach(async () => {
  stack?.dispose();
  await emulator.stop();
});

test.each(some(examples, ({ name }) => name === "callback-routing"))(
  "the example $name deploys, has its outputs, shows no changes, and is destroyed",
  async ({ name, config, rules, outputs }) => {
    stack = await createStack({ example: name, emulator, config: { ...config, callbackKey: { secret: key } } });
    await stack.up();
    expect(rulesOf(emulator)).toEqual(rules);
    for (const { CallbackKey } of emulator.state().templates) expect(CallbackKey).toBe(key);
    expect(await stack.outputs()).toEqual(outputs);

    emulator.clearRequests();
    await stack.up("--expect-no-changes");
    expect(emulator.requests()).toEqual([]);

    await stack.destroy();
    expect(emulator.state()).toMatchObject({ templates: [], rules: [] });
  },
);

function rulesOf({ state }: Emulator): Record<string, string[]> {
  const { templates, rules } = state();
  const services = new Map(
    templates.map((template) => [
      template.TemplateId,
      [
        template.StreamBeginNotifyUrl,
        template.StreamEndNotifyUrl,
        template.RecordNotifyUrl,
        template.SnapshotNotifyUrl,
        template.PornCensorshipNotifyUrl,
      ]
        .filter((url) => url !== "")
        .map((url) => new URL(url).hostname.replace(".example.com", "")),
    ]),
  );
  return Object.fromEntries(
    rules.map(({ DomainName, AppName, TemplateId }) => [`${DomainName}/${AppName}`, services.get(TemplateId) ?? []]),
  );
}
