import { describe, expect, it } from '@jest/globals';
import { QueryFailedError } from 'typeorm';
import { createLog } from '../../src/platform/log.js';

function written(write: (log: ReturnType<typeof createLog>) => void): string {
  const lines: string[] = [];
  write(createLog({ level: 'info', destination: { write: (line: string) => lines.push(line) } }));
  return lines.join('');
}

describe('the log', () => {
  it('never holds a secret, at the top or in what is logged with it (ASVS 16.2.5)', () => {
    const headers = { cookie: 'S3CRET', authorization: 'Bearer S3CRET', 'set-cookie': ['S3CRET'] };
    const text = written((log) => {
      log.info(
        { password: 'S3CRET', headers, req: { headers }, body: { newPassword: 'S3CRET', token: 'S3CRET' } },
        'x',
      );
      log.info({ pepper: 'S3CRET', config: { pepper: 'S3CRET' }, csrfToken: 'S3CRET' }, 'y');
    });
    expect(text).not.toContain('S3CRET');
    expect(text).toContain('[redacted]');
  });

  it('names what went wrong in Postgres, never the values it went wrong with (ASVS 16.2.5)', () => {
    const cause = Object.assign(new Error('violates a constraint'), { code: '23514', detail: 'row contains S3CRET' });
    const failed = new QueryFailedError('UPDATE users SET password_hash = $1', ['S3CRET'], cause);
    const text = written((log) => {
      log.error({ err: failed }, 'x');
      log.error({ err: new AggregateError([failed]) }, 'y');
      log.error({ err: new Error('not done', { cause: failed }) }, 'z');
    });
    expect(text).not.toContain('S3CRET');
    expect(text.match(/violates a constraint/g)?.length).toBeGreaterThanOrEqual(3);
    expect(text).toContain('23514');
    expect(text).toContain('UPDATE users SET password_hash = $1');
  });

  it('is one line an entry, whatever a client sends (ASVS 16.4.1)', () => {
    const text = written((log) => log.info({ userAgent: 'a\r\n{"level":"fatal"}\u001b[31m' }, 'x\ny'));
    expect(text.trimEnd().split('\n')).toHaveLength(1);
    expect(text).not.toContain('\u001b');
    expect(JSON.parse(text)).toMatchObject({
      level: 'info',
      userAgent: 'a\r\n{"level":"fatal"}\u001b[31m',
      msg: 'x\ny',
    });
  });

  it('leaves out what is below its level', () => {
    expect(written((log) => log.debug('x'))).toBe('');
  });
});
