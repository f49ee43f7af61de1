// The log of API calls. It never contains secrets.

/** A call of the API. */
export interface RequestLogEntry {
  /** ISO 8601, UTC. */
  time: string;
  action: string;
  /** The parameters as sent; a callback key is "***". */
  parameters: Record<string, unknown>;
  /** The error code of the answer, `fault:<kind>` for an injected fault, null for success. */
  code: string | null;
}

/** @internal */
export class RequestLog {
  #entries: RequestLogEntry[] = [];
  #gone = 0;

  /** The number of the call among all calls since the start, including cleared ones. */
  get count(): number {
    return this.#gone + this.#entries.length;
  }

  /** How many of them were cleared. */
  get gone(): number {
    return this.#gone;
  }

  /** The calls after the first `number` ones, at most the newest `most`, in order. */
  after(number: number, most: number): readonly RequestLogEntry[] {
    const fresh = Math.min(most, this.count - number, this.#entries.length);
    return fresh > 0 ? this.#entries.slice(-fresh) : [];
  }

  add(time: number, action: string, parameters: Readonly<Record<string, unknown>>, code: string | null): void {
    this.#entries.push({ time: new Date(time).toISOString(), action, parameters: mask(parameters), code });
  }

  list(): RequestLogEntry[] {
    return structuredClone(this.#entries);
  }

  clear(): void {
    this.#gone += this.#entries.length;
    this.#entries = [];
  }
}

/** Whether a name looks like a key's: a misspelt CallbackKey is refused, but its value is still secret. */
function mask(parameters: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(parameters);
  return Object.fromEntries(entries.map(([name, value]) => [name, /key|secret|token/i.test(name) ? "***" : value]));
}
