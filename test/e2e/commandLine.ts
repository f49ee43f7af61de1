// Runs the command of the installed package, as `npx` does, in the environment of a stack.
import { join } from "node:path";
import { expect, inject } from "vitest";
import { type RunningProcess, type RunResult, start } from "../../tools/pulumi-cli/process.mts";
import type { Stack } from "./harness.ts";

export interface CommandOptions {
  /** Default: the stack's project. */
  cwd?: string;
  /** Added to the stack's environment; undefined removes a variable. */
  env?: Record<string, string | undefined>;
  /** Receives both streams as they arrive. */
  onOutput?: (text: string) => void;
}

/** Starts the command without a terminal, to watch or interrupt it. */
export function startCommand(stack: Stack, args: readonly string[], options: CommandOptions = {}): RunningProcess {
  const script = join(inject("e2e").nodeModules, "pulumi-tencentcloud-lvb/dist/cli/index.js");
  const { cwd = stack.project, env, onOutput } = options;
  return start(process.execPath, [script, ...args], {
    cwd,
    env: { ...stack.env, ...env },
    timeoutMs: 280_000,
    ...(onOutput && { onOutput }),
  });
}

/** Runs the command, whatever the exit code. */
export function command(stack: Stack, args: readonly string[], options: CommandOptions = {}): Promise<RunResult> {
  return startCommand(stack, args, options).result;
}

/** Runs the command with `--json`, and returns its only document. */
export async function jsonOf<Document>(
  stack: Stack,
  args: readonly string[],
  options: CommandOptions & { exitCode?: number } = {},
): Promise<Document> {
  const result = await command(stack, [...args, "--json"], options);
  expect(result.exitCode, result.output).toBe(options.exitCode ?? 0);
  return JSON.parse(result.stdout);
}

/** The output must have no escape sequences, and nothing that looks like a bug. */
export function expectPlain({ output }: RunResult): void {
  expect(output).not.toContain("\u001b");
  expect(output).not.toMatch(/\n\s+at /);
  expect(output).not.toMatch(/\bundefined\b|\bNaN\b|\[object /);
}

/** The command must fail with this exit code, and one line that says why. */
export function expectError(result: RunResult, exitCode: number, says: RegExp): void {
  expect(result.exitCode, result.output).toBe(exitCode);
  expect(result.stderr.match(/^error: .*$/gm), result.output).toEqual([expect.stringMatching(says)]);
  expectPlain(result);
}
