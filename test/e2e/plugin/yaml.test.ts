// The plugin for a user without Node.js: its archive is installed offline, and a program in YAML runs from the first up to
// destroy.
import { expect, inject, test } from "vitest";
import { account, expectNothingToDo, onStack, stack } from "../account.ts";
import { beginRun } from "../processes.ts";
import { binding, reference, template, wait, type YamlProgram, yamlProgram } from "./yamlPrograms.ts";

const url = "https://callbacks.example.com/lvb";
const key = "YamlKeyOfTheTemplate1";

const program = (fields: object, options = {}, more: YamlProgram["resources"] = {}) =>
  yamlProgram({
    secrets: ["callbackKey"],
    resources: {
      events: template({ streamBeginNotifyUrl: url, callbackKey: reference("callbackKey"), ...fields }, options),
      live: binding("push.example.com/live", "events"),
      games: binding("push.example.com/games", "events"),
      ...more,
    },
    outputs: { templateId: reference("events.templateId"), effectiveAt: reference("live.propagation.effectiveAt") },
  });

/** The output of all CLI runs. */
let printed = "";

onStack(() => ({
  yaml: true,
  pluginOnPath: false,
  program: program({ description: "As declared" }),
  config: { callbackKey: { secret: key } },
}));

test("the program fails without the plugin, and its archive can be installed offline", async () => {
  const missing = await pulumi("preview");
  expect(missing.exitCode, missing.output).not.toBe(0);
  expect(missing.output).toMatch(/no resource plugin 'pulumi-resource-tencentcloud-lvb' found/);

  const { archive = "" } = inject("e2e").plugin ?? {};
  const [, version = ""] = /-v([^-]+)-/.exec(archive) ?? [];
  await stack.succeed("plugin", "install", "resource", "tencentcloud-lvb", version, "--file", archive);
  const { stdout } = await stack.succeed("plugin", "ls", "--json");
  expect(JSON.parse(stdout)).toMatchObject([{ name: "tencentcloud-lvb", kind: "resource", version }]);
});

test("up creates the declared objects, and then a preview shows no change, without a call", async () => {
  expect(await account.calls(() => stack.preview())).toEqual([]);
  const writes = await account.writes(() => succeed("up", "--yes", "--skip-preview"));
  expect(writes.toSorted()).toEqual(["CreateLiveCallbackRule", "CreateLiveCallbackRule", "CreateLiveCallbackTemplate"]);
  expect(account.ours()).toEqual({
    templates: [{ TemplateName: "events-*", Description: "As declared", StreamBeginNotifyUrl: url, CallbackKey: key }],
    rules: { "push.example.com/live": "events-*", "push.example.com/games": "events-*" },
  });
  const { templateId, effectiveAt } = await stack.outputs();
  expect(templateId).toBe(String(account.idOf("events-*")));
  expect(effectiveAt).toMatch(/^\d{4}-.*Z$/);
  await expectNothingToDo(stack, account);
});

test("drift is found, shown by property, and repaired", async () => {
  account.edit(({ templates }) => {
    for (const one of templates) if (one.TemplateName.startsWith("events")) one.Description = "As edited";
  });
  const drift = await pulumi("refresh", "--preview-only", "--diff", "--expect-no-changes");
  expect([drift.exitCode, drift.stdout]).toEqual([
    7,
    expect.stringMatching(/description *: "As declared" => "As edited"/),
  ]);
  const writes = await account.writes(() => succeed("up", "--yes", "--skip-preview", "--refresh"));
  expect(writes).toEqual(["ModifyLiveCallbackTemplate"]);
  expect(account.ours().templates).toMatchObject([{ Description: "As declared" }]);
  await succeed("refresh", "--preview-only", "--expect-no-changes");
});

