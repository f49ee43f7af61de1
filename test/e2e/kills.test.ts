// Killed runs: the CLI, its provider process or both are killed at each write. Then only the commands of
// docs/reliability.md restore exactly what the program declares.
import { describe, expect, inject, test } from "vitest";
import { deep, deepDescribe, deepTest, quickTest, some } from "../depth.ts";
import { account, expectNothingToDo, type Ours, onStack, program, stack, url } from "./account.ts";
import type { RunningProcess } from "./harness.ts";
import { beginRun, descendants, end, kill, killCli, providersOf, until } from "./processes.ts";

interface Variant {
  description?: string;
  bound?: "events" | "standby";
  templates?: readonly ("events" | "standby")[];
}

const declared = ({ description = "First", bound, templates = ["events", "standby"] }: Variant) =>
  program(`
    const description = "${description}";
    ${templates
      .map((name) => `const ${name} = new lvb.CallbackTemplate("${name}", { description, streamBeginNotifyUrl: url });`)
      .join("\n")}
    ${
      bound
        ? `new lvb.DomainTemplateBinding("live", {
             domainName: "push.example.com", appName: "live", templateId: ${bound}.templateId,
           });`
        : ""
    }
  `);

const live = ({ description = "First", bound, templates = ["events", "standby"] }: Variant): Ours => ({
  templates: templates.map((name) => ({
    TemplateName: `${name}-*`,
    Description: description,
    StreamBeginNotifyUrl: url,
  })),
  rules: bound ? { "push.example.com/live": `${bound}-*` } : {},
});

interface Change {
  name: string;
  /** The call at which the run is killed, by whether the service still executes it. */
  at: Record<Moment, string>;
  to: Variant;
}

const at = (action: string) => ({ hang: action, hangAfterCommit: action });
/** The API can't modify rules, so between these calls the domain has none. */
const inTheGap = { hang: "CreateLiveCallbackRule", hangAfterCommit: "DeleteLiveCallbackRule" };
const second = { description: "Second" };

/** Each change starts from the result of the one before. */
const changes: Change[] = [
  { name: "the create of a template", at: at("CreateLiveCallbackTemplate"), to: {} },
  { name: "the create of a binding", at: at("CreateLiveCallbackRule"), to: { bound: "events" } },
  { name: "an edit of a template", at: at("ModifyLiveCallbackTemplate"), to: { ...second, bound: "events" } },
  { name: "the change of a binding's template", at: inTheGap, to: { ...second, bound: "standby" } },
  { name: "the delete of a binding", at: at("DeleteLiveCallbackRule"), to: second },
  {
    name: "the delete of a template",
    at: at("DeleteLiveCallbackTemplate"),
    to: { ...second, templates: ["standby"] },
  },
];

const up = ["up", "--yes", "--skip-preview"];

type Moment = "hang" | "hangAfterCommit";

interface Death {
  name: string;
  /** Whether the service still executes the call at which the run is killed. */
  moment: Moment;
  die(cli: RunningProcess, action: string): Promise<void>;
  /** Whether the stack stays locked, and may have a pending operation. */
  locked: boolean;
  /** The number of changes in `npm test`. */
  quick: number;
}

const dieTogether = async (cli: RunningProcess) => {
  const left = killCli(cli);
  await end(left);
  expect((await cli.result).exitCode).toBe(-1);
};

const dieWithoutProvider = async (cli: RunningProcess) => {
  const providers = providersOf(cli);
  expect(providers).not.toEqual([]);
  for (const provider of providers) kill(provider);
  const { exitCode, output } = await cli.result;
  expect(exitCode, output).toBe(1);
  expect(output).toMatch(/EOF|connection/);
};

/** The provider outlives the CLI: it completes its calls, and then does nothing more. */
const outlived = async (cli: RunningProcess, action: string) => {
  const left = killCli(cli);
  account.emulator.clearFaults();
  await until(`${action} has succeeded`, () =>
    account.emulator.requests().some((call) => call.action === action && call.code === null),
  );
  await end(left);
  expect((await cli.result).exitCode).toBe(-1);
};

const deaths = {
  together: {
    name: "CLI and provider, before the service acted",
    moment: "hang",
    die: dieTogether,
    locked: true,
    quick: 1,
  },
  outlived: { name: "the CLI, outlived by its provider", moment: "hang", die: outlived, locked: true, quick: 0 },
  provider: {
    name: "the provider, after the service acted",
    moment: "hangAfterCommit",
    die: dieWithoutProvider,
    locked: false,
    quick: 1,
  },
} satisfies Record<string, Death>;

