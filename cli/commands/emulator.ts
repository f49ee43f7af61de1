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
    .option("--state <FILE>", "keep the state in this file; an existing file overrides --domain")
    .option("--secret-id <ID>", "the SecretId that it accepts", "emulator-id")
    .option("--secret-key <KEY>", "the SecretKey that it accepts", defaultKey)
    .option("--account-id <N>", "the account id that it reports", "100000000001")
    .option("--domain <NAME>", "a push domain of the account; can be repeated (default: push.example.com)", append)
    .addOption(new Option("--latency <MS>", "how long each call takes").argParser(amount).default(0))
    .addOption(
      new Option("--propagation <SECONDS>", "how long a change takes until streams see it")
        .argParser(propagation)
        .default(defaultPropagationSeconds),
    )
    .addOption(
      new Option("--dialects <FILE>", "behave like the account that `probe --out` wrote to this file")
        .argParser(dialectsOf)
        .default({}, "none"),
    )
    .addOption(
      new Option("--dialect <NAME=VALUE>", "how to behave where the API is not documented; can be repeated")
        .argParser(dialect)
        .default({}, "see below"),
    )
    .option("--open", "show its page in a browser")
    .addHelpText("after", `\nDialects, the default in brackets:\n${dialectHelp()}`)
    .action(run);
}

async function run(options: Options): Promise<void> {
  // No other command needs it.
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
  // Ends at once, even during a call: everything is already saved.
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => process.exit(0));
  }
  const keyIsShown = options.secretKey === defaultKey;
  process.stdout.write(
    `LVB emulator listening on ${emulator.url}\n` +
      "To use it:\n" +
      `  export ${exported(emulator.url, options, keyIsShown)}\n` +
      // The user's own key may be in use elsewhere, so it is not printed.
      (keyIsShown ? "" : "Export TENCENTCLOUD_SECRET_KEY too, with the key you passed.\n") +
      `Look inside: ${emulator.url}/ in a browser, or /_emulator/state and /_emulator/requests\n`,
  );
  if (options.open) {
    openBrowser(emulator.url, () =>
      process.stderr.write(`No browser could be started.\nNext: open ${emulator.url}/\n`),
    );
  }
}

/**
 * The options that the Pulumi program needs, as shell assignments. It gets the account id from the emulator, and the
 * domains are in the program.
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

/** The provider accepts no longer window (docs/propagation.md). */
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
