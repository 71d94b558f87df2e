import { CsvError, parse } from 'csv-parse/sync';
import { z } from 'zod';
import { mostRoles, roleName } from '../access/role-forms.js';
import { invalid } from '../kernel/problem.js';
import { emailAddress, line } from '../kernel/text.js';
import { readForeign } from '../platform/foreign-hash.js';
import { identifierKey } from './identifier.js';
import { username } from './username.js';

/** Somebody whose account another system kept. What is null is left empty. */
export interface ImportedUser {
  readonly line: number;
  readonly email: string;
  readonly username: string | null;
  readonly name: string | null;
  readonly roles: readonly string[];
  readonly verified: boolean;
  /** As that system stored it. Null: a password is to be chosen by way of a reset. */
  readonly passwordHash: string | null;
  /** Serials or ids of the licences the person may sit in. */
  readonly licences: readonly string[];
}

/** A line that cannot be used, and why. */
export interface UnusableLine {
  readonly line: number;
  /** What stands where the address belongs. */
  readonly email: string;
  readonly reason: string;
}

const columns = ['email', 'username', 'name', 'roles', 'verified', 'passwordHash', 'licence'] as const;
type Column = (typeof columns)[number];

const words = (text: string) => text.split(/[\s;|]+/).filter((word) => word !== '');
const cells = {
  email: emailAddress,
  username: username.optional(),
  name: line(200).optional(),
  roles: z.string().default('user').transform(words).pipe(z.array(roleName).min(1).max(mostRoles)),
  verified: z
    .enum(['true', 'false', 'yes', 'no', '1', '0'], 'must be true or false')
    .default('true')
    .transform((text) => ['true', 'yes', '1'].includes(text)),
  passwordHash: z
    .string()
    .superRefine((text, context) => {
      const read = readForeign(text);
      if ('fault' in read) context.addIssue({ code: 'custom', message: read.fault });
    })
    .optional(),
  licence: z.string().max(2_000).default('').transform(words),
} satisfies Record<Column, z.ZodType>;

/**
 * The people in a CSV text (RFC 4180; semicolons and tabs do as well). The first line names the columns: `email`, and if wanted
 * `username`, `name`, `roles`, `verified`, `passwordHash` and `licence`. A line that is no good stands for itself; throws
 * `invalid-request` when the text as a whole is none.
 */
export function readImportList(csv: string): (ImportedUser | UnusableLine)[] {
  const [head, ...rest] = recordsOf(csv);
  if (head === undefined) throw invalid('file', `must have a first line that names the columns: ${columns.join(', ')}`);
  const names = columnsOf(head.record);
  const seen = { email: new Map<string, number>(), username: new Map<string, number>() };
  return rest.map((record) => readLine(record, names, seen));
}

interface CsvRecord {
  readonly info: { readonly lines: number };
  readonly record: readonly string[];
}

function recordsOf(csv: string): CsvRecord[] {
  const firstLine = csv.split(/\r?\n/, 1)[0] ?? '';
  const delimiter = [',', ';', '\t'].find((one) => firstLine.includes(one)) ?? ',';
  const options = { bom: true, info: true, relax_column_count: true, skip_empty_lines: true, trim: true, delimiter };
  try {
    return parse(csv, options) as unknown as CsvRecord[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw invalid('file', `must be CSV: ${error.message}`.slice(0, 300));
  }
}

function columnsOf(given: readonly string[]): Column[] {
  const names = given.map((name) => columnOf(name));
  if (!names.includes('email')) throw invalid('file', 'must have a column email');
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw invalid('file', `names the column ${twice} twice`);
  return names;
}

function columnOf(name: string): Column {
  const bare = name.replaceAll(/[\s_-]/g, '').toLowerCase();
  const known = columns.find((column) => column.toLowerCase() === bare);
  if (known !== undefined) return known;
  if (/^(pass(word|wd|phrase)?|pwd|pw|plaintext)$/.test(bare)) {
    const instead =
      'give what the other system stored, in a column passwordHash, or let people choose a password by a reset';
    throw invalid('file', `has a column of passwords in clear (${name}), which must not be kept in files: ${instead}`);
  }
  throw invalid('file', `has a column that is not known: ${name.slice(0, 50)}; known are ${columns.join(', ')}`);
}

function readLine(
  { info, record }: CsvRecord,
  names: readonly Column[],
  seen: Readonly<Record<'email' | 'username', Map<string, number>>>,
): ImportedUser | UnusableLine {
  const told = Object.fromEntries(names.map((name, i) => [name, record[i] || undefined]));
  const email = (told['email'] ?? '').slice(0, 254);
  const bad = (reason: string) => ({ line: info.lines, email, reason });
  if (record.length !== names.length) return bad(`has ${record.length} fields, the first line names ${names.length}`);
  const read = z.object(cells).safeParse(told);
  if (!read.success) {
    const [issue] = read.error.issues;
    return bad(`${String(issue?.path[0])}: ${issue?.message}`);
  }
  for (const name of ['email', 'username'] as const) {
    const key = identifierKey(read.data[name] ?? '');
    const before = key === '' ? undefined : seen[name].get(key);
    if (before !== undefined) return bad(`${name}: is the same as in line ${before}`);
    seen[name].set(key, info.lines);
  }
  const { username: login = null, name = null, passwordHash = null, licence, ...rest } = read.data;
  return { line: info.lines, ...rest, username: login, name, passwordHash, licences: licence };
}
