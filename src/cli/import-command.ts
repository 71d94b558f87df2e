import { readFile, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { type ImportedUser, readImportList, type UnusableLine } from '../accounts/import-list.js';
import type { Tools } from '../compose/tools.js';
import type { LicenceId } from '../kernel/ids.js';
import { Problem } from '../kernel/problem.js';
import { licenceNamed } from './find.js';
import { CommandFailed } from './terminal.js';
import type { Workshop } from './workshop.js';

const longestFile = 64 * 1_048_576;

interface TakenLine {
  readonly line: number;
  readonly email: string;
  readonly result: 'created' | 'exists' | 'refused';
  readonly reason?: string;
}

/** `usher user import <file>`: accounts of another system, with the hashes of their passwords. */
export function addImport(user: Command, workshop: Workshop): void {
  user
    .command('import')
    .description('makes accounts from a CSV file, with the password hashes another system stored')
    .argument('<file>', 'its first line names the columns')
    .option('--dry-run', 'only say what would become of each line')
    .addHelpText(
      'after',
      '\nColumns: email, and if wanted username, name, roles (user), verified (true), passwordHash (bcrypt, argon2id, argon2i,\n' +
        'scrypt or PBKDF2, as it was stored) and licence (serials or ids, with spaces between).\n' +
        'Each line is taken as a whole or not at all. An account that exists is left as it is.\n' +
        'Exit status: 0 every line is taken or exists, 1 some are refused.',
    )
    .action((file: string, options: { dryRun?: true }, command: Command) =>
      workshop.withTools(async (tools) => {
        const lines = readImportList(await textOf(file));
        const importer = new Importer(tools, workshop, options.dryRun === true);
        const taken: TakenLine[] = [];
        for (const line of lines) taken.push(await importer.take(line));
        workshop.sayPending(importer.pending ? 'pending' : 'applied');
        tell(workshop, command, taken, options.dryRun === true);
      }),
    );
}

/** Takes line after line, and asks for each licence once. */
class Importer {
  readonly #tools: Tools;
  readonly #workshop: Workshop;
  readonly #dry: boolean;
  readonly #licences = new Map<string, Promise<LicenceId | null>>();
  pending = false;

  constructor(tools: Tools, workshop: Workshop, dry: boolean) {
    this.#tools = tools;
    this.#workshop = workshop;
    this.#dry = dry;
  }

  async take(given: ImportedUser | UnusableLine): Promise<TakenLine> {
    const { line, email } = given;
    const refused = (reason: string) => ({ line, email, result: 'refused' as const, reason });
    if ('reason' in given) return refused(given.reason);
    const ids: LicenceId[] = [];
    for (const named of given.licences) {
      const id = await this.#licence(named);
      if (id === null) return refused(`licence: there is none with the id or serial ${named.slice(0, 50)}`);
      ids.push(id);
    }
    try {
      const { result, reached } = await this.#tools.imports.take(given, ids, this.#workshop.by, this.#dry);
      this.pending ||= reached === 'pending';
      return { line, email, result };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.slug === 'already-exists') return refused('username: another account has it');
      // All else that a line can name has been looked at.
      if (error.slug === 'invalid-request') return refused('roles: there is none of one of these names');
      throw error;
    }
  }

  #licence(named: string): Promise<LicenceId | null> {
    const asked = this.#licences.get(named) ?? this.#find(named);
    this.#licences.set(named, asked);
    return asked;
  }

  async #find(named: string): Promise<LicenceId | null> {
    try {
      return (await licenceNamed(this.#tools, named)).id;
    } catch (error) {
      if (error instanceof CommandFailed || (error instanceof Problem && error.slug === 'not-found')) return null;
      throw error;
    }
  }
}

async function textOf(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > longestFile) throw new CommandFailed(`${file} is longer than 64 MiB: split it`);
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    if (error instanceof CommandFailed) throw error;
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw new CommandFailed(`${file} is not UTF-8: save it as that`);
    throw new CommandFailed(`${file} cannot be read (${code})`);
  }
}

function tell(workshop: Workshop, command: Command, lines: readonly TakenLine[], dry: boolean): void {
  const count = (result: TakenLine['result']) => lines.filter((line) => line.result === result).length;
  const counts = { created: count('created'), exists: count('exists'), refused: count('refused') };
  const rows = lines.map(({ line, email, result, reason }) => [line, email, result, reason ?? null]);
  workshop.tellRows(command, { dryRun: dry, ...counts, lines }, ['line', 'e-mail', 'result', 'reason'], rows);
  const would = dry ? ' Nothing was done: this was a trial.' : '';
  workshop.terminal.say(
    `${counts.created} created, ${counts.exists} exist already, ${counts.refused} refused.${would}\n`,
  );
  if (counts.refused > 0) workshop.status = 1;
}
