import { parseArgs } from 'node:util';

/** What was asked for on the command line. */
export interface BenchOptions {
  readonly connections: readonly number[];
  readonly rounds: number;
  readonly roundSeconds: number;
  readonly warmUpSeconds: number;
  /** The Node binary that runs the contestants; null: the one that runs this. */
  readonly node: string | null;
  /** Whether Node 24 is fetched from npm and runs the contestants. */
  readonly node24: boolean;
  /** Where everything that was measured is written, as JSON. */
  readonly json: string | null;
}

export const usage = `npm run bench -- [options]

  --connections 30,128,500   connections of the load generator
  --rounds 15                interleaved rounds per number of connections
  --seconds 1                length of a round; short ones, for a machine whose speed wanders
  --quick                    3 rounds of 1 s with 128 connections: for a first look
  --node <path>              another Node binary for the contestants
  --node24                   Node 24 from npm, fetched once into the temporary folder
  --json <file>              writes every round there`;

/** Throws an Error with one line when the words make no sense; null when help was asked for. */
export function readOptions(words: readonly string[]): BenchOptions | null {
  const { values } = parseArgs({
    args: [...words],
    options: {
      connections: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      node: { type: 'string' },
      node24: { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  if (values.node !== undefined && values.node24) throw new Error('give --node or --node24, not both');
  const { quick } = values;
  return {
    connections: (values.connections ?? (quick ? '128' : '30,128,500')).split(',').map((text) => positive(text)),
    rounds: positive(values.rounds ?? (quick ? '3' : '15')),
    roundSeconds: positive(values.seconds ?? '1'),
    warmUpSeconds: quick ? 1 : 2,
    node: values.node ?? null,
    node24: values.node24,
    json: values.json ?? null,
  };
}

function positive(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text.trim())) throw new Error(`not a positive whole number: ${text}`);
  return Number(text);
}
