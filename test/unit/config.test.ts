import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigError, loadConfig } from '../../src/config/config.js';
import { settings } from '../../src/config/settings.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'usher-config-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const long = 'x'.repeat(32);
const load = (env: Record<string, string> = {}) => loadConfig({ DATA_DIR: folder, ...env });

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    load(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

function fileWith(text: string): string {
  const file = join(folder, 'value');
  writeFileSync(file, text);
  return file;
}

describe('configuration', () => {
  it('needs no setting at all', () => {
    expect(load()).toMatchObject({
      PORT: 3000,
      HOST: '127.0.0.1',
      PUBLIC_URL: 'http://127.0.0.1:3000',
      DATABASE_URL: null,
      REDIS_URL: null,
      SESSION_IDLE_SECONDS: 3600,
      SESSION_ABSOLUTE_SECONDS: 86_400,
      USER_AGENT_BINDING: 'browser',
      BCRYPT_COST: 12,
      SEATLESS_SIGN_IN: false,
      CORS_ORIGINS: [],
      ALLOW_INSECURE: false,
      secure: false,
    });
  });

  it.each([
    [{ PORT: 'http' }, 'PORT'],
    [{ PORT: '65536' }, 'PORT'],
    [{ PORT: '-1' }, 'PORT'],
    [{ PORT: '80.5' }, 'PORT'],
    [{ PUBLIC_URL: 'app.example.org' }, 'PUBLIC_URL'],
    [{ PUBLIC_URL: 'https://app.example.org/usher' }, 'PUBLIC_URL'],
    [{ PUBLIC_URL: 'ftp://app.example.org' }, 'PUBLIC_URL'],
    [{ DATABASE_URL: 'mysql://db/usher' }, 'DATABASE_URL'],
    [{ REDIS_URL: 'http://redis' }, 'REDIS_URL'],
    [{ REDIS_URL: 'redis' }, 'REDIS_URL'],
    [{ REDIS_URL: 'redis://u:pw@a:x' }, 'REDIS_URL'],
    [{ REDIS_URL: 'redis://a:65536' }, 'REDIS_URL'],
    [{ DATABASE_URL: 'postgres://u:%zz@db/usher' }, 'DATABASE_URL'],
    [{ SESSION_SECRETS: 'short' }, 'SESSION_SECRETS'],
    [{ SESSION_SECRETS: `${long},short` }, 'SESSION_SECRETS'],
    [{ SESSION_SECRETS: ' , ' }, 'SESSION_SECRETS'],
    [{ PASSWORD_PEPPER: 'short' }, 'PASSWORD_PEPPER'],
    [{ SESSION_IDLE_SECONDS: '0' }, 'SESSION_IDLE_SECONDS'],
    [{ SESSION_IDLE_SECONDS: '1h' }, 'SESSION_IDLE_SECONDS'],
    [{ SESSION_ABSOLUTE_SECONDS: '99999999999' }, 'SESSION_ABSOLUTE_SECONDS'],
    [{ USER_AGENT_BINDING: 'strict' }, 'USER_AGENT_BINDING'],
    [{ BCRYPT_COST: '3' }, 'BCRYPT_COST'],
    [{ BCRYPT_COST: '16' }, 'BCRYPT_COST'],
    [{ PASSWORD_HASH: 'md5' }, 'PASSWORD_HASH'],
    [{ SMTP_URL: 'mail.example.org' }, 'SMTP_URL'],
    [{ TRUST_PROXY: 'true' }, 'TRUST_PROXY'],
    [{ TRUST_PROXY: '*' }, 'TRUST_PROXY'],
    [{ TRUST_PROXY: 'loopback, the-proxy' }, 'TRUST_PROXY'],
    [{ WORKERS: '0' }, 'WORKERS'],
    [{ CORS_ORIGINS: 'https://a.example.org,*' }, 'CORS_ORIGINS'],
    [{ SEATLESS_SIGN_IN: 'yes' }, 'SEATLESS_SIGN_IN'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL'],
    [{ ADMIN_EMAIL: 'admin', ADMIN_PASSWORD: 'correct horse' }, 'ADMIN_EMAIL'],
    [{ ADMIN_EMAIL: 'admin@example.org', ADMIN_PASSWORD: 'short' }, 'ADMIN_PASSWORD'],
    [{ METRICS_TOKEN: 'short' }, 'METRICS_TOKEN'],
    [{ ALLOW_INSECURE: '1' }, 'ALLOW_INSECURE'],
  ])('refuses %j and names %s', (env, name) => {
    const faults = faultsOf(env);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(new RegExp(`^${name}\\b`));
  });

  it.each([
    ['beyond loopback without https', { HOST: '0.0.0.0' }, 'HOST'],
    ['a proxy without https', { TRUST_PROXY: 'loopback' }, 'TRUST_PROXY'],
    ['a cheap hash with https', { PUBLIC_URL: 'https://a.example.org', BCRYPT_COST: '9' }, 'BCRYPT_COST'],
    [
      'an idle limit beyond the absolute one',
      { SESSION_IDLE_SECONDS: '7200', SESSION_ABSOLUTE_SECONDS: '3600' },
      'SESSION_IDLE_SECONDS',
    ],
    ['a first account without a password', { ADMIN_EMAIL: 'admin@example.org' }, 'ADMIN_EMAIL'],
    ['a first password without an account', { ADMIN_PASSWORD: 'correct horse' }, 'ADMIN_EMAIL'],
    ['a sender without an address', { MAIL_FROM: 'Usher' }, 'MAIL_FROM'],
    ['a sender with a line of its own', { MAIL_FROM: 'Usher\r\nBcc: a@b.example <a@b.example>' }, 'MAIL_FROM'],
    ['two senders', { MAIL_FROM: 'a@example.org, b@example.org' }, 'MAIL_FROM'],
    ['two ways to send mail', { SMTP_URL: 'smtp://mail', MAIL_DIR: '/tmp/mail' }, 'SMTP_URL'],
  ])('refuses %s', (_what, env, name) => {
    const faults = faultsOf(env);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(new RegExp(`^${name}\\b`));
  });

  it('takes what would be refused when insecurity is allowed, and does not call it secure', () => {
    const config = load({ HOST: '0.0.0.0', TRUST_PROXY: 'loopback', ALLOW_INSECURE: 'true' });
    expect(config).toMatchObject({ HOST: '0.0.0.0', TRUST_PROXY: 'loopback', secure: false });
  });

  it('takes a public address and a proxy when people see https', () => {
    const config = load({ HOST: '0.0.0.0', TRUST_PROXY: '1', PUBLIC_URL: 'https://app.example.org/' });
    expect(config).toMatchObject({ PUBLIC_URL: 'https://app.example.org', secure: true });
  });

  it('sends mail from an address of the host people see, unless another is named', () => {
    const sender = (env: Record<string, string>) => load(env).MAIL_FROM;
    expect(sender({ PUBLIC_URL: 'https://app.example.org' })).toEqual({
      name: 'Usher',
      address: 'no-reply@app.example.org',
    });
    expect(sender({}).address).toBe('no-reply@localhost');
    expect(sender({ PUBLIC_URL: 'http://[::1]:3000' }).address).toBe('no-reply@localhost');
    expect(sender({ MAIL_FROM: 'a@example.org' })).toEqual({ name: '', address: 'a@example.org' });
    expect(sender({ MAIL_FROM: 'The house <a@example.org>' })).toEqual({ name: 'The house', address: 'a@example.org' });
  });

  it('names all faults at once, one line each, without their secret values', () => {
    const env = { PORT: 'http', LOG_LEVEL: 'loud', PASSWORD_PEPPER: 'hunter2', DATABASE_URL: 'mysql://u:hunter2@db' };
    const faults = faultsOf(env);
    expect(faults.map((fault) => fault.split(':')[0]).sort()).toEqual([
      'DATABASE_URL',
      'LOG_LEVEL',
      'PASSWORD_PEPPER',
      'PORT',
    ]);
    expect(new ConfigError(faults).message).not.toContain('hunter2');
    expect(new ConfigError(faults).message.split('\n')).toHaveLength(5);
  });

  it('makes nothing on the disk when a setting is broken', () => {
    faultsOf({ PORT: 'http' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('cannot be changed after it has been read', () => {
    expect(Object.isFrozen(load())).toBe(true);
  });

  it('writes an IPv6 address into the default public address with brackets', () => {
    expect(load({ HOST: '::1', PORT: '3001' }).PUBLIC_URL).toBe('http://[::1]:3001');
  });

  it('counts an empty variable as not given', () => {
    expect(load({ PORT: '', REDIS_URL: '' })).toMatchObject({ PORT: 3000, REDIS_URL: null });
  });

  it.each(Object.entries(settings).filter(([name]) => name !== 'DATA_DIR'))(
    'accepts the example that documents %s',
    (_name, setting) => {
      expect(setting.schema.safeParse(setting.example).success).toBe(true);
    },
  );
});

describe('a setting from a file', () => {
  it('is read without its last line break', () => {
    expect(load({ PASSWORD_PEPPER_FILE: fileWith(`${long}\n`) }).PASSWORD_PEPPER).toBe(long);
    expect(load({ PORT_FILE: fileWith('3005\r\n') }).PORT).toBe(3005);
  });

  it('is refused beside the same setting given directly', () => {
    expect(faultsOf({ PORT: '3000', PORT_FILE: fileWith('3000') })).toEqual([
      expect.stringMatching(/^PORT: .*not both/),
    ]);
  });

  it('is refused when the file cannot be read, and the file is named', () => {
    const missing = join(folder, 'missing');
    expect(faultsOf({ METRICS_TOKEN_FILE: missing })).toEqual([`METRICS_TOKEN_FILE: cannot read ${missing} (ENOENT)`]);
  });

  it('is held to the same rules as one given directly', () => {
    expect(faultsOf({ LOG_LEVEL_FILE: fileWith('loud') })).toEqual([expect.stringMatching(/^LOG_LEVEL\b/)]);
  });
});

describe('secrets', () => {
  const kept = () => join(folder, 'secrets.json');

  it('are made once, with 256 bits each, and stay the same at the next start', () => {
    const first = load();
    expect(first.SESSION_SECRETS).toHaveLength(1);
    expect(Buffer.from(first.SESSION_SECRETS?.[0] ?? '', 'base64url')).toHaveLength(32);
    expect(Buffer.from(first.PASSWORD_PEPPER ?? '', 'base64url')).toHaveLength(32);
    expect(first.PASSWORD_PEPPER).not.toBe(first.SESSION_SECRETS?.[0]);
    expect(load()).toEqual(first);
  });

  it('can be read by nobody but the user who runs the server (ASVS 13.3.2)', () => {
    load();
    expect(statSync(kept()).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['secrets.json']);
  });

  it('are not made when all are given', () => {
    load({ SESSION_SECRETS: long, PASSWORD_PEPPER: long });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('that are given go before those that were made', () => {
    const made = load();
    const mixed = load({ SESSION_SECRETS: `${long}, ${long}y` });
    expect(mixed.SESSION_SECRETS).toEqual([long, `${long}y`]);
    expect(mixed.PASSWORD_PEPPER).toBe(made.PASSWORD_PEPPER);
  });

  it('that are damaged stop the server instead of being replaced', () => {
    load();
    writeFileSync(kept(), '{"sessionSecrets":[]}');
    expect(() => load()).toThrow(/secrets\.json is damaged/);
    writeFileSync(kept(), '{"sessionSecr');
    expect(() => load()).toThrow(/secrets\.json is damaged/);
    expect(readFileSync(kept(), 'utf8')).toBe('{"sessionSecr');
  });

  it('that cannot be kept stop the server', () => {
    const file = fileWith('not a folder');
    chmodSync(file, 0o600);
    expect(() => load({ DATA_DIR: join(file, 'data') })).toThrow();
  });

  it('are the same for processes that start at the same time', async () => {
    const module = pathToFileURL(join(import.meta.dirname, '../../src/config/config.js')).href;
    const script = `const { loadConfig } = await import(${JSON.stringify(module)});
      const { PASSWORD_PEPPER, SESSION_SECRETS } = loadConfig({ DATA_DIR: ${JSON.stringify(folder)} });
      process.stdout.write(JSON.stringify([PASSWORD_PEPPER, SESSION_SECRETS]));`;
    const start = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    const answers = await Promise.all([start(), start(), start(), start()]);
    expect(new Set(answers.map(({ stdout }) => stdout)).size).toBe(1);
    expect(answers[0]?.stdout).toContain(load().PASSWORD_PEPPER);
    expect(readdirSync(folder)).toEqual(['secrets.json']);
  });
});
