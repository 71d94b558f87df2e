import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Operator } from '../support/operator.js';
import { firstStaff, ServerProcess, sharedSettings } from '../support/server-process.js';

describe('an operator of a server on embedded stores', () => {
  let dataDir: string;
  let operator: Operator;
  let server: ServerProcess;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'usher-operator-'));
    operator = new Operator({ ...sharedSettings, DATA_DIR: dataDir });
    server = new ServerProcess({ ...sharedSettings, DATA_DIR: dataDir });
    await server.ready;
  }, 60_000);

  afterAll(async () => {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('works on the stores of the server while it runs, and on the same ones while it does not', async () => {
    const beside = await operator.spawn(['user', 'list', '--json']);
    expect(beside.json.items.map(({ email }: { email: string }) => email)).toEqual([firstStaff.email]);
    expect(await operator.spawn(['doctor'])).toMatchObject({ status: 0, said: '' });

    expect((await server.stop()).code).toBe(0);
    const alone = await operator.spawn(['user', 'list', '--json']);
    expect(alone.json).toEqual(beside.json);
    expect(await operator.spawn(['doctor'])).toMatchObject({ status: 0, said: '' });

    server = new ServerProcess({ ...sharedSettings, DATA_DIR: dataDir });
    await server.ready;
  }, 90_000);

  it('may begin several commands at once while no server runs', async () => {
    await server.stop();
    const answers = await Promise.all([1, 2, 3].map(() => operator.spawn(['user', 'list', '--json'])));
    expect(answers.map(({ status, said, json }) => [status, said, json?.total])).toEqual([
      [0, '', 1],
      [0, '', 1],
      [0, '', 1],
    ]);
  }, 90_000);
});
