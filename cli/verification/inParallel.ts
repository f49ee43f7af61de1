/** Runs something for each item, for at most `limit` of them at a time; the first failure ends it. */
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
