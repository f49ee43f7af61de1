// `list` compares the whole account with the stacks. `unbind` removes only rules that no stack manages.
import { beforeEach, describe, expect, test } from "vitest";
import type { EmulatorState } from "../../emulator/index.ts";
import { account, onStack, program, stack, url } from "./account.ts";
import { command, expectError, expectPlain, jsonOf } from "./commandLine.ts";

interface List {
  accountId: string | null;
  stacks: string[];
  counts: Record<string, number>;
  objects: {
    kind: string;
    id: string;
    name: string;
    templateId: string | null;
    status: string;
    managedBy: { stack: string; name: string; urn: string }[];
    drift: { field: string; live: unknown; state: unknown }[];
    consoleCannotCancel: boolean;
  }[];
}

/** The program of both stacks, each with its own objects. */
const declared = program(`
  const name = pulumi.getStack();
  const template = new lvb.CallbackTemplate("events", {
    templateName: "events-" + name, streamBeginNotifyUrl: url, callbackKey: "KeyOfTheStack1",
  });
  for (const appName of ["live", "vod"]) {
    new lvb.DomainTemplateBinding(appName, {
      domainName: "push.example.com", appName: name + "-" + appName, templateId: template.templateId,
    });
  }
`);
const reads = ["DescribeLiveCallbackRules", "DescribeLiveCallbackTemplates", "GetCallerIdentity"];

/** As deployed, without edits. */
let deployed: EmulatorState;

onStack(
  () => ({ program: declared, stackName: "one" }),
  async () => {
    await stack.up();
    await stack.succeed("stack", "init", "two", "--no-select");
    await stack.up("--stack", "two");
    deployed = account.emulator.state();
  },
);

beforeEach(() => {
  account.emulator.setState(deployed);
  account.emulator.clearRequests();
});

const statuses = ({ objects }: List) =>
  Object.fromEntries(objects.map(({ kind, name, status }) => [`${kind} ${name}`, status]));

