import { describe, expect, it } from '@jest/globals';
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
