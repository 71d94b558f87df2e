import type { Command } from 'commander';
import { z } from 'zod';
import { databaseOf } from '../compose/database.js';
import type { Config } from '../config/config.js';
import { migrationStatus, revertMigrations, runMigrations } from '../platform/postgres.js';
import { optionOf } from './find.js';
import type { Workshop } from './workshop.js';

const stepCount = z.coerce.number().int().min(1).max(1_000);

/** `usher migrate`: the schema of the database. */
export function addMigrateCommand(program: Command, workshop: Workshop): void {
  program
    .command('migrate')
    .description('brings the schema of the database up to date, as each start of a server does')
    .option('--status', 'only shows which steps have been taken')
    .option('--down <n>', 'takes the last n steps back, with the data they hold; no server may run meanwhile')
    .action((options: { status?: true; down?: string }, command: Command) =>
      workshop.withConfig(['postgres'], async (config: Config) => {
        const dataSource = databaseOf(config);
        if (options.status === true) {
          const steps = await migrationStatus(dataSource);
          const rows = steps.map(({ name, done }) => [name, done ? 'done' : 'waits']);
          return workshop.tellRows(command, steps, ['step', 'state'], rows);
        }
        const down = optionOf('--down', options.down, stepCount);
        if (down !== undefined) {
          const names = await revertMigrations(dataSource, down);
          return workshop.tell(command, { taken: [], reverted: names }, () => told('was taken back', names));
        }
        const waiting = (await migrationStatus(dataSource)).filter(({ done }) => !done).map(({ name }) => name);
        await runMigrations(dataSource);
        workshop.tell(command, { taken: waiting, reverted: [] }, () => told('was taken', waiting));
      }),
    );
}

function told(what: string, names: readonly string[]): string {
  if (names.length === 0) return 'Nothing was to do.\n';
  return names.map((name) => `${name} ${what}.\n`).join('');
}
