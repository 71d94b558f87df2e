import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isUuid, newId } from '../../src/kernel/ids.js';
import { anywhere, emailAddress, idParameter, isoInstant, line, lines } from '../../src/kernel/text.js';

const taken = (schema: { safeParse(value: unknown): { success: boolean } }, value: unknown) =>
  schema.safeParse(value).success;

describe('a line of text', () => {
  it('is trimmed, and may be in any script', () => {
    expect(line(20).parse('  Zoë 周 🎓 ')).toBe('Zoë 周 🎓');
  });

  it.each([
    ['nothing', ''],
    ['only blanks', ' \t '],
    ['NUL', 'a\0b'],
    ['a line break', 'a\nb'],
    ['a line separator', 'a\u2028b'],
    ['an escape character', 'a\u001b[31mb'],
    ['a lone surrogate', 'a\ud800b'],
    ['too much', 'a'.repeat(21)],
    ['a list', ['a']],
    ['a number', 1],
    ['nothing at all', null],
  ])('refuses %s', (_what, value) => {
    expect(taken(line(20), value)).toBe(false);
  });

  it('lets nothing through that cannot be stored as UTF-8 or that Postgres would refuse', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const parsed = lines(10_000).safeParse(text);
        if (!parsed.success) return;
        expect(parsed.data).not.toContain('\0');
        expect(Buffer.from(parsed.data, 'utf8').toString('utf8')).toBe(parsed.data);
      }),
    );
  });
});

describe('text of several lines', () => {
  it('may hold line breaks and tabs, and may be empty', () => {
    expect(lines(20).parse('a\r\n\tb')).toBe('a\r\n\tb');
    expect(taken(lines(20), '')).toBe(true);
  });

  it.each(['a\0b', 'a\u001bb', 'a\udfffb'])('refuses other control characters and lone surrogates (%j)', (text) => {
    expect(taken(lines(20), text)).toBe(false);
  });
});

describe('an e-mail address', () => {
  it('is trimmed', () => {
    expect(emailAddress.parse(' anna@institute.example ')).toBe('anna@institute.example');
  });

  it.each(['anna', 'anna@', '@institute.example', 'a b@c.example', 'a@b.example\0', `${'a'.repeat(250)}@b.example`])(
    'refuses %j',
    (text) => expect(taken(emailAddress, text)).toBe(false),
  );
});

describe('a time', () => {
  it('is read with its zone', () => {
    expect(isoInstant.parse('2027-01-01T01:00:00+01:00').toISOString()).toBe('2027-01-01T00:00:00.000Z');
  });

  it.each([
    '2027-01-01',
    '2027-01-01T00:00:00',
    '1969-12-31T23:59:59Z',
    '2027-02-30T00:00:00Z',
    '9999-12-31T23:59:59-01:00',
    'now',
    '',
    0,
    '+012027-01-01T00:00:00Z',
  ])('refuses %j', (value) => expect(taken(isoInstant, value)).toBe(false));
});

describe('an id in a path', () => {
  it('is a UUID in lower case, by the same rule as everywhere', () => {
    const id = newId();
    expect(taken(idParameter(), id)).toBe(true);
    fc.assert(fc.property(fc.string(), (text) => expect(taken(idParameter(), text)).toBe(isUuid(text))));
    expect(taken(idParameter(), id.toUpperCase())).toBe(false);
    expect(taken(idParameter(), `${id}\n`)).toBe(false);
  });
});

describe('a search', () => {
  it('takes the wildcards of LIKE literally', () => {
    expect(anywhere('100%_a\\b')).toBe('%100\\%\\_a\\\\b%');
  });
});
