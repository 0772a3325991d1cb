/** One figure of a bench: what, as measured, and whether it reaches its goal. */
export interface Row {
  readonly what: string;
  readonly measured: string;
  readonly goal: string;
  readonly ok: boolean;
  readonly figures: Readonly<Record<string, number>>;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Runs the contestants in turn, round by round, so that a noisy moment hits all; gives each one's values. */
export async function interleave<Name extends string>(
  rounds: number,
  contestants: Readonly<Record<Name, () => number | Promise<number>>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contestants) as Name[];
  const values = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round += 1)
    for (const name of names) values[name].push(await contestants[name]());
  return values;
}

export function atMost(what: string, value: number, goal: number, figures: Row['figures'], unit = '×'): Row {
  return { what, measured: `${format(value)}${unit}`, goal: `≤ ${goal}${unit}`, ok: value <= goal, figures };
}

export function atLeast(what: string, value: number, goal: number, figures: Row['figures'], unit = '×'): Row {
  return { what, measured: `${format(value)}${unit}`, goal: `≥ ${goal}${unit}`, ok: value >= goal, figures };
}

export function report(rows: readonly Row[]): void {
  process.stdout.write(`${JSON.stringify(rows)}\n`);
}

function format(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
