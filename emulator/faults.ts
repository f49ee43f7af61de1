// Injected failures. Each applies to the next calls of its action, in the order in which they were added.

/**
 * - `refuse`: not executed; the connection is closed without an answer, which is as close to a refused connection as a
 *   listening server gets
 * - `resetBefore`: not executed; the connection is reset (RST)
 * - `resetAfterCommit`: executed, then reset
 * - `hang`: not executed, never answered; `hangAfterCommit`: executed, never answered
 * - `truncate`: executed; half of the announced body, then the connection ends
 * - `html`: not executed; status 200 with an HTML page; `empty`: not executed; status 200 without a body
 */
export const plainFaultKinds = [
  "refuse",
  "resetBefore",
  "resetAfterCommit",
  "hang",
  "hangAfterCommit",
  "truncate",
  "html",
  "empty",
] as const;

/** A failure without further settings. */
export type PlainFaultKind = (typeof plainFaultKinds)[number];

interface FaultScope {
  /** The action that fails; `*` for any. */
  action: string;
  /** How many calls fail. Default: 1. */
  times?: number | undefined;
}

/**
 * An injected failure. `code` answers with that error code, `http5xx` with that status (503), `redirect` with a 307.
 * `alter` executes the call, and then changes each member of that name in the answer, or adds one if there is none: for
 * unexpected answers.
 */
export type Fault = FaultScope &
  (
    | { kind: PlainFaultKind }
    | { kind: "code"; code: string }
    | { kind: "http5xx"; code?: number | undefined }
    | { kind: "redirect"; location: string }
    | { kind: "alter"; field: string; value: unknown }
  );

/** @internal */
export class Faults {
  #waiting: { fault: Fault; left: number }[] = [];

  add(faults: readonly Fault[]): void {
    this.#waiting.push(...faults.map((fault) => ({ fault, left: fault.times ?? 1 })));
  }

  /** The remaining faults, each with its remaining number of calls. */
  list(): Fault[] {
    return this.#waiting.map(({ fault, left }) => ({ ...fault, times: left }));
  }

  clear(): void {
    this.#waiting = [];
  }

  /** The fault for this call; counts the call. */
  take(action: string): Fault | undefined {
    const entry = this.#waiting.find(({ fault }) => fault.action === action || fault.action === "*");
    if (entry === undefined) {
      return undefined;
    }
    entry.left -= 1;
    this.#waiting = this.#waiting.filter(({ left }) => left > 0);
    return entry.fault;
  }
}

/** The answer with a changed value in each field of that name, or with a new field. @internal */
export function alter(
  answer: Readonly<Record<string, unknown>>,
  field: string,
  value: unknown,
): Record<string, unknown> {
  const text = JSON.stringify(answer);
  const altered: Record<string, unknown> = JSON.parse(text, (name, old: unknown) => (name === field ? value : old));
  return JSON.stringify(altered) === text ? { ...altered, [field]: value } : altered;
}
