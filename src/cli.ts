import { runProgram } from './cli/program.js';
import { terminalOn } from './cli/terminal.js';
import { type EmbeddedStores, Workshop } from './cli/workshop.js';
import { environment } from './config/config.js';

/**
 * Runs a command of an operator with the settings of the environment: `words` are what follows `usher`. Stores that are not
 * configured are found or started by `stores`. Answers the exit status.
 */
export function cli(words: readonly string[], stores: EmbeddedStores): Promise<number> {
  // Whoever reads only the first lines has had enough; that is no failure.
  process.stdout.once('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const terminal = terminalOn(
    process.stdin,
    (text) => void process.stdout.write(text),
    (text) => void process.stderr.write(text),
  );
  return runProgram(words, new Workshop(terminal, environment(), stores));
}