const onPatientStack = (prepare?: () => Promise<void>) =>
  onStack(() => ({ env: { TENCENTCLOUD_LVB_REQUEST_TIMEOUT: "10" } }), prepare);

/** Begins a run, and returns once the service has received the call that it won't answer. */
async function hanging<Run>(action: string, moment: Moment, begin: () => Run): Promise<Run> {
  account.emulator.clearRequests();
  account.emulator.addFaults([{ action, kind: moment }]);
  const run = begin();
  await until(`${action} hangs`, () =>
    account.emulator.requests().some((call) => call.action === action && call.code === `fault:${moment}`),
  );
  return run;
}

/** A run that is killed at a call. Only the state is left of it. */
async function dieAt(action: string, { moment, die, locked }: Death, ...args: string[]): Promise<void> {
  const cli = await hanging(action, moment, () => stack.start(...(args.length > 0 ? args : up)));
  await die(cli, action);
  account.emulator.clearFaults();
  if (locked) await stack.succeed("cancel", "--yes");
}

/** The pending operations in the state. */
async function pending(): Promise<unknown[]> {
  return stack.readState().deployment.pending_operations ?? [];
}

describe.each<Death>(Object.values(deaths).filter(({ quick }) => deep || quick > 0))("killed: $name", (death) => {
  onPatientStack(async () => {
    // The result of the changes before. Each change creates at most one object, so at most one operation is pending.
    const former = deep ? changes[death.quick - 1]?.to : undefined;
    stack.setProgram(declared(former ?? { templates: ["standby"] }));
    await stack.up();
  });

  test.each(some(changes, death.quick))("during $name, cancel and up complete it", async ({ name, at, to }) => {
    stack.setProgram(declared(to));
    await dieAt(at[death.moment], death);
    await stack.up();
    expect(account.ours()).toEqual(live(to));
    if (death.locked && name.startsWith("the create")) {
      expect(await pending()).toHaveLength(1);
      await stack.refresh("--clear-pending-creates");
    }
    expect(await pending()).toEqual([]);
    await expectNothingToDo(stack, account);
  });

  deepTest("during destroy, cancel and destroy complete it", async () => {
    await dieAt("DeleteLiveCallbackTemplate", death, "destroy", "--yes", "--skip-preview");
    await stack.destroy();
    expect(account.ours()).toEqual({ templates: [], rules: {} });
    expect(stack.readState().deployment.resources ?? []).toEqual([]);
  });
});

deepDescribe("killed, and the program changed since:", () => {
  onPatientStack(async () => {
    stack.setProgram(declared({ bound: "events" }));
    await stack.up();
  });

  const dieDuring = async (action: string, program: string) => {
    stack.setProgram(program);
    await dieAt(action, deaths.provider);
  };

  test("during an edit, up --refresh with the former program undoes it", async () => {
    await dieDuring("ModifyLiveCallbackTemplate", declared({ bound: "events", description: "Second" }));
    expect(account.ours().templates[0]?.Description).toBe("Second");
    stack.setProgram(declared({ bound: "events" }));
    await stack.up("--refresh");
    expect(account.ours()).toEqual(live({ bound: "events" }));
    await expectNothingToDo(stack, account);
  });

  test("during a change of template, up --refresh with the former program restores the former rule", async () => {
    await dieDuring("DeleteLiveCallbackRule", declared({ bound: "standby" }));
    expect(account.ours().rules).toEqual({});
    stack.setProgram(declared({ bound: "events" }));
    await stack.up("--refresh");
    expect(account.ours()).toEqual(live({ bound: "events" }));
    await expectNothingToDo(stack, account);
  });

  test("during a change of template, destroy removes everything", async () => {
    await dieDuring("DeleteLiveCallbackRule", declared({ bound: "standby" }));
    await stack.destroy();
    expect(account.ours()).toEqual({ templates: [], rules: {} });
  });

  const named = (description: string, option = "") =>
    program(`new lvb.CallbackTemplate("mine", {
      templateName: "mine", description: "${description}", streamBeginNotifyUrl: url,
    }, { ${option} });`);
  const mine = { TemplateName: "mine", Description: "First", StreamBeginNotifyUrl: url };

  test("during the create of an explicit name, up refuses the template with its id, and import completes it", async () => {
    await dieDuring("CreateLiveCallbackTemplate", named("First"));
    const id = account.idOf("mine");
    const refused = await stack.pulumi(...up);
    expect(refused.exitCode).toBe(1);
    expect(refused.output).toContain(`{ import: "${id}" }`);
    stack.setProgram(named("First", `import: "${id}"`));
    expect(await account.writes(() => stack.up())).toEqual([]);
    stack.setProgram(named("First"));
    await expectNothingToDo(stack, account);
    expect(account.ours()).toEqual({ templates: [mine], rules: {} });
    await stack.destroy();
  });

  test("during the create of an automatic name, up of an edited program refuses it with its id, and import completes it", async () => {
    await dieDuring("CreateLiveCallbackTemplate", declared({ templates: ["events"] }));
    const id = account.idOf("events-*");
    stack.setProgram(declared({ templates: ["events"], description: "Second" }));
    const refused = await stack.pulumi(...up);
    expect(refused.exitCode).toBe(1);
    expect(refused.output).toContain(`template ${id} has this name`);
    expect(refused.output).toContain("differs in description");
    stack.setProgram(declared({ templates: ["events"] }));
    await stack.up();
    expect(account.idOf("events-*")).toBe(id);
    await stack.destroy();
    expect(account.ours()).toEqual({ templates: [], rules: {} });
  });
});

