import { describe, expect, it } from '@jest/globals';
import { tokenAudiences } from '../../src/config/token-audiences.js';
import { Audiences } from '../../src/tokens/audiences.js';

const [one, two, three] = ['1', '2', '3'].map((digit) => digit.repeat(32)) as [string, string, string];
const api = 'https://api.example.org';
const basic = (name: string, secret: string) => `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;

describe('the setting that names applications', () => {
  it('gives each its secret, and both to one that is named twice', () => {
    expect(tokenAudiences.parse(`${api}=${one}, reports=${two}=, ${api}=${three}`)).toEqual([
      { name: api, secrets: [one, three] },
      { name: 'reports', secrets: [`${two}=`] },
    ]);
    expect(tokenAudiences.parse('')).toEqual([]);
  });

  it('tells what is wrong, and where, and never a secret', () => {
    const bad: [string, RegExp][] = [
      ['api', /entry 1 must be a name and a secret/],
      [`=${one}`, /entry 1 must be a name and a secret/],
      [`${api}=${one},api=`, /entry 2 must be a name and a secret/],
      ['api=too-short-to-be-one', /entry 1 must have a secret of 32/],
      [`a b=${one}`, /entry 1 must have a name/],
      [`api=${one}ü`, /entry 1 must have a secret of 32/],
    ];
    for (const [text, fault] of bad) {
      const message = tokenAudiences
        .safeParse(text)
        .error?.issues.map((issue) => issue.message)
        .join();
      expect([text, message]).toEqual([text, expect.stringMatching(fault)]);
      expect(message).not.toMatch(/too-short|1111/);
    }
  });
});

describe('an application', () => {
  const strange = 'a+b c%2Fd&e=f~g:h/i'.padEnd(32, '!');
  const audiences = new Audiences([
    { name: api, secrets: [one, three] },
    { name: 'reports', secrets: [strange] },
  ]);
  const shown = (authorization: string | undefined, clientId?: string, clientSecret?: string) =>
    audiences.proven({ authorization, clientId, clientSecret });

  it('proves to be it with any of its secrets, in the body or by HTTP Basic, encoded as RFC 6749 wants or not', () => {
    expect(shown(undefined, api, one)).toBe(api);
    expect(shown(undefined, 'reports', strange)).toBe('reports');
    expect(shown(basic(api, three))).toBe(api);
    expect(shown(basic(encodeURIComponent(api), one))).toBe(api);
    expect(shown(basic('reports', strange))).toBe('reports');
    expect(shown(basic('reports', encodeURIComponent(strange)))).toBe('reports');
  });

  it('is told from another one whose name goes on with a colon, whichever comes first', () => {
    const longer = `${api}:8443`;
    const pair = [
      { name: api, secrets: [one] },
      { name: longer, secrets: [two] },
    ];
    for (const known of [new Audiences(pair), new Audiences(pair.toReversed())]) {
      const proven = (name: string, secret: string) =>
        known.proven({ authorization: basic(name, secret), clientId: undefined, clientSecret: undefined });
      for (const name of [longer, encodeURIComponent(longer)]) {
        expect([proven(name, two), proven(name, one)]).toEqual([longer, null]);
      }
      expect([proven(api, one), proven(api, two)]).toEqual([api, null]);
    }
  });

  it('is nobody with another secret, another name, or nothing', () => {
    const wrong: (string | null)[] = [
      shown(undefined),
      shown(undefined, api),
      shown(undefined, undefined, one),
      shown(undefined, api, two),
      shown(undefined, 'reports', one),
      shown(undefined, 'nobody', one),
      shown(undefined, api, ''),
      shown(basic(api, two)),
      shown(basic(api, '')),
      shown(basic('', one)),
      shown(basic('%', '%')),
      shown(`Bearer ${one}`),
      shown('Basic !', api, one),
      shown(basic('nobody', one), api, one),
    ];
    expect(wrong.filter((name) => name !== null)).toEqual([]);
  });
});
