/** How a command fails. */

/** Exit codes of every command, documented in docs/cli.md. */
export const exitCodes = { failure: 1, usage: 2, timedOut: 3, found: 4, interrupted: 130 } as const;

/** Ends a command with one message for the user and no stack trace. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  readonly exitCode: number;

  constructor(message: string, exitCode: number = exitCodes.failure) {
    super(message);
    this.exitCode = exitCode;
  }
}