describe("Ctrl-C", () => {
  onPatientStack();

  const begin = () => beginRun(stack, ...up);

  /** Waits between the two signals, and ends the processes that the second one leaves behind. */
  const interruptTwice = async ({ cli, said }: ReturnType<typeof begin>) => {
    const left = descendants(cli.pid);
    cli.signal("SIGINT");
    await said(/cancelling/);
    cli.signal("SIGINT");
    const { exitCode, output } = await cli.result;
    expect(exitCode, output).toBe(8);
    await end(left);
    account.emulator.clearFaults();
  };

  quickTest("once: the running call completes and is saved, nothing else begins, and up continues", async () => {
    stack.setProgram(declared({ bound: "events", templates: ["events"] }));
    const run = await hanging("CreateLiveCallbackTemplate", "hang", begin);
    run.cli.signal("SIGINT");
    await run.said(/cancelling/);
    account.emulator.clearFaults();
    expect((await run.cli.result).exitCode).toBe(1);
    expect(account.ours()).toEqual(live({ templates: ["events"] }));
    expect([...stack.resources("CallbackTemplate", "DomainTemplateBinding").keys()]).toEqual(["events"]);
    await stack.up();
    expect(account.ours()).toEqual(live({ bound: "events", templates: ["events"] }));
    await expectNothingToDo(stack, account);
  });

  deepTest("twice during a create: up, then refresh --clear-pending-creates complete it", async () => {
    stack.setProgram(declared({ bound: "events", templates: ["events"] }));
    await stack.up();
    stack.setProgram(declared({ bound: "events" }));
    await interruptTwice(await hanging("CreateLiveCallbackTemplate", "hangAfterCommit", begin));
    await stack.up();
    expect(account.ours()).toEqual(live({ bound: "events" }));
    expect(await pending()).toHaveLength(1);
    await stack.refresh("--clear-pending-creates");
    expect(await pending()).toEqual([]);
    await expectNothingToDo(stack, account);
  });

  deepTest("twice during a change of template: up completes it", async () => {
    stack.setProgram(declared({ bound: "events" }));
    await stack.up();
    stack.setProgram(declared({ bound: "standby" }));
    await interruptTwice(await hanging("CreateLiveCallbackRule", "hang", begin));
    expect(account.ours().rules).toEqual({});
    await stack.up();
    expect(account.ours()).toEqual(live({ bound: "standby" }));
    expect(await pending()).toEqual([]);
    await expectNothingToDo(stack, account);
  });

  const waiting = (description: string) =>
    declared({ bound: "standby", description }) +
    `new lvb.PropagationWait("effective", { changes: [events.propagation, standby.propagation] });`;

  // The plugin gets the Ctrl-C and ends a wait at once: test/e2e/plugin/yaml.test.ts.
  const classesTest: typeof deepTest = inject("e2e").host === "dynamic" ? deepTest : () => {};

  classesTest(
    "twice during a PropagationWait: up continues the wait, then refresh --clear-pending-creates completes it",
    async () => {
      stack.env.TENCENTCLOUD_LVB_PROPAGATION_SECONDS = "25";
      stack.setProgram(waiting("Second"));
      const run = begin();
      await run.said(/PropagationWait effective creating/);
      await interruptTwice(run);
      expect(account.ours()).toEqual(live({ bound: "standby", description: "Second" }));
      expect(await account.writes(() => stack.up())).toEqual([]);
      await stack.refresh("--clear-pending-creates");
      expect(await pending()).toEqual([]);
      await expectNothingToDo(stack, account);
    },
  );

  classesTest("once during a PropagationWait: the wait completes and is saved", async () => {
    stack.setProgram(waiting("Third"));
    const run = begin();
    await run.said(/PropagationWait effective updating/);
    run.cli.signal("SIGINT");
    const { exitCode, output } = await run.cli.result;
    expect(exitCode, output).toBe(1);
    expect(await pending()).toEqual([]);
    await expectNothingToDo(stack, account);
    await stack.destroy();
    expect(account.ours()).toEqual({ templates: [], rules: {} });
  });
});

