import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { tableOf } from '../../src/cli/table.js';
import { type Terminal, terminalOn } from '../../src/cli/terminal.js';

describe('a terminal', () => {
  let keyboard: PassThrough & { isTTY?: boolean };
  let terminal: Terminal;
  let shown: string;
  let answers: string[];

  beforeEach(() => {
    keyboard = Object.assign(new PassThrough(), { isTTY: true });
    shown = '';
    answers = [];
    const say = (text: string) => {
      shown += text;
      // Somebody reads the question, and types.
      if (text.endsWith(': ')) setImmediate(() => keyboard.write(answers.shift() ?? '\u0003'));
    };
    terminal = terminalOn(keyboard, say, say);
  });

  it('asks twice for a secret and does not show it', async () => {
    answers.push('a secret\n', 'a secret\n');
    expect(await terminal.secret('password', false)).toBe('a secret');
    expect(shown).toBe('New password: \nOnce more: \n');
  });

  it('takes no secret that was typed differently the second time', async () => {
    answers.push('a secret\n', 'another\n');
    await expect(terminal.secret('password', false)).rejects.toThrow('They differ: nothing was done');
  });

  it('takes Ctrl-C for no', async () => {
    await expect(terminal.secret('password', false)).rejects.toThrow('Nothing was typed: nothing was done');
  });

  it('reads a secret from standard input but for the line break at its end', async () => {
    keyboard.end(' a secret \r\n');
    expect(await terminal.secret('password', true)).toBe(' a secret ');
  });

  it('shows rows in columns, wide characters too, and takes out what would steer it', () => {
    expect(
      tableOf(
        ['name', 'seats'],
        [
          ['図書館', 3],
          ['a\u001b[2Jb\nc', null],
        ],
      ),
    ).toBe('NAME      SEATS\n図書館    3\na?[2Jb?c  -\n');
  });
});