test("a preview says which properties change, and how", async () => {
  stack.setProgram(program({ streamBeginNotifyUrl: `${url}/2`, streamEndNotifyUrl: url }));
  const { stdout: shown } = await succeed("preview", "--diff");
  expect(shown).toMatch(/~ tencentcloud-lvb:index:CallbackTemplate: \(update\)/);
  expect(shown).toMatch(/- description *: "As declared"/);
  expect(shown).toMatch(/~ streamBeginNotifyUrl *: "https:\/\/callbacks\.example\.com\/lvb" => ".*\/2"/);
  expect(shown).toMatch(/\+ streamEndNotifyUrl *: "https/);
  // Bindings of a template that is edited in place don't count as changed.
  expect(shown).toMatch(/~ 1 to update\n +3 unchanged/);

  const { stdout } = await succeed("preview", "--json");
  const steps: { op: string; detailedDiff: unknown }[] = JSON.parse(stdout).steps;
  expect(steps.filter(({ op }) => op !== "same")).toMatchObject([
    {
      op: "update",
      detailedDiff: {
        description: { kind: "delete" },
        streamBeginNotifyUrl: { kind: "update" },
        streamEndNotifyUrl: { kind: "add" },
      },
    },
  ]);
});

test("a preview of a change of template doesn't show the former template's id", async () => {
  stack.setProgram(
    yamlProgram({
      secrets: ["callbackKey"],
      resources: {
        standby: template({ streamBeginNotifyUrl: url }),
        events: template({ streamBeginNotifyUrl: url, callbackKey: reference("callbackKey") }),
        live: binding("push.example.com/live", "standby"),
        games: binding("push.example.com/games", "events"),
      },
      outputs: { bound: reference("live.templateId") },
    }),
  );
  const { stdout } = await succeed("preview", "--diff");
  expect(stdout).toMatch(/~ templateId *: "\d+" => /);
  expect(stdout).not.toMatch(/bound *: "\d+"/);
});

test("Ctrl-C ends a PropagationWait at once, and the next up continues it", async () => {
  stack.setProgram(program({ description: "As declared" }, {}, { effective: wait("events", "live") }));
  const { cli, said } = beginRun(stack, "up", "--yes", "--skip-preview");
  await said(/PropagationWait effective creating/);
  cli.signal("SIGINT");
  const { exitCode, output } = await cli.result;
  printed += output;
  expect(exitCode, output).not.toBe(0);
  expect(output).toMatch(/the run was interrupted; the changes take effect at .*Next: `pulumi up` continues the wait/);
  const { stdout } = await succeed("preview");
  expect(stdout).toMatch(/\+ 1 to create\n +4 unchanged/);
});

test("properties in ignoreChanges stay, and the others change", async () => {
  stack.setProgram(
    program({ description: "Ignored", streamBeginNotifyUrl: `${url}/2` }, { ignoreChanges: ["description"] }),
  );
  const { stdout } = await succeed("preview", "--diff");
  expect(stdout).not.toContain("Ignored");
  expect(await account.writes(() => succeed("up", "--yes", "--skip-preview"))).toEqual(["ModifyLiveCallbackTemplate"]);
  expect(account.ours().templates).toMatchObject([
    { Description: "As declared", StreamBeginNotifyUrl: `${url}/2`, CallbackKey: key },
  ]);
  await expectNothingToDo(stack, account);
});

test("destroy removes only our objects, and no key was ever written in clear text", async () => {
  await succeed("destroy", "--yes", "--skip-preview");
  expect(account.ours()).toEqual({ templates: [], rules: {} });
  for (const [place, text] of [...stack.stateFiles(), ["printed", printed] as const]) {
    expect(text.includes(key) || text.includes("emulator-key"), place).toBe(false);
  }
});

async function pulumi(...args: string[]) {
  const result = await stack.pulumi(...args);
  printed += result.output;
  return result;
}

async function succeed(...args: string[]) {
  const result = await pulumi(...args);
  expect(result.exitCode, result.output).toBe(0);
  return result;
}