deepDescribe("a run that fails after a replacement keeps the object, and the next one completes it, with", () => {
  interface Replaced {
    template?: string;
    binding?: string;
    late?: number;
  }

  /** A later resource fails. The engine deletes the replaced resources only if all others succeed. */
  const withLate = ({ template = "events", binding = "live", late = 0 }: Replaced) =>
    program(`
      const template = new lvb.CallbackTemplate("bound", { streamBeginNotifyUrl: url });
      const events = new lvb.CallbackTemplate("${template}", { templateName: "events", streamEndNotifyUrl: url },
        { import: process.env.IMPORTED_ID });
      const live = new lvb.DomainTemplateBinding("${binding}", {
        domainName: "push.example.com", appName: "live", templateId: template.templateId,
      });
      for (let i = 0; i < ${late}; i++) {
        new lvb.CallbackTemplate("late" + i, { streamBeginNotifyUrl: url }, { dependsOn: [events, live] });
      }
    `);

  let late = 0;

  onPatientStack(async () => {
    stack.setProgram(withLate({}));
    await stack.up();
  });

  /** The first run fails after the replacement and before the deletions. The second completes it. */
  const failThenGoOn = async (replaced: Replaced, ...args: string[]) => {
    stack.setProgram(withLate({ ...replaced, late: ++late }));
    account.emulator.addFaults([{ action: "CreateLiveCallbackTemplate", kind: "code", code: "FailedOperation" }]);
    const { exitCode, output } = await stack.pulumi(...up, ...args);
    expect(exitCode, output).toBe(1);
    return account.writes(() => stack.up());
  };

  const asDeclared = () => ({
    rules: { "push.example.com/live": "bound-*" },
    templates: expect.arrayContaining([
      expect.objectContaining({ TemplateName: "events" }),
      expect.objectContaining({ TemplateName: "bound-*" }),
    ]),
  });

  test("--replace of a binding", async () => {
    expect(await failThenGoOn({}, "--replace", "**::live")).toEqual(["CreateLiveCallbackTemplate"]);
    expect(account.ours()).toMatchObject(asDeclared());
    await expectNothingToDo(stack, account);
  });

  test("state taint of a binding", async () => {
    const { urn = "" } = stack.resources().get("live") ?? {};
    await stack.succeed("state", "taint", urn, "--yes");
    expect(await failThenGoOn({})).toEqual(["CreateLiveCallbackTemplate"]);
    expect(account.ours()).toMatchObject(asDeclared());
    await expectNothingToDo(stack, account);
  });

  test("a rename of a binding and of an imported template, without aliases", async () => {
    stack.env.IMPORTED_ID = String(account.idOf("events"));
    expect(await failThenGoOn({ binding: "live2", template: "events2" })).toEqual(["CreateLiveCallbackTemplate"]);
    expect(account.ours()).toMatchObject(asDeclared());
    await expectNothingToDo(stack, account);
    await stack.refresh("--expect-no-changes");
  });

  test("a destroy, which still removes everything", async () => {
    await stack.destroy();
    expect(account.ours()).toEqual({ templates: [], rules: {} });
  });
});
