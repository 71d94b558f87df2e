import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { projectFile } from '../../src/platform/project-file.js';

const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');

/** What the compiler complains of, by line, when this is a file of the lab notebook. */
async function faultsOf(text: string): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'usher-types-'));
  const config = {
    extends: projectFile('src/console/notebook/tsconfig.json'),
    compilerOptions: {
      rootDir: '/',
      types: [],
      paths: { 'usher/client': [projectFile('src/client/client.ts')] },
    },
    include: ['use.ts'],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'use.ts'), text);
  const told = await new Promise<string>((resolve) =>
    execFile(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], { cwd: folder }, (_, output) =>
      resolve(output),
    ),
  );
  rmSync(folder, { recursive: true, force: true });
  return told
    .split('\n')
    .filter((line) => line.includes(': error TS'))
    .map((line) => Number(/use\.ts\((\d+),/.exec(line)?.[1] ?? 0));
}

const uses = `import { type Ended, UsherClient } from 'usher/client';
const usher = new UsherClient();
await usher.call('POST /auth/login', { body: { identifier: 'anna', password: 'secret' } });
const { used } = await usher.call('GET /auth/seat', {});
export const left: number | null = used;
export const reason: Ended['reason'] = 'idle';
await usher.call('POST /auth/logout', {});
`;

describe('the types of the lab notebook', () => {
  it('let the client be used as it is meant', async () => {
    expect(await faultsOf(uses)).toEqual([]);
  }, 60_000);

  it('find a field misspelled, a call there is not, an answer of another kind, and a reason left out', async () => {
    const wrong = uses
      .replace('password:', 'pasword:')
      .replace('POST /auth/logout', 'POST /auth/leave')
      .replace('number | null', 'string')
      .replace("Ended['reason'] = 'idle'", "Record<Ended['reason'], string> = { idle: '' }");
    expect(new Set(await faultsOf(wrong))).toEqual(new Set([3, 5, 6, 7]));
  }, 60_000);
});
