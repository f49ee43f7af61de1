#!/usr/bin/env node
import { Command, CommanderError, Option } from "commander";
import { messageOf } from "../provider/live/errors";
import { addEmulatorCommand } from "./commands/emulator";
import { CommandFailure, exitCodes } from "./failure";
import { endOnInterrupt } from "./interruption";
import { append, milliseconds } from "./optionValues";
import { ownPackage } from "./ownPackage";

const program = new Command("pulumi-tencentcloud-lvb")
  .description("commands for Tencent Cloud LVB callback templates and bindings that Pulumi manages")
  .version(ownPackage.version)
  .showSuggestionAfterError()
  .exitOverride()
  .configureHelp({ showGlobalOptions: true })
  .addHelpText(
    "after",
    "\nExit codes: 0 done, 1 failure, 2 wrong command line, 3 timed out, 4 something found (drift, unmanaged objects, obstacles), 130 interrupted.",
  );

const cwd = () => new Option("-C, --cwd <DIR>", "run as if started in this folder").default(".");
const stack = () => new Option("-s, --stack <NAME>", "the stack (default: the selected stack)");
const stacks = () =>
  new Option("-s, --stack <NAME>", "a stack; can be repeated").argParser(append).default([], "the selected stack");
const json = () => new Option("--json", "print one JSON document (described in docs/cli.md)").default(false);
const yes = () => new Option("-y, --yes", "don't ask for confirmation").default(false);

program
  .command("status")
  .description("show the propagation of each resource of the stack")
  .addOption(stack())
  .addOption(cwd())
  .addOption(json())
  .addHelpText("after", examples("status", "status --stack prod --json"))
  .action(async (options) => (await import("./commands/status.js")).status(options));

program
  .command("wait")
  .description("wait until everything in the stack is in effect")
  .addOption(new Option("--timeout <TIME>", "give up after this time, such as 90s, 15m or 1h").argParser(milliseconds))
  .addOption(
    new Option("--verify", "at the end, check whether someone changed the account in the meantime").default(false),
  )
  .addOption(stack())
  .addOption(cwd())
  .addOption(json())
  .addHelpText("after", examples("wait", "wait --stack prod --timeout 15m --verify"))
  .action(async (options) => (await import("./commands/wait.js")).wait(options));

program
  .command("verify")
  .description("check each binding from the rule to the receiver: show what is proved, and any obstacle")
  .argument("[bindings...]", "push domains, or DOMAIN/APP (default: all bindings of the stack)")
  .addOption(new Option("-v, --verbose", "show all five stages of each binding").default(false))
  .addOption(new Option("--require-delivery", "wait until each binding has delivered").default(false))
  .addOption(
    new Option("--timeout <TIME>", "with --require-delivery: give up after this time (default: 20m)").argParser(
      milliseconds,
    ),
  )
  .addOption(stack())
  .addOption(cwd())
  .addOption(json())
  .addHelpText(
    "after",
    examples("verify", "verify push.example.com/live --verbose", "verify --require-delivery --timeout 15m"),
  )
  .action(async (bindings, options) => (await import("./commands/verify.js")).verify(bindings, options));

program
  .command("trigger")
  .description("send one sample event to a receiver, signed like LVB's events, and show the answer")
  .argument("[event]", "the name or number of the event; --list shows all")
  .argument("[binding]", "DOMAIN/APP or DOMAIN: send with the URL and the key of the template bound there")
  .addOption(new Option("--url <URL>", "send it to this URL instead, signed with LVB_CALLBACK_KEY if that is set"))
  .addOption(
    new Option("--set <FIELD=VALUE>", "set a field of the event; can be repeated")
      .argParser(append)
      .default([], "none"),
  )
  .addOption(new Option("--list", "show all events").default(false))
  .addOption(
    new Option("--timeout <TIME>", "how long the receiver may take").argParser(milliseconds).default(20_000, "20s"),
  )
  .addOption(yes())
  .addOption(stack())
  .addOption(cwd())
  .addOption(json())
  .addHelpText(
    "after",
    examples("trigger stream-begin push.example.com/live", "trigger snapshot --url http://127.0.0.1:3000/ --yes"),
  )
  .action(async (event, binding, options) => (await import("./commands/trigger.js")).trigger(event, binding, options));

