/**
 * A list of the account that all handlers of the process share. It is fetched by one call at a time, kept for a minute,
 * and updated with our own writes. Without it, each of N resources would list everything again.
 */
export interface ReadOptions {
  /** The list must have been requested at or after this moment (of `now()`). */
  notBefore?: number;
}

/** How long a fetched list is used. */
const currentForMs = 60_000;

/** How old a list may be for an update, which must see the changes that others made since the preview. */
export const freshForMs = 5_000;

/** Reads may lag behind writes for an undocumented time. For this long, our own write overrides the list. */
const readLagMs = 10_000;

interface Fetch<Item> {
  startedAt: number;
  items: Promise<Map<string, Item>>;
  /** The same items, once they have arrived. */
  arrived?: Map<string, Item>;
}

export class SharedList<Item> {
  #latest: Fetch<Item> | undefined;
  readonly #writes = new Map<string, { item: Item | undefined; at: number }>();
  readonly #fetch: () => Promise<Map<string, Item>>;
  readonly #now: () => number;

  constructor(fetch: () => Promise<Map<string, Item>>, now: () => number = () => performance.now()) {
    this.#fetch = fetch;
    this.#now = now;
  }

  /** The whole list by key. */
  async all({ notBefore = 0 }: ReadOptions = {}): Promise<ReadonlyMap<string, Item>> {
    const oldest = Math.max(notBefore, this.#now() - currentForMs);
    if (!this.#latest || this.#latest.startedAt < oldest) this.#latest = this.#start();
    return this.#latest.items;
  }

  /** A list that is at most {@link freshForMs} old, so that concurrent updates share one call. */
  fresh(): Promise<ReadonlyMap<string, Item>> {
    return this.all({ notBefore: this.#now() - freshForMs });
  }

  /** A new list, requested after this call: for when something contradicts the one we have. */
  refetch(): Promise<ReadonlyMap<string, Item>> {
    return this.all({ notBefore: this.#now() });
  }

  /** Records our own write; `undefined` for a deletion. */
  wrote(key: string, item: Item | undefined): void {
    this.#writes.set(key, { item, at: this.#now() });
    if (this.#latest?.arrived) enter(this.#latest.arrived, key, item);
  }

  /** Drops our earlier write of a key, before a new write: the next list decides. */
  forget(key: string): void {
    this.#writes.delete(key);
  }

  #start(): Fetch<Item> {
    const startedAt = this.#now();
    const started: Fetch<Item> = {
      startedAt,
      items: this.#fetch().then(
        (items) => {
          for (const [key, { item, at }] of this.#writes) {
            if (at < startedAt - readLagMs) this.#writes.delete(key);
            else enter(items, key, item);
          }
          started.arrived = items;
          return items;
        },
        (error: unknown) => {
          // All waiting callers get the error; the next call fetches again.
          if (this.#latest === started) this.#latest = undefined;
          throw error;
        },
      ),
    };
    return started;
  }
}

function enter<Item>(items: Map<string, Item>, key: string, item: Item | undefined): void {
  if (item === undefined) items.delete(key);
  else items.set(key, item);
}
