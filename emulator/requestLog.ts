// Every API call that came in, for those who count them. Secrets never get here.

/** A call of the API. */
export interface RequestLogEntry {
  /** ISO 8601, UTC. */
  time: string;
  action: string;
  /** As they were sent; a callback key is "***". */
  parameters: Record<string, unknown>;
  /** The error code answered, `fault:<kind>` if a fault came between, null on success. */
  code: string | null;
}

/** @internal */
export class RequestLog {
  #entries: RequestLogEntry[] = [];
  #gone = 0;

  /** Of all calls since the start, those that were cleared too. */
  get count(): number {
    return this.#gone + this.#entries.length;
  }

  /** How many of them were cleared. */
  get gone(): number {
    return this.#gone;
  }

  /** Those that came after the first `number` calls, the newest `most` of them, in their order. */
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

/** By the sound of the name: a misspelt CallbackKey is refused, but its value is no less secret. */
function mask(parameters: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(parameters);
  return Object.fromEntries(entries.map(([name, value]) => [name, /key|secret|token/i.test(name) ? "***" : value]));
}
