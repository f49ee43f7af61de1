import type { Command } from "commander";
import { InvalidArgumentError, Option } from "commander";
import { type Dialects, dialects, readDialects } from "../emulator/dialects";
import { UsageError } from "../emulator/errors";
import { CommandFailure, exitCodes } from "./failure";
import { amount, append, port } from "./optionValues";

interface Options {
  port: number;
  state?: string;
  secretId: string;
  secretKey: string;
  accountId: string;
  domain?: string[];
  latency: number;
  propagation: number;
  dialect: Partial<Dialects>;
}

const defaultKey = "emulator-key";

export function addEmulatorCommand(program: Command): void {
  program
    .command("emulator")
    .description("run a local stand-in for the LVB callback API")
    .addOption(new Option("--port <N>", "where to listen; 0 picks a free port").argParser(port).default(0))
    .option("--state <FILE>", "keep the state in this file; if it is there, the domains in it count")
    .option("--secret-id <ID>", "the credentials it accepts", "emulator-id")
    .option("--secret-key <KEY>", "the key of that id", defaultKey)
    .option("--account-id <N>", "the account it stands for", "100000000001")
    .option("--domain <NAME>", "a push domain of the account, may be repeated (default: push.example.com)", append)
    .addOption(new Option("--latency <MS>", "how long each call takes").argParser(amount).default(0))
    .addOption(
      new Option("--propagation <SECONDS>", "how long a change takes until streams see it")
        .argParser(amount)
        .default(600),
    )
    .addOption(
      new Option("--dialect <NAME=VALUE>", "how to behave where the API is not documented, may be repeated")
        .argParser(dialect)
        .default({}, "see below"),
    )
    .addHelpText("after", `\nDialects, the default in brackets:\n${dialectHelp()}`)
    .action(run);
}

async function run(options: Options): Promise<void> {
  // Every other command does without it.
  const { startEmulator } = await import("../emulator/index.js");
  const emulator = await startEmulator({
    port: options.port,
    secretId: options.secretId,
    secretKey: options.secretKey,
    accountId: options.accountId,
    domains: options.domain,
    latency: options.latency,
    propagation: options.propagation,
    stateFile: options.state,
    dialects: options.dialect,
  }).catch((error: unknown) => {
    if (error instanceof UsageError) throw new CommandFailure(error.message, exitCodes.usage);
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") {
      throw new CommandFailure(`port ${options.port} is in use; --port 0 picks a free one`);
    }
    throw error;
  });
  // At once, also with calls under way: there is nothing to save that is not saved.
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => process.exit(0));
  }
  const key = options.secretKey === defaultKey ? defaultKey : "<the key you gave>";
  process.stdout.write(
    `LVB emulator listening on ${emulator.url}\n` +
      "To use it:\n" +
      `  export TENCENTCLOUD_LVB_ENDPOINT=${emulator.url} TENCENTCLOUD_SECRET_ID=${options.secretId} TENCENTCLOUD_SECRET_KEY=${key}\n` +
      `Look inside: ${emulator.url}/_emulator/state and /_emulator/requests\n`,
  );
}

function dialect(text: string, former: Partial<Dialects>): Partial<Dialects> {
  const at = text.indexOf("=");
  if (at < 1) {
    throw new InvalidArgumentError("It must be NAME=VALUE.");
  }
  try {
    return { ...former, ...readDialects({ [text.slice(0, at)]: text.slice(at + 1) }) };
  } catch (error) {
    throw error instanceof UsageError ? new InvalidArgumentError(error.message) : error;
  }
}

function dialectHelp(): string {
  return Object.entries(dialects)
    .map(([name, { values, default: value, meaning }]) => {
      const allowed = values
        ? values.map((one) => (one === value ? `[${one}]` : one)).join(" | ")
        : `a number [${value}]`;
      return `  ${name}: ${meaning}\n      ${allowed}`;
    })
    .join("\n");
}
