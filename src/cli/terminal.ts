import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';

/** A command could not be done: one line for the operator, and the status the process exits with. */
export class CommandFailed extends Error {
  constructor(
    message: string,
    readonly status = 1,
  ) {
    super(message);
    this.name = 'CommandFailed';
  }
}

/** Where a command reads from and writes to. */
export interface Terminal {
  /** Writes to standard output: what was asked for. */
  out(text: string): void;
  /** Writes to standard error: what is said besides. */
  say(text: string): void;
  /** A secret, from standard input (`fromInput`), or asked for twice at a terminal, where it is not shown. */
  secret(what: string, fromInput: boolean): Promise<string>;
}

/** The terminal this process was started at. */
export const ownTerminal: Terminal = {
  out: (line) => void process.stdout.write(line),
  say: (line) => void process.stderr.write(line),
  async secret(what, fromInput) {
    if (fromInput) return (await text(process.stdin)).replace(/\r?\n$/, '');
    if (!process.stdin.isTTY) throw new CommandFailed(`Give the ${what} on standard input, with --${what}-stdin`, 64);
    const first = await asked(`New ${what}: `);
    if (first !== (await asked('Once more: '))) throw new CommandFailed('They differ: nothing was done');
    return first;
  },
};

/** What was typed, which is not shown. */
function asked(question: string): Promise<string> {
  const mute = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: mute, terminal: true });
  process.stderr.write(question);
  return new Promise((resolve, reject) => {
    reader.once('SIGINT', () => reader.close());
    reader.once('close', () => reject(new CommandFailed('Nothing was typed: nothing was done')));
    reader.question('', (answer) => {
      process.stderr.write('\n');
      resolve(answer);
      reader.close();
    });
  });
}
