#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { addEmulatorCommand } from "./emulator";

const program = new Command("pulumi-tencentcloud-lvb")
  .description("Tencent Cloud LVB callback templates and bindings, beside Pulumi")
  .showSuggestionAfterError()
  .exitOverride();

addEmulatorCommand(program);

program.parseAsync().catch((error: unknown) => {
  if (error instanceof CommanderError) {
    // Commander has already said it. Its own exit code for a wrong command line is 1, which is ours for a failed run.
    const ours = error.code === "commander.error";
    process.exitCode = ours || error.exitCode === 0 ? error.exitCode : 2;
  } else {
    process.stderr.write(`error: ${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
});
