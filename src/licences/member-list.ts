import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { CsvError, parse } from 'csv-parse';
import { z } from 'zod';
import { invalid } from '../kernel/problem.js';
import { emailAddress, line } from '../kernel/text.js';

/** The place of a licence in a member's order of use. */
export const memberRank = z.number().int().min(1).max(1_000);

/** How many lines a list of members may have, and how many characters. */
export const longestList = { lines: 10_000, characters: 1_000_000 };

/** A line of a list of members that can be used. */
export interface ListedMember {
  readonly line: number;
  readonly email: string;
  readonly name: string | undefined;
  readonly rank: number | undefined;
}

/** A line that cannot, and why. */
export interface BadLine {
  readonly line: number;
  /** What stands where the address belongs. */
  readonly email: string;
  readonly reason: string;
}

/** How many bytes are read at a time. */
const sliceBytes = 16_384;

const columns = ['email', 'name', 'rank'] as const;
type Column = (typeof columns)[number];

const cells = {
  email: emailAddress,
  name: line(200).optional(),
  rank: z
    .string()
    .regex(/^\d{1,4}$/)
    .transform(Number)
    .pipe(memberRank)
    .optional(),
};
const faults: Readonly<Record<Column, string>> = {
  email: 'email must be an e-mail address',
  name: 'name must be at most 200 characters of plain text',
  rank: 'rank must be a whole number from 1 to 1000',
};

/**
 * The members in a CSV text (RFC 4180; semicolons and tabs do as well, and the mark some spreadsheets begin with). The first
 * line names the columns: `email`, and if wanted `name` and `rank`. A line that is no good stands for itself; throws
 * `invalid-request` when the text as a whole is none. Read in slices, so that a long list holds up nobody else.
 */
export async function readMemberList(csv: string): Promise<(ListedMember | BadLine)[]> {
  const lines: (ListedMember | BadLine)[] = [];
  const seen = new Map<string, number>();
  let names: readonly Column[] | null = null;
  for await (const line of linesOf(csv)) {
    if (names === null) names = columnsOf(line.cells);
    else if (lines.length < longestList.lines) lines.push(readLine(line, names, seen));
    else throw invalid('/csv', `must have at most ${longestList.lines} lines`);
  }
  if (names === null) throw invalid('/csv', 'must have a first line that names the columns: email, name, rank');
  return lines;
}

interface CsvLine {
  readonly line: number;
  readonly cells: readonly string[];
}

async function* linesOf(csv: string): AsyncGenerator<CsvLine> {
  const firstLine = csv.split(/\r?\n/, 1)[0] ?? '';
  const delimiter = [',', ';', '\t'].find((one) => firstLine.includes(one)) ?? ',';
  const options = { bom: true, info: true, relax_column_count: true, skip_empty_lines: true, trim: true, delimiter };
  const records = Readable.from(slicesOf(csv)).pipe(parse(options));
  try {
    for await (const { info, record } of records as AsyncIterable<{ info: { lines: number }; record: string[] }>) {
      yield { line: info.lines, cells: record };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw invalid('/csv', `must be CSV: ${error.message}`.slice(0, 300));
  }
}

/** Others get their turn after each. */
async function* slicesOf(csv: string): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(csv);
  for (let from = 0; from < bytes.length; from += sliceBytes) {
    yield bytes.subarray(from, from + sliceBytes);
    await setImmediate();
  }
}

function columnsOf(cells: readonly string[]): Column[] {
  const names = cells.map((name) => columnOf(name));
  if (!names.includes('email')) throw invalid('/csv', 'must have a column email');
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw invalid('/csv', `names the column ${twice} twice`);
  return names;
}

function columnOf(name: string): Column {
  const known = columns.find((column) => column === name.trim().toLowerCase());
  if (known === undefined) {
    throw invalid('/csv', `has a column that is not known: ${name.slice(0, 50)}; known are ${columns.join(', ')}`);
  }
  return known;
}

function readLine(record: CsvLine, names: readonly Column[], seen: Map<string, number>): ListedMember | BadLine {
  const told = new Map(names.map((name, i) => [name, record.cells[i] || undefined]));
  const email = (told.get('email') ?? '').slice(0, 254);
  const bad = (reason: string) => ({ line: record.line, email, reason });
  if (record.cells.length !== names.length) {
    return bad(`has ${record.cells.length} fields, the first line names ${names.length}`);
  }
  const read = {
    email: cells.email.safeParse(told.get('email')),
    name: cells.name.safeParse(told.get('name')),
    rank: cells.rank.safeParse(told.get('rank')),
  };
  if (!read.email.success) return bad(faults.email);
  if (!read.name.success) return bad(faults.name);
  if (!read.rank.success) return bad(faults.rank);
  const key = read.email.data.normalize('NFKC').toLowerCase();
  const before = seen.get(key);
  if (before !== undefined) return bad(`names the same address as line ${before}`);
  seen.set(key, record.line);
  return { line: record.line, email: read.email.data, name: read.name.data, rank: read.rank.data };
}
