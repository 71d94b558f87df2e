import type { Round } from './measure.js';

/** What must hold between two entries, in requests per processor second of the server. */
export interface Goal {
  readonly entry: string;
  readonly against: string;
  readonly atLeast: number;
  /** What we aim at, where that is more. */
  readonly aim?: number;
}

/** Median, least and greatest of some rounds. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly greatest: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? Number.NaN;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
  return { median, least: sorted[0] ?? Number.NaN, greatest: sorted.at(-1) ?? Number.NaN };
}

const columns: readonly [title: string, digits: number, value: (round: Round) => number][] = [
  ['requests/s', 0, (round) => round.requestsPerSecond],
  ['CPU µs/request', 1, (round) => round.serverMicros],
  ['requests/CPU s', 0, (round) => 1e6 / round.serverMicros],
  ['p50 ms', 2, (round) => round.p50Ms],
  ['p99 ms', 2, (round) => round.p99Ms],
  ['Redis µs/request', 1, (round) => round.redisMicros],
  ['server load', 2, (round) => round.serverLoad],
  ['RSS MiB', 0, (round) => round.residentMiB],
];

/** The table of one number of connections: medians of the rounds with least and greatest. */
export function table(entries: readonly string[], rounds: readonly Round[]): string {
  const rows = entries.map((name) => {
    const own = rounds.filter((round) => round.entry === name);
    const cells = columns.map(([, digits, value]) => told(spread(own.map(value)), digits));
    const lost = [own.reduce((sum, { refused }) => sum + refused, 0), own.reduce((sum, { failed }) => sum + failed, 0)];
    return [name, ...cells, ...lost.map(String)];
  });
  return aligned([['', ...columns.map(([title]) => title), 'non-2xx', 'no answer'], ...rows]);
}

/** How many times more requests per processor second, round by round, since neighbouring rounds share the weather. */
export function ratio(rounds: readonly Round[], connections: number, name: string, against: string): Spread {
  const of = (entry: string) =>
    rounds.filter((round) => round.entry === entry && round.connections === connections).map((r) => r.serverMicros);
  const theirs = of(against);
  return spread(of(name).map((micros, index) => (theirs[index] ?? Number.NaN) / micros));
}

/** One PASS or FAIL line for each goal and number of connections, and whether all passed. */
export function verdicts(
  goals: readonly Goal[],
  rounds: readonly Round[],
  connections: readonly number[],
): { lines: string[]; passed: boolean } {
  let passed = true;
  const lines = connections.flatMap((count) =>
    goals.map(({ entry, against, atLeast, aim }) => {
      const found = ratio(rounds, count, entry, against);
      const pass = found.median >= atLeast;
      passed &&= pass;
      const goal = `goal ≥ ${atLeast}${aim === undefined ? '' : `, aim ${aim}`}`;
      return `${pass ? 'PASS' : 'FAIL'}  ${entry} at ${count} connections: ${told(found, 2)} × ${against} (${goal})`;
    }),
  );
  const lost = rounds.reduce((sum, { refused }) => sum + refused, 0);
  lines.push(`${lost === 0 ? 'PASS' : 'FAIL'}  every answer was 2xx (${lost} were not)`);
  return { lines, passed: passed && lost === 0 };
}

function told({ median, least, greatest }: Spread, digits: number): string {
  return `${median.toFixed(digits)} [${least.toFixed(digits)}–${greatest.toFixed(digits)}]`;
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) => row.map((cell, at) => (at === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[at] ?? 0))))
    .map((cells) => cells.join('  ').trimEnd())
    .join('\n');
}