program
  .command("list")
  .description("compare the whole account with one or more stacks: managed, drifted, missing, unmanaged, orphaned")
  .addOption(new Option("--fail-on-drift", "exit with 4 if something is drifted or missing").default(false))
  .addOption(new Option("--fail-on-unmanaged", "exit with 4 if something is unmanaged or orphaned").default(false))
  .addOption(stacks())
  .addOption(cwd())
  .addOption(json())
  .addHelpText("after", examples("list", "list --stack prod --stack staging --fail-on-unmanaged"))
  .action(async (options) => (await import("./commands/list.js")).list(options));

program
  .command("import")
  .description("import templates and rules of the account into a stack, and write a program that declares them")
  .addOption(new Option("--out <DIR>", "the project to write to; created if it doesn't exist"))
  .addOption(new Option("--domain <GLOB>", "only rules of these push domains; can be repeated").argParser(append))
  .addOption(new Option("--app <GLOB>", "only rules of these apps; can be repeated").argParser(append))
  .addOption(new Option("--name <GLOB>", "only templates with these names; can be repeated").argParser(append))
  .addOption(new Option("--template <ID>", "only templates with these ids; can be repeated").argParser(append))
  .addOption(new Option("--dry-run", "show the plan and the program, and change nothing").default(false))
  .addOption(yes())
  .addOption(stack())
  .addOption(cwd())
  .addOption(json())
  .addHelpText(
    "after",
    `${examples("import --dry-run", "import --out live-callbacks --stack prod", "import --domain '*.example.com' --yes")}
Importing a rule also imports its template. Nothing is written to the account.`,
  )
  .action(async (options) => (await import("./commands/import.js")).importAccount(options));

program
  .command("unbind")
  .description("remove a rule that no stack manages, even the rule of a single app, which the console can't remove")
  .argument("<domain>", "the push domain")
  .argument("[app]", "the AppName; optional if the domain has only one rule")
  .addOption(yes())
  .addOption(
    new Option("-s, --stack <NAME>", "check this stack; can be repeated")
      .argParser(append)
      .default([], "all stacks of the project"),
  )
  .addOption(cwd())
  .addOption(json())
  .addHelpText("after", examples("unbind push.example.com live", 'unbind push.example.com "" --yes'))
  .action(async (domain, app, options) => (await import("./commands/unbind.js")).unbind(domain, app, options));

program
  .command("doctor")
  .description("check everything that a deployment needs, and show how to fix what is missing")
  .addOption(stack())
  .addOption(cwd())
  .addOption(json())
  .addHelpText("after", examples("doctor", "doctor --stack prod --json"))
  .action(async (options) => (await import("./commands/doctor.js")).doctor(options));

program
  .command("probe")
  .description(
    "find out how an account behaves where the API is not documented, with test objects that it removes again",
  )
  .addOption(new Option("--domain <NAME>", "a push domain of the account, for experiments that need a rule"))
  .addOption(new Option("--whole-domain", "also bind a template to the whole domain, for a moment").default(false))
  .addOption(
    new Option("--url <URL>", "the callback URL of the templates; its host must resolve").default(
      "https://example.com/lvb-probe",
    ),
  )
  .addOption(new Option("--out <FILE>", "write the results to this file, for `emulator --dialects`"))
  .addOption(new Option("--sweep", "only remove the test objects that interrupted runs have left").default(false))
  .addOption(yes())
  .addOption(new Option("-s, --stack <NAME>", "use the credentials of this stack (default: those of the environment)"))
  .addOption(cwd())
  .addOption(json())
  .addHelpText("after", examples("probe --domain push.example.com --out account.lvb.json", "probe --sweep"))
  .action(async (options) => (await import("./commands/probe.js")).probe(options));

addEmulatorCommand(program);

// The reader of a pipe, such as `head`, may close it early.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});
// Without a reader, or after the terminal is gone, a command still has to end and clean up.
process.stderr.on("error", () => {});
// The emulator handles signals itself: for it they are a normal end.
program.hook("preAction", (_program, command) => {
  if (command.name() !== "emulator") endOnInterrupt();
});
program.parseAsync().catch((error: unknown) => {
  if (error instanceof CommanderError) {
    // Commander has already printed the error. It exits with 1 for a wrong command line; we use 1 for a failed run.
    process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage;
  } else {
    process.stderr.write(`error: ${messageOf(error)}\n`);
    process.exitCode = error instanceof CommandFailure ? error.exitCode : exitCodes.failure;
  }
});

function examples(...commands: string[]): string {
  return `\nExamples:\n${commands.map((command) => `  pulumi-tencentcloud-lvb ${command}`).join("\n")}\n`;
}
