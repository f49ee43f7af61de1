#!/usr/bin/env node
import { Command, CommanderError, Option } from "commander";
import { messageOf } from "../provider/live/errors";
import { addEmulatorCommand } from "./commands/emulator";
import { CommandFailure, exitCodes } from "./failure";
import { endOnInterrupt } from "./interruption";
import { append, milliseconds } from "./optionValues";
import { ownPackage } from "./ownPackage";

const program = new Command("pulumi-tencentcloud-lvb")
  .description("Tencent Cloud LVB callback templates and bindings, beside Pulumi")
  .version(ownPackage.version)
  .showSuggestionAfterError()
  .exitOverride()
  .configureHelp({ showGlobalOptions: true })
  .addHelpText(
    "after",
    "\nExit codes: 0 done, 1 failure, 2 wrong command line, 3 timed out, 4 something found (drift, unmanaged objects, obstacles), 130 interrupted.",
  );

const cwd = () => new Option("-C, --cwd <DIR>", "run as if started in this folder").default(".");
const stack = () => new Option("-s, --stack <NAME>", "the stack; without it the one that Pulumi has selected");
const stacks = () => new Option("-s, --stack <NAME>", "a stack, may be repeated").argParser(append).default([], "");
const json = () => new Option("--json", "print one JSON document, as docs/cli.md describes").default(false);
const yes = () => new Option("-y, --yes", "do not ask").default(false);

program
  .command("status")
  .description("where each resource of the stack stands in its propagation window")
  .addOption(stack())
  .addOption(cwd())
  .addOption(json())
  .addHelpText("after", examples("status", "status --stack prod --json"))
  .action(async (options) => (await import("./commands/status.js")).status(options));

program
  .command("wait")
  .description("wait until everything in the stack is in effect")
  .addOption(new Option("--timeout <TIME>", "give up after this time, such as 90s, 15m or 1h").argParser(milliseconds))
  .addOption(new Option("--verify", "at the end, see whether someone changed the account meanwhile").default(false))
  .addOption(stack())
  .addOption(cwd())
  .addOption(json())
  .addHelpText("after", examples("wait", "wait --stack prod --timeout 15m --verify"))
  .action(async (options) => (await import("./commands/wait.js")).wait(options));

program
  .command("verify")
  .description("for each binding, what is proved and what stands in the way, from the rule to the receiver")
  .argument("[bindings...]", "push domains, or DOMAIN/APP; without any all of the stack")
  .addOption(new Option("-v, --verbose", "show all five stages of each binding").default(false))
  .addOption(new Option("--require-delivery", "wait until each binding has delivered").default(false))
  .addOption(
    new Option("--timeout <TIME>", "with --require-delivery: give up after this time (20m)").argParser(milliseconds),
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
  .description("send one sample event to a receiver, signed as LVB signs it, and show the answer")
  .argument("[event]", "its name or number, as --list shows them")
  .argument("[binding]", "DOMAIN/APP or DOMAIN: the URL and the key of the template that is bound there")
  .addOption(new Option("--url <URL>", "send it there instead, signed with LVB_CALLBACK_KEY if that is set"))
  .addOption(
    new Option("--set <FIELD=VALUE>", "another value of a field of the event, may be repeated")
      .argParser(append)
      .default([], ""),
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
  .description("the whole account against one stack or several: managed, drifted, missing, unmanaged, orphaned")
  .addOption(new Option("--fail-on-drift", "exit with 4 if something is drifted or missing").default(false))
  .addOption(new Option("--fail-on-unmanaged", "exit with 4 if something is unmanaged or orphaned").default(false))
  .addOption(stacks())
  .addOption(cwd())
  .addOption(json())
  .addHelpText("after", examples("list", "list --stack prod --stack staging --fail-on-unmanaged"))
  .action(async (options) => (await import("./commands/list.js")).list(options));

program
  .command("import")
  .description("import templates and rules of the account into a stack, with a program that declares them")
  .addOption(new Option("--out <DIR>", "the project to write to; made if there is none"))
  .addOption(new Option("--domain <GLOB>", "only rules of these push domains, may be repeated").argParser(append))
  .addOption(new Option("--app <GLOB>", "only rules of these apps, may be repeated").argParser(append))
  .addOption(new Option("--name <GLOB>", "only templates of these names, may be repeated").argParser(append))
  .addOption(new Option("--template <ID>", "only templates of these ids, may be repeated").argParser(append))
  .addOption(new Option("--dry-run", "show program and plan, and change nothing").default(false))
  .addOption(yes())
  .addOption(stack())
  .addOption(cwd())
  .addOption(json())
  .addHelpText(
    "after",
    `${examples("import --dry-run", "import --out live-callbacks --stack prod", "import --domain '*.example.com' --yes")}
A rule brings its template along. Nothing is written to the account.`,
  )
  .action(async (options) => (await import("./commands/import.js")).importAccount(options));

program
  .command("unbind")
  .description("remove a rule that no stack manages, which the console cannot do below the domain level")
  .argument("<domain>", "the push domain")
  .argument("[app]", "the AppName; may be left out if the domain has one rule")
  .addOption(yes())
  .addOption(
    new Option("-s, --stack <NAME>", "ask this stack, may be repeated; without it all of the project")
      .argParser(append)
      .default([], ""),
  )
  .addOption(cwd())
  .addOption(json())
  .addHelpText("after", examples("unbind push.example.com live", 'unbind push.example.com "" --yes'))
  .action(async (domain, app, options) => (await import("./commands/unbind.js")).unbind(domain, app, options));

program
  .command("doctor")
  .description("check everything that a deployment needs, and say what to do about what is missing")
  .addOption(stack())
  .addOption(cwd())
  .addOption(json())
  .addHelpText("after", examples("doctor", "doctor --stack prod --json"))
  .action(async (options) => (await import("./commands/doctor.js")).doctor(options));

program
  .command("probe")
  .description(
    "find out how an account behaves where the API is not documented, with objects of its own that it removes",
  )
  .addOption(new Option("--domain <NAME>", "a push domain of the account, for what only rules can tell"))
  .addOption(new Option("--whole-domain", "also bind a template to the whole domain, for a moment").default(false))
  .addOption(
    new Option("--url <URL>", "the callback URL of the templates; its host must resolve").default(
      "https://example.com/lvb-probe",
    ),
  )
  .addOption(new Option("--out <FILE>", "write what was found there, for `emulator --dialects`"))
  .addOption(new Option("--sweep", "only remove what runs that were killed have left").default(false))
  .addOption(yes())
  .addOption(new Option("-s, --stack <NAME>", "use the credentials of this stack; without it those of the environment"))
  .addOption(cwd())
  .addOption(json())
  .addHelpText("after", examples("probe --domain push.example.com --out account.lvb.json", "probe --sweep"))
  .action(async (options) => (await import("./commands/probe.js")).probe(options));

addEmulatorCommand(program);

// `… | head` has seen enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});
// The emulator has an end of its own, which is no interruption.
program.hook("preAction", (_program, command) => {
  if (command.name() !== "emulator") endOnInterrupt();
});
program.parseAsync().catch((error: unknown) => {
  if (error instanceof CommanderError) {
    // Commander has already said it. Its own exit code for a wrong command line is 1, which is ours for a failed run.
    process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage;
  } else {
    process.stderr.write(`error: ${messageOf(error)}\n`);
    process.exitCode = error instanceof CommandFailure ? error.exitCode : exitCodes.failure;
  }
});

function examples(...commands: string[]): string {
  return `\nExamples:\n${commands.map((command) => `  pulumi-tencentcloud-lvb ${command}`).join("\n")}\n`;
}
