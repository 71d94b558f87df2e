import { describe, expect, it } from '@jest/globals';
import { csvOf, wantsCsv } from '../../src/kernel/csv.js';

describe('a table in CSV (RFC 4180)', () => {
  it('ends every line with CR LF and quotes what would break a line or a cell', () => {
    const text = csvOf(
      ['a', 'b'],
      [
        ['x,y', 'say "hi"'],
        ['two\r\nlines', null],
        [1.5, true],
        [-3, ''],
      ],
    );
    expect(text).toBe('a,b\r\n"x,y","say ""hi"""\r\n"two\r\nlines",\r\n1.5,true\r\n-3,\r\n');
  });

  it('lets no text be a formula of a spreadsheet (ASVS 1.2.10)', () => {
    for (const first of ['=', '+', '-', '@', '\t', '\r']) {
      expect(csvOf(['a'], [[`${first}1+1`]])).toMatch(/^a\r\n"?'/);
    }
    expect(csvOf(['a'], [['a=1']])).toBe('a\r\na=1\r\n');
  });

  it('is sent to those who ask for it, by parameter before header', () => {
    expect(wantsCsv('csv', 'application/json')).toBe(true);
    expect(wantsCsv('json', 'text/csv')).toBe(false);
    expect(wantsCsv(undefined, 'text/csv;q=0.9, */*')).toBe(true);
    expect(wantsCsv(undefined, 'application/json, text/csv;q=0.1')).toBe(false);
    expect(wantsCsv(undefined, '*/*')).toBe(false);
    expect(wantsCsv(undefined, undefined)).toBe(false);
  });
});
