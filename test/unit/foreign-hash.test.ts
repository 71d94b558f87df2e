import { pbkdf2Sync, randomBytes, scryptSync } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import { hash as argon2 } from '@node-rs/argon2';
import bcrypt from 'bcrypt';
import { readForeign } from '../../src/platform/foreign-hash.js';
import { HashPace } from '../../src/platform/hash-pace.js';
import { createLog } from '../../src/platform/log.js';
import { PasswordHasher } from '../../src/platform/password-hash.js';

const metrics = { hashQueue: () => {}, passwordHashed: () => {} };
const log = createLog({ level: 'silent' });
const pepper = 'a pepper of the tests, 32 characters';
/** Never sees a dear one, so that it holds nothing back. */
const quick = new PasswordHasher({ pepper, cost: 4, log, metrics });

afterAll(() => quick.close());

const salt = randomBytes(16);
const unpadded = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
const passlib = (bytes: Buffer) => unpadded(bytes).replaceAll('+', '.');

/** What other systems wrote about these passwords: the first of each kind comes from that system's own documentation. */
const brought: [string, string, string][] = [
  ['bcrypt of PHP', 'rasmuslerdorf', '$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq'],
  ['bcrypt, 2a', 'Pässwörter 🎭', bcrypt.hashSync('Pässwörter 🎭', 5).replace('$2b$', '$2a$')],
  ['bcrypt, 2b', 'with a\0NUL in it', bcrypt.hashSync('with a\0NUL in it', 5)],
  ['argon2i', 'password', '$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA'],
  ['argon2id', 'password', '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'],
  [
    'argon2id in four lanes',
    'four lanes',
    await argon2('four lanes', { memoryCost: 1024, timeCost: 3, parallelism: 4 }),
  ],
  [
    'scrypt of passlib',
    'password',
    '$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E',
  ],
  [
    'scrypt of 64 bytes',
    'sixty-four',
    `$scrypt$ln=10,r=8,p=2$${unpadded(salt)}$${unpadded(scryptSync('sixty-four', salt, 64, { N: 1024, r: 8, p: 2 }))}`,
  ],
  [
    'PBKDF2 of passlib',
    'password',
    '$pbkdf2-sha256$6400$.6UI/S.nXIk8jcbdHx3Fhg$98jZicV16ODfEsEZeYPGHU3kbrUrvUEXOPimVSQDD44',
  ],
  [
    'PBKDF2 of Django',
    'Grüße, django!',
    'pbkdf2_sha256$720000$Zr8wsx0qjzVUKqYJ3RkSTu$rbk37Wg5+TeRaLGQdgRiTGi0wf8J86d3ZUzG83eet5k=',
  ],
  [
    'PBKDF2 with SHA-512',
    'another one',
    `$pbkdf2-sha512$1000$${passlib(salt)}$${passlib(pbkdf2Sync('another one', salt, 1000, 64, 'sha512'))}`,
  ],
  [
    'PBKDF2 in the PHC form',
    'named parameters',
    `$pbkdf2-sha256$i=1000,l=32$${unpadded(salt)}$${unpadded(pbkdf2Sync('named parameters', salt, 1000, 32, 'sha256'))}`,
  ],
];

