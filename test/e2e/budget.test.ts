// The number of API calls of each operation, for small and large stacks.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/index.ts";
import { some } from "../depth.ts";
import { createStack, type Stack } from "./harness.ts";

const accountId = "100000000001";

/** The number of templates, of bindings, and of push domains that the bindings are spread over. */
const sizes = [
  { templates: 1, bindings: 1, domains: 1 },
  { templates: 20, bindings: 20, domains: 20 },
  { templates: 50, bindings: 300, domains: 150 },
];

interface Size {
  templates: number;
  bindings: number;
  domains: number;
}

const domainName = (index: number) => `push-${index}.example.com`;

const program = ({ templates, bindings, domains }: Size) => `
  const lvb = require("pulumi-tencentcloud-lvb");
  const templates = Array.from({ length: ${templates} }, (_, index) =>
    new lvb.CallbackTemplate("t" + index, { streamBeginNotifyUrl: "https://hooks.example.com/" + index }));
  for (let index = 0; index < ${bindings}; index++) {
    new lvb.DomainTemplateBinding("b" + index, {
      domainName: "push-" + index % ${domains} + ".example.com",
      appName: "app" + Math.floor(index / ${domains}),
      templateId: templates[index % ${templates}].templateId,
    });
  }
`;

describe.each(some(sizes, ({ templates }) => templates === 20))(
  "$templates templates and $bindings bindings over $domains domains",
  (size) => {
    const { templates, bindings, domains } = size;
    let emulator: Emulator;
    let stack: Stack;

    beforeAll(async () => {
      emulator = await startEmulator({
        accountId,
        domains: Array.from({ length: domains }, (_, index) => domainName(index)),
      });
      // Without a checkpoint for each step, a large stack takes a third of the time. The calls are the same.
      const env = { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" };
      stack = await createStack({ program: program(size), emulator, env });
    });

    afterAll(async () => {
      stack?.dispose();
      await emulator?.stop();
    });

    afterEach(() => emulator.clearRequests());

    test("create makes one write for each object, and reads each list once", async () => {
      await stack.up();
      expect(calls(emulator)).toEqual({
        CreateLiveCallbackTemplate: templates,
        CreateLiveCallbackRule: bindings,
        DescribeLiveCallbackTemplates: 1,
        DescribeLiveCallbackRules: 1,
        DescribeLiveDomains: Math.ceil(domains / 100),
        GetCallerIdentity: 1,
      });
      const { templates: made, rules } = emulator.state();
      expect([made.length, rules.length]).toEqual([templates, bindings]);
    });

    test("an empty preview and an empty up make no call", async () => {
      await stack.preview("--expect-no-changes");
      await stack.up("--expect-no-changes");
      expect(calls(emulator)).toEqual({});
    });

    test("a refresh makes two calls", async () => {
      await stack.refresh("--expect-no-changes");
      expect(calls(emulator)).toEqual({ DescribeLiveCallbackTemplates: 1, DescribeLiveCallbackRules: 1 });
    });

    test("a refresh with allowedAccountIds makes three calls, and an empty up none", async () => {
      await stack.setConfig("tencentcloud:allowedAccountIds", accountId);
      // A refresh uses the configuration of the last up.
      await stack.up();
      expect(calls(emulator)).toEqual({});
      await stack.succeed("refresh", "--preview-only", "--expect-no-changes");
      expect(calls(emulator)).toEqual({
        DescribeLiveCallbackTemplates: 1,
        DescribeLiveCallbackRules: 1,
        GetCallerIdentity: 1,
      });
    });

    test("destroy makes one write for each object, and reads each list at most once", async () => {
      await stack.destroy();
      const { DeleteLiveCallbackTemplate, DeleteLiveCallbackRule, ...reads } = calls(emulator);
      expect([DeleteLiveCallbackTemplate, DeleteLiveCallbackRule]).toEqual([templates, bindings]);
      const allowed = ["DescribeLiveCallbackTemplates", "DescribeLiveCallbackRules", "GetCallerIdentity"];
      expect(allowed).toEqual(expect.arrayContaining(Object.keys(reads)));
      expect(Math.max(...Object.values(reads))).toBe(1);
      expect(emulator.state()).toMatchObject({ templates: [], rules: [] });
    });
  },
);

/** The number of calls of each action. None may have failed. */
function calls(emulator: Emulator): Record<string, number> {
  const requests = emulator.requests();
  expect(requests.filter(({ code }) => code !== null)).toEqual([]);
  const counts: Record<string, number> = {};
  for (const { action } of requests) counts[action] = (counts[action] ?? 0) + 1;
  return counts;
}
