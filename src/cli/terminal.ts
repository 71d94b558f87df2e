import { createInterface } from 'node:readline';
import { type Readable, Writable } from 'node:stream';
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

/** Where a terminal's input comes from: a keyboard, a file or a pipe. */
export type TerminalInput = Readable & { readonly isTTY?: boolean };

/** A terminal on these: what is typed, and where answers and everything else go. */
export function terminalOn(input: TerminalInput, out: (text: string) => void, say: (text: string) => void): Terminal {
  return {
    out,
    say,
    async secret(what, fromInput) {
      if (fromInput) return (await text(input)).replace(/\r?\n$/, '');
      if (input.isTTY !== true) throw new CommandFailed(`Give the ${what} on standard input, with --${what}-stdin`, 64);
      const first = await asked(`New ${what}: `, input, say);
      if (first !== (await asked('Once more: ', input, say))) throw new CommandFailed('They differ: nothing was done');
      return first;
    },
  };
}

/** What was typed, which is not shown. */
function asked(question: string, input: TerminalInput, say: (text: string) => void): Promise<string> {
  const mute = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input, output: mute, terminal: true });
  say(question);
  return new Promise((resolve, reject) => {
    reader.once('SIGINT', () => reader.close());
    reader.once('close', () => reject(new CommandFailed('Nothing was typed: nothing was done')));
    reader.question('', (answer) => {
      say('\n');
      resolve(answer);
      reader.close();
    });
  });
}
