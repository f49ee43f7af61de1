/**
 * A list of the account that all handlers of the process share: fetched once, single flight, kept for a minute, with
 * our own writes entered into it. Without it, each of N resources would list everything again.
 */
export interface ReadOptions {
  /** The oldest moment (of `now()`) at which the list may have been asked for. */
  notBefore?: number;
}

/** How long a list counts as current. */
const currentForMs = 60_000;

/** How much older a list may be for an update, which must see what others did since the preview. */
export const freshForMs = 5_000;

/** Reads may lag behind writes for an undocumented time: so long, our own write outweighs what a list says. */
const readLagMs = 10_000;

interface Fetch<Item> {
  startedAt: number;
  items: Promise<Map<string, Item>>;
  /** The same once they have arrived. */
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

  /** The list as it is now, or was a moment ago: concurrent updates share one call. */
  fresh(): Promise<ReadonlyMap<string, Item>> {
    return this.all({ notBefore: this.#now() - freshForMs });
  }

  /** The list asked for anew, after something contradicted the one we have. */
  anew(): Promise<ReadonlyMap<string, Item>> {
    return this.all({ notBefore: this.#now() });
  }

  /** Enters a write of ours; `undefined` for a deletion. */
  wrote(key: string, item: Item | undefined): void {
    this.#writes.set(key, { item, at: this.#now() });
    if (this.#latest?.arrived) enter(this.#latest.arrived, key, item);
  }

  /** Lets the next list decide about a key: what we wrote there before is overtaken by a write under way. */
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
          // Whoever waits is told; the next one asks again.
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
