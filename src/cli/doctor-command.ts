import type { Command } from 'commander';
import { ConfigError } from '../config/config.js';
import type { Diagnosis } from '../doctor/doctor.js';
import { type Finding, inWords } from '../doctor/finding.js';
import { plain } from './table.js';
import { CommandFailed } from './terminal.js';
import type { Workshop } from './workshop.js';

/** The status when the stores could not be looked at. */
const couldNotLook = 2;

/** `usher doctor`: compares seats, records, indexes, epochs, policies and history. */
export function addDoctorCommand(program: Command, workshop: Workshop): void {
  program
    .command('doctor')
    .description('compares seats, records, indexes, epochs, policies and history, and says what has drifted apart')
    .option('--mend', 'put it right')
    .addHelpText(
      'after',
      '\nIt looks twice, so that what is on its way is not taken for drift; it may run beside servers, and without any.\n' +
        'Exit status: 0 no drift (or all of it mended), 1 drift, 2 the stores could not be looked at.',
    )
    .action(async (options: { mend?: true }, command: Command) => {
      try {
        const diagnosis = await workshop.withTools(({ doctor }) =>
          options.mend === true ? doctor.mend(workshop.by) : doctor.examine(),
        );
        workshop.tell(command, answerOf(diagnosis), () => words(diagnosis, options.mend === true));
        workshop.status = diagnosis.left.length === 0 ? 0 : 1;
      } catch (error) {
        // Faulty settings are that, whatever was to be done with them.
        if (!(error instanceof Error) || error instanceof ConfigError) throw error;
        throw new CommandFailed(error.message, couldNotLook);
      }
    });
}

function answerOf({ looked, found, left }: Diagnosis) {
  const still = new Set(left.map(({ id }) => id));
  return {
    drift: left.length > 0,
    looked,
    findings: found.map((one) => ({
      kind: one.kind,
      tag: one.tag,
      ...one.facts,
      ...inWords(one),
      mended: !still.has(one.id),
    })),
  };
}

function words({ looked, found, left }: Diagnosis, mending: boolean): string {
  const still = new Set(left.map(({ id }) => id));
  const waiting =
    looked.waiting === 0 ? '' : `, ${counted(looked.waiting, 'event')} of the history on the way to Postgres`;
  const lines = [
    `Looked at ${counted(looked.sessions, 'live session')} in ${counted(looked.tags, 'tag')}${waiting}.`,
    ...found.map((one) => inFull(one, mending, still.has(one.id))),
  ];
  if (found.length === 0) lines.push('No drift.');
  else if (left.length === 0) lines.push(`${counted(found.length, 'thing')} had drifted apart; all are mended.`);
  else if (mending) lines.push(`${counted(left.length, 'thing')} could not be mended.`);
  else lines.push(`${counted(found.length, 'thing')} drifted apart. \`usher doctor --mend\` puts that right.`);
  return `${lines.join('\n')}\n`;
}

function inFull(one: Finding, mending: boolean, left: boolean): string {
  const { what, means, mend } = inWords(one);
  const outcome = !mending ? `--mend ${mend}.` : left ? `Not mended; mending ${mend}.` : `Mended: ${mend}.`;
  return `\n${plain(what)}\n  ${means}\n  ${outcome}\n`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