describe('a hash of another system', () => {
  it.each(brought)('is right for its own password only: %s', async (_name, password, stored) => {
    const hasher = new PasswordHasher({ pepper, cost: 4, log, metrics });
    expect(await hasher.verify(password, stored)).toBe('right');
    expect(await hasher.verify(`${password} `, stored)).toBe('wrong');
    expect(await hasher.verify('', stored)).toBe('wrong');
    await hasher.close();
  });

  it.each(brought)('is to be replaced by one of our own: %s', (_name, _password, stored) => {
    expect(quick.needsRehash(stored)).toBe(true);
  });

  it('reads of a long password what that system read: bcrypt 72 bytes, the others all', async () => {
    const long = 'x'.repeat(72);
    expect(await quick.verify(`${long}b`, bcrypt.hashSync(`${long}a`, 4))).toBe('right');
    expect(await quick.verify(`${long.slice(1)}b`, bcrypt.hashSync(`${long}a`, 4))).toBe('wrong');
    const whole = await argon2(`${long}a`, { memoryCost: 1024 });
    expect(await quick.verify(`${long}b`, whole)).toBe('wrong');
    expect(await quick.verify(`${long}a`, whole)).toBe('right');
  });

  it.each([
    ['', /no hash known here/],
    ['secret', /no hash known here/],
    ['5f4dcc3b5aa765d61d8327deb882cf99', /no hash known here/],
    [`{SSHA}${'x'.repeat(40)}`, /no hash known here/],
    ['$1$salt$qJH7.N4xYta3aEG/dfqo/0', /no hash known here/],
    [`$2x$10$${'x'.repeat(53)}`, /no hash known here/],
    [`$2b$15$${'x'.repeat(53)}`, /more than a second/],
    [`$2b$31$${'x'.repeat(53)}`, /more than a second/],
    [`$2b$03$${'x'.repeat(53)}`, /cost under 4/],
    [`$2b$10$${'x'.repeat(52)}`, /no hash known here/],
    ['$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA', /more than a second/],
    ['$argon2id$v=19$m=65536,t=9999,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA', /more than a second/],
    ['$argon2id$v=19$m=1,t=1,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA', /does not have/],
    ['$argon2d$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA', /no hash known here/],
    ['$scrypt$ln=30,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E', /more than a second/],
    [
      '$scrypt$ln=14,r=8,p=999$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E',
      /more than a second/,
    ],
    ['$scrypt$ln=0,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E', /does not have/],
    ['pbkdf2_sha256$99999999$salt$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E=', /more than a second/],
    ['pbkdf2_sha256$0$salt$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E=', /no iterations/],
    ['pbkdf2_sha1$1000$salt$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E=', /no hash known here/],
    ['x'.repeat(100_000), /longer than a hash/],
  ])('is not read, and nobody signs in with it, when it is unknown or has no bound: %.40s', async (text, fault) => {
    expect(readForeign(text)).toEqual({ fault: expect.stringMatching(fault) });
    expect(await quick.verify('secret', text)).toBe('wrong');
  });

  it('is answered in about the time of an account that does not exist (ASVS 6.3.8)', async () => {
    const dear = new PasswordHasher({ pepper, cost: 10, log, metrics });
    const cheap = brought[8]?.[2] ?? '';
    const own = await dear.hash('correct horse');
    const times: Record<string, number[]> = { none: [], foreign: [], own: [] };
    for (let i = 0; i < 15; i += 1) {
      for (const [name, stored] of [
        ['none', null],
        ['foreign', cheap],
        ['own', own],
      ] as const) {
        const beganMs = performance.now();
        expect(await dear.verify(`wrong ${i}`, stored)).toBe('wrong');
        times[name]?.push(performance.now() - beganMs);
      }
    }
    await dear.close();
    // The quickest of each: the others say what else the machine had to do.
    const quickest = (name: string) => Math.min(...(times[name] ?? []));
    // Without being held back the foreign one takes a tenth of the time.
    for (const name of ['foreign', 'own']) {
      expect(quickest(name) / quickest('none')).toBeGreaterThan(0.6);
      expect(quickest(name) / quickest('none')).toBeLessThan(1.7);
    }
  });
});

describe('the pace of hashes', () => {
  it('holds back what is cheaper than the slowest kind in use, by one of the times that kind took', () => {
    const pace = new HashPace({ pace: 'own', ms: 100 }, () => 0);
    expect(pace.missing('own', 90)).toBe(0);
    expect(pace.missing('cheap', 10)).toBe(90);
    pace.took('own', 110);
    expect(pace.missing('cheap', 10)).toBe(100);
    pace.took('dear', 500);
    expect(pace.missing('own', 100)).toBe(400);
    expect(pace.missing('dear', 100)).toBe(0);
    expect(pace.missing('cheap', 600)).toBe(0);
  });

  it('forgets a kind that nobody has shown for an hour, but never the kind of new hashes', () => {
    let nowMs = 0;
    const pace = new HashPace({ pace: 'own', ms: 100 }, () => nowMs);
    pace.took('dear', 500);
    nowMs = 3_600_001;
    expect(pace.missing('own', 90)).toBe(0);
    expect(pace.missing('cheap', 10)).toBe(90);
  });
});
