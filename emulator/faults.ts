// Failures on order: each is used up by the calls of its action, in the order in which they were added.

/**
 * - `refuse`: the connection is closed before anything is answered, nothing is done – as near to a refused connection
 *   as a listening server can
 * - `resetBefore`: reset (RST) before anything is done
 * - `resetAfterCommit`: carried out, then reset
 * - `hang`: never answered, nothing is done; `hangAfterCommit`: carried out, never answered
 * - `truncate`: carried out; half of the announced body, then the end of the connection
 * - `html`: status 200 with a page of HTML, nothing is done; `empty`: status 200 without a body, nothing is done
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

/** One of those: a failure that needs no more words. */
export type PlainFaultKind = (typeof plainFaultKinds)[number];

interface FaultScope {
  /** The action it concerns; `*` for any. */
  action: string;
  /** How many calls it concerns; 1 if left out. */
  times?: number | undefined;
}

/**
 * A failure on order. `code` answers with that error code, `http5xx` with that status (503), `redirect` with a 307.
 * `alter` is carried out, and then the answer has another value in each member of that name, which gets a new member if
 * it has none: what a service does that nobody foresaw.
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

  /** Those that wait for a call, with how many calls they still concern. */
  list(): Fault[] {
    return this.#waiting.map(({ fault, left }) => ({ ...fault, times: left }));
  }

  clear(): void {
    this.#waiting = [];
  }

  /** The fault that this call meets, used up by it. */
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

/** The answer with another value wherever it has the field, or with a new field. @internal */
export function alter(
  answer: Readonly<Record<string, unknown>>,
  field: string,
  value: unknown,
): Record<string, unknown> {
  const text = JSON.stringify(answer);
  const altered: Record<string, unknown> = JSON.parse(text, (name, old: unknown) => (name === field ? value : old));
  return JSON.stringify(altered) === text ? { ...altered, [field]: value } : altered;
}
