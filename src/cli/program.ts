import { Command, CommanderError } from 'commander';
import { Problem } from '../kernel/problem.js';
import { StoreUnavailable } from '../platform/unavailable.js';
import { addAdminCommands } from './admin-commands.js';
import { addDoctorCommand } from './doctor-command.js';
import { addExplainCommand } from './explain-command.js';
import { addLicenceCommands } from './licence-commands.js';
import { addMemberCommands } from './member-commands.js';
import { addMigrateCommand } from './migrate-command.js';
import { addSessionCommands } from './session-commands.js';
import { CommandFailed } from './terminal.js';
import { addUserCommands } from './user-commands.js';
import { addVerifyProxyCommand } from './verify-proxy-command.js';
import type { Workshop } from './workshop.js';

/** sysexits.h: the command was used wrongly. */
const EX_USAGE = 64;
/** sysexits.h: something was found in a misconfigured state. */
const EX_CONFIG = 78;

/** Runs one command of an operator. Answers the exit status; what went wrong is said in one line. */
export async function runProgram(words: readonly string[], workshop: Workshop): Promise<number> {
  try {
    await programOf(workshop).parseAsync([...words], { from: 'user' });
    return workshop.status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EX_USAGE;
    workshop.terminal.say(`${reasonOf(error)}\n`);
    if (error instanceof CommandFailed) return error.status;
    return error instanceof Error && error.name === 'ConfigError' ? EX_CONFIG : 1;
  }
}

/** Every command, with its help. */
export function programOf(workshop: Workshop): Command {
  const program = new Command('usher')
    .description('Works on the stores directly: beside servers, and while the web is down.')
    .option('--json', 'print JSON')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => workshop.terminal.out(text),
      writeErr: (text) => workshop.terminal.say(text),
    });
  addMigrateCommand(program, workshop);
  addAdminCommands(program, workshop);
  addUserCommands(program, workshop);
  addMemberCommands(addLicenceCommands(program, workshop), workshop);
  addSessionCommands(program, workshop);
  addDoctorCommand(program, workshop);
  addExplainCommand(program, workshop);
  addVerifyProxyCommand(program, workshop);
  return program;
}

function reasonOf(error: unknown): string {
  if (error instanceof Problem) {
    const faults = error.members['errors'];
    if (!Array.isArray(faults)) return error.detail;
    return faults.map(({ pointer, rule }) => `${nameOf(pointer)}${rule}`).join('; ');
  }
  if (error instanceof StoreUnavailable) return `${error.message}; nothing more was done`;
  if (error instanceof Error) return error.message;
  return String(error);
}

function nameOf(pointer: string): string {
  const name = pointer.replace(/^(?:\/|path:|query:)/, '');
  return name === '' || name === 'id' ? '' : `${name} `;
}