describe("list", () => {
  test("compares with one stack, or with several", async () => {
    const list = await jsonOf<List>(stack, ["list"]);
    expect(
      account.emulator
        .requests()
        .map(({ action }) => action)
        .sort(),
    ).toEqual(reads);
    expect(list).toMatchObject({ accountId: "100000000001", stacks: ["one"] });
    expect(list.counts).toEqual({ managed: 3, drifted: 0, missing: 0, unmanaged: 6, orphaned: 0 });
    expect(statuses(list)).toMatchObject({
      "template events-one": "managed",
      "binding push.example.com/one-vod": "managed",
      "template events-two": "unmanaged",
      "template foreign": "unmanaged",
    });
    const both = await jsonOf<List>(stack, ["list", "--stack", "one", "-s", "two"]);
    expect(both.counts).toEqual({ managed: 6, drifted: 0, missing: 0, unmanaged: 3, orphaned: 0 });
    const rule = both.objects.find(({ name }) => name === "push.example.com/two-live");
    expect(rule?.managedBy).toEqual([{ stack: "two", name: "live", urn: expect.stringMatching(/^urn:pulumi:two::/) }]);
  });

  test("shows objects that drifted, are missing, unmanaged or orphaned", async () => {
    someoneEdits();
    const list = await jsonOf<List>(stack, ["list", "--stack", "one", "--stack", "two"]);
    expect(list.counts).toEqual({ managed: 1, drifted: 3, missing: 2, unmanaged: 2, orphaned: 2 });
    const of = (name: string) => list.objects.find((object) => object.name === name);
    expect(of("events-one")).toMatchObject({
      status: "drifted",
      drift: [
        { field: "description", live: "Edited\u001b[31m", state: null },
        { field: "callbackKey", live: "not set", state: "set" },
      ],
    });
    expect(of("push.example.com/one-live")).toMatchObject({
      status: "drifted",
      drift: [{ field: "templateId", live: "900", state: String(account.idOf("events-one")) }],
    });
    expect(of("push.example.com/one-vod")).toMatchObject({ status: "missing", drift: [] });
    expect(of("events-two")).toMatchObject({ status: "missing" });
    // For a managed rule, a missing template doesn't matter here.
    expect(of("push.example.com/two-live")).toMatchObject({ status: "managed" });
    expect(of("push.example.com/two-vod")).toMatchObject({ status: "drifted" });
    expect(of("foreign.example.com/")).toMatchObject({ status: "orphaned", consoleCannotCancel: false });
    expect(of("push.example.com/lost")).toMatchObject({ status: "orphaned", consoleCannotCancel: true });
    expect(of("push.example.com/foreign")).toMatchObject({ status: "unmanaged", consoleCannotCancel: true });

    const table = await command(stack, ["list", "--stack", "one", "--stack", "two"], { env: { NO_COLOR: "1" } });
    expect(table.exitCode, table.output).toBe(0);
    expectPlain(table);
    expect(table.stdout).toMatch(/^OBJECT +STATUS +MANAGED BY +NOTE$/m);
    expect(table.stdout).toMatch(
      /^events-one \(\d+\) +drifted +one: events +description: Edited \[31m live, nothing in state; /m,
    );
    expect(table.stdout).toMatch(
      /^ +push\.example\.com\/lost +orphaned +its template 4711 does not exist; only `unbind` can/m,
    );
    expect(table.stdout).toMatch(/^ +push\.example\.com\/foreign +unmanaged +only `unbind` can cancel it$/m);
    expect(table.stderr).toBe("account 100000000001: 1 managed, 3 drifted, 2 missing, 2 unmanaged, 2 orphaned\n");
    expect(table.output).not.toMatch(/KeyOf|foreignKey|emulator-key/);
  });

  test("exits with 4 with --fail-on-unmanaged or --fail-on-drift, each only for its own findings", async () => {
    const exit = async (...args: string[]) => (await command(stack, ["list", ...args])).exitCode;
    expect(await exit("--fail-on-drift")).toBe(0);
    expect(await exit("--fail-on-unmanaged")).toBe(4);
    account.edit((state) => {
      state.templates = state.templates.filter(({ TemplateName }) => /events/.test(TemplateName));
      state.rules = state.rules.filter(({ AppName }) => /^(one|two)-/.test(AppName));
    });
    const both = ["--stack", "one", "--stack", "two"];
    expect(await exit("--fail-on-unmanaged", "--fail-on-drift", ...both)).toBe(0);
    account.edit(({ rules }) => rules.pop());
    expect(await exit("--fail-on-unmanaged", ...both)).toBe(0);
    expect(await exit("--fail-on-drift", ...both)).toBe(4);
    expect((await jsonOf<List>(stack, ["list", "--fail-on-drift", ...both], { exitCode: 4 })).counts.missing).toBe(1);
  });
});

describe("unbind", () => {
  const rules = () => account.emulator.state().rules.map(({ DomainName, AppName }) => `${DomainName}/${AppName}`);

  test("removes the rule, and says until when callbacks may arrive", async () => {
    const before = rules();
    const result = await command(stack, ["unbind", "push.example.com", "foreign", "--yes"]);
    expect(result.exitCode, result.output).toBe(0);
    expectPlain(result);
    expect(result.stderr).toMatch(
      /^push\.example\.com\/foreign of account 100000000001 is bound to template "foreign" \(900\), since .*; the stacks that were checked don't manage it: one, two\nremoved push\.example\.com\/foreign; callbacks may still arrive until [\d: -]+\n$/,
    );
    expect(rules()).toEqual(before.filter((rule) => rule !== "push.example.com/foreign"));
    expect(
      account.emulator
        .requests()
        .map(({ action }) => action)
        .sort(),
    ).toEqual([...reads, "DescribeLiveCallbackRules", "DeleteLiveCallbackRule"].sort());
  });

  test("accepts a domain with a single rule, or an empty app for the rule of the whole domain", async () => {
    const removed = await jsonOf<{ callbacksUntil: string }>(stack, ["unbind", "Foreign.Example.Com", "--yes"]);
    expect(removed).toMatchObject({ domainName: "foreign.example.com", appName: "live", templateName: "foreign" });
    expect(Date.parse(removed.callbacksUntil)).toBeGreaterThan(Date.now());
    account.edit((state) => {
      const [like] = state.rules;
      if (like) state.rules.push({ ...like, AppName: "" });
    });
    const [whole = ""] = rules().filter((rule) => rule.endsWith("/"));
    const result = await command(stack, ["unbind", whole.slice(0, -1), "", "--yes"]);
    expect(result.exitCode, result.output).toBe(0);
    expect(rules()).not.toContain(whole);
  });

  const refused: [string, string[], number, RegExp][] = [
    [
      "a rule of the selected stack",
      ["push.example.com", "one-live", "--yes"],
      1,
      /managed by live of stack one and was/,
    ],
    [
      "a rule of another stack",
      ["push.example.com", "two-vod", "--yes"],
      1,
      /managed by vod of stack two and was left/,
    ],
    ["a domain without rules", ["nobody.example.com", "--yes"], 1, /no rule for nobody\.example\.com\. Next: /],
    ["an app without a rule", ["push.example.com", "", "--yes"], 1, /no rule for push\.example\.com\/\. Next: /],
    ["a domain with several", ["push.example.com", "--yes"], 2, /rules for several apps: .*"foreign".*Next: name one/],
    [
      "a removal without a confirmation",
      ["push.example.com", "foreign"],
      2,
      /asks for confirmation, which needs a terminal.*Next: pass --yes/,
    ],
  ];

  test.each(refused)("refuses %s", async (_what, args, exitCode, says) => {
    const before = account.emulator.state();
    expectError(await command(stack, ["unbind", ...args]), exitCode, says);
    expect(account.emulator.state()).toEqual(before);
    expect(account.emulator.requests().filter(({ action }) => !/^(Describe|Get)/.test(action))).toEqual([]);
  });
});

function someoneEdits(): void {
  account.edit((state) => {
    for (const template of state.templates) {
      if (template.TemplateName !== "events-one") continue;
      Object.assign(template, { Description: "Edited\u001b[31m", CallbackKey: "", StreamBeginNotifyUrl: url });
    }
    state.templates = state.templates.filter(({ TemplateName }) => TemplateName !== "events-two");
    state.rules = state.rules.filter(({ AppName }) => AppName !== "one-vod");
    for (const rule of state.rules) {
      if (/^(one-live|two-vod)$/.test(rule.AppName)) rule.TemplateId = 900;
      if (rule.DomainName === "foreign.example.com") Object.assign(rule, { AppName: "", TemplateId: 4712 });
    }
    const [like] = state.rules;
    if (like) state.rules.push({ ...like, DomainName: "push.example.com", AppName: "lost", TemplateId: 4711 });
  });
}
