/** Runs a function for each item, at most `limit` at a time. The first failure ends it. */
export async function inParallel<Item>(
  items: Iterable<Item>,
  limit: number,
  run: (item: Item) => Promise<void>,
): Promise<void> {
  const rest = items[Symbol.iterator]();
  let failed = false;
  const worker = async () => {
    for (let next = rest.next(); !next.done && !failed; next = rest.next()) await run(next.value);
  };
  try {
    await Promise.all(Array.from({ length: limit }, worker));
  } catch (error) {
    failed = true;
    throw error;
  }
}
