import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { InvalidArgumentError, Option } from "commander";
import { type Dialects, dialects, readDialects, UsageError } from "../../emulator";
import { messageOf } from "../../provider/live/errors";
import { defaultPropagationSeconds } from "../../provider/propagation";
import { openBrowser } from "../browser";
import { CommandFailure, exitCodes } from "../failure";
import { amount, append, port } from "../optionValues";

interface Options {
  port: number;
  state?: string;
  secretId: string;
  secretKey: string;
  accountId: string;
  domain?: string[];
  latency: number;
  propagation: number;
  dialects: Partial<Dialects>;
  dialect: Partial<Dialects>;
  open?: boolean;
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
        .argParser(propagation)
        .default(defaultPropagationSeconds),
    )
    .addOption(
      new Option("--dialects <FILE>", "behave as the account of which `probe --out` wrote this file")
        .argParser(dialectsOf)
        .default({}, ""),
    )
    .addOption(
      new Option("--dialect <NAME=VALUE>", "how to behave where the API is not documented, may be repeated")
        .argParser(dialect)
        .default({}, "see below"),
    )
    .option("--open", "show its page in a browser")
    .addHelpText("after", `\nDialects, the default in brackets:\n${dialectHelp()}`)
    .action(run);
}

async function run(options: Options): Promise<void> {
  // Every other command does without it.
  const { startEmulator } = await import("../../emulator/index.js");
  const emulator = await startEmulator({
    port: options.port,
    secretId: options.secretId,
    secretKey: options.secretKey,
    accountId: options.accountId,
    domains: options.domain,
    latency: options.latency,
    propagation: options.propagation,
    stateFile: options.state,
    dialects: { ...options.dialects, ...options.dialect },
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
  const keyIsShown = options.secretKey === defaultKey;
  process.stdout.write(
    `LVB emulator listening on ${emulator.url}\n` +
      "To use it:\n" +
      `  export ${exported(emulator.url, options, keyIsShown)}\n` +
      // A key of one's own may be one that is used elsewhere.
      (keyIsShown ? "" : "Export TENCENTCLOUD_SECRET_KEY too, with the key that you gave.\n") +
      `Look inside: ${emulator.url}/ in a browser, or /_emulator/state and /_emulator/requests\n`,
  );
  if (options.open) {
    openBrowser(emulator.url, () =>
      process.stderr.write(`No browser could be started.\nNext: open ${emulator.url}/\n`),
    );
  }
}

/**
 * What the program's side must know of the options, as a shell takes it. It learns the account id from the emulator,
 * and the domains are in the program.
 */
function exported(url: string, { secretId, secretKey, propagation }: Options, withKey: boolean): string {
  const variables = {
    TENCENTCLOUD_LVB_ENDPOINT: url,
    TENCENTCLOUD_SECRET_ID: secretId,
    ...(withKey && { TENCENTCLOUD_SECRET_KEY: secretKey }),
    ...(propagation !== defaultPropagationSeconds && { TENCENTCLOUD_LVB_PROPAGATION_SECONDS: String(propagation) }),
  };
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${shellWord(value)}`)
    .join(" ");
}

function shellWord(text: string): string {
  return /^[\w:/.-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The program's side accepts no longer window (docs/propagation.md). */
function propagation(text: string): number {
  const seconds = amount(text);
  if (seconds > 86_400) throw new InvalidArgumentError("It must be at most 86400.");
  return seconds;
}

function dialectsOf(file: string): Partial<Dialects> {
  try {
    const content: unknown = JSON.parse(readFileSync(file, "utf8"));
    return readDialects({ ...(content as object) });
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error));
  }
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
