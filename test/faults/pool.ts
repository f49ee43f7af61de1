/** Runs tasks in order, so many at a time. Returns a promise for each. */
export function pooled<T>(tasks: readonly (() => Promise<T>)[], width: number): Promise<T>[] {
  const waiting: (() => Promise<void>)[] = [];
  const results = tasks.map(
    (task) =>
      new Promise<T>((resolve, reject) => {
        waiting.push(() => task().then(resolve, reject));
      }),
  );
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await next();
  };
  for (let worker = 0; worker < width; worker++) void work();
  return results;
}
