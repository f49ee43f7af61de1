// For a few runs on a shared machine: the median counts, and the spread shows how reliable it is.

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** Median and spread, as tables show them. */
export function spread(values: readonly number[], digits = 2): string {
  if (values.length === 1) return median(values).toFixed(digits);
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits));
  return `${median(values).toFixed(digits)} (${least} – ${most})`;
}

/** A value for each pair of runs. */
export function pairwise<Run>(
  ours: readonly Run[],
  floor: readonly Run[],
  compute: (ours: Run, floor: Run) => number,
): number[] {
  return ours.flatMap((run, index) => {
    const other = floor[index];
    return other === undefined ? [] : [compute(run, other)];
  });
}

export function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
