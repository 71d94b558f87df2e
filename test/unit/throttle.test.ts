import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId, type UserId } from '../../src/kernel/ids.js';
import { KnownBrowsers } from '../../src/sign-in/known-browser.js';
import { PasswordCheck } from '../../src/sign-in/password-check.js';
import {
  type Admission,
  type Bucket,
  longestWindowMs,
  mostInRow,
  SignInThrottle,
  throttleLeaseMs,
  throttleLimits,
  throttleScripts,
  throttleWindowMs,
} from '../../src/sign-in/throttle.js';
import { openLinks } from '../support/store-links.js';
import { freshRedis, type RedisServer } from '../support/stores.js';

/** A clock the tests move: Redis' own plus the offset at `shift`. What ships knows no such key. */
const shiftedClock = {
  clock: `
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(redis.call('GET', 'shift') or 0)
end`,
};
const secret = 'a secret of the tests, long enough';

let redis: RedisServer;
let links: Awaited<ReturnType<typeof openLinks>>;
let throttle: SignInThrottle;
let other: SignInThrottle;

beforeAll(async () => {
  redis = await freshRedis();
  links = await openLinks(redis.url);
  const scripts = throttleScripts(shiftedClock);
  throttle = new SignInThrottle(links.pair[0], secret, scripts);
  other = new SignInThrottle(links.pair[1], secret, scripts);
});

afterAll(async () => {
  await links.close();
  await redis.stop();
});

const setShift = (ms: number) => links.pair[0].send('shift', ['SET', 'shift', String(ms)]);
beforeEach(() => setShift(0));

const newAccount = (): Bucket => throttle.accountBucket(newId<UserId>());
const newAddress = (): Bucket =>
  throttle.addressBucket(`10.${[1, 2, 3].map(() => (Math.random() * 256) | 0).join('.')}`);

async function fail(buckets: readonly Bucket[], times: number): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    const guess = throttle.newGuess();
    expect(await throttle.reserve(buckets, guess)).toEqual({ kind: 'held' });
    expect(await throttle.settle(buckets, guess, 'wrong')).toBe(true);
  }
}

async function succeed(buckets: readonly Bucket[]): Promise<void> {
  const guess = throttle.newGuess();
  expect(await throttle.reserve(buckets, guess)).toEqual({ kind: 'held' });
  expect(await throttle.settle(buckets, guess, 'right')).toBe(true);
}

describe('a bucket of the throttle (ASVS 6.3.1)', () => {
  it('admits as many wrong guesses as its limit, then says how long to wait', async () => {
    const account = newAccount();
    await fail([account], throttleLimits.account);
    const refused = await throttle.reserve([account], throttle.newGuess());
    expect(refused.kind).toBe('refused');
    const seconds = refused.kind === 'refused' ? refused.retryAfterSeconds : 0;
    expect(seconds).toBeGreaterThan(throttleWindowMs / 1000 - 10);
    expect(seconds).toBeLessThanOrEqual(throttleWindowMs / 1000);
    expect(await throttle.look([account])).toBe(seconds);
  });

  it('opens again when the oldest failure has left the window, one place at a time', async () => {
    const account = newAccount();
    await fail([account], throttleLimits.account - 1);
    await setShift(60_000);
    await fail([account], 1);
    await setShift(throttleWindowMs - 1_000);
    expect((await throttle.reserve([account], throttle.newGuess())).kind).toBe('refused');
    await setShift(throttleWindowMs + 30_000);
    expect(await throttle.look([account])).toBe(0);
    await fail([account], throttleLimits.account - 1);
    expect((await throttle.reserve([account], throttle.newGuess())).kind).toBe('refused');
  });

  it('is not held shut by the attempts it refuses', async () => {
    const account = newAccount();
    await fail([account], throttleLimits.account);
    const before = await throttle.look([account]);
    for (let i = 0; i < 50; i += 1) await throttle.reserve([account], throttle.newGuess());
    expect(await throttle.look([account])).toBeLessThanOrEqual(before);
  });

  it('makes guesses wait, not fail, while those in flight could still fill it', async () => {
    const account = newAccount();
    await fail([account], throttleLimits.account - 1);
    const first = throttle.newGuess();
    expect(await throttle.reserve([account], first)).toEqual({ kind: 'held' });
    expect(await other.reserve([account], other.newGuess())).toEqual({ kind: 'wait' });
    await throttle.settle([account], first, 'right');
    expect(await other.reserve([account], other.newGuess())).toEqual({ kind: 'held' });
  });

  it('counts consecutive failures of an account: a right password forgives those before it', async () => {
    const account = newAccount();
    await fail([account], throttleLimits.account - 1);
    await succeed([account]);
    await fail([account], throttleLimits.account);
    expect((await throttle.reserve([account], throttle.newGuess())).kind).toBe('refused');
  });

  it('never forgives an address: an attacker with one account of his own gains nothing by signing in', async () => {
    const address = newAddress();
    for (let i = 0; i < throttleLimits.address; i += 1) {
      await fail([address], 1);
      if (i < throttleLimits.address - 1) await succeed([address]);
    }
    expect((await throttle.reserve([address], throttle.newGuess())).kind).toBe('refused');
  });

  it('never counts a right password: an institute behind one address signs in a thousand times', async () => {
    const address = newAddress();
    for (let i = 0; i < 1_000; i += 1) await succeed([address]);
    expect(await throttle.look([address])).toBe(0);
  });

  it('counts nothing for a guess that was not evaluated', async () => {
    const account = newAccount();
    for (let i = 0; i < 30; i += 1) {
      const guess = throttle.newGuess();
      await throttle.reserve([account], guess);
      await throttle.settle([account], guess, 'unknown');
    }
    expect(await throttle.reserve([account], throttle.newGuess())).toEqual({ kind: 'held' });
  });

  it('holds one place for a guess that asks twice', async () => {
    const account = newAccount();
    await fail([account], throttleLimits.account - 1);
    const guess = throttle.newGuess();
    expect(await throttle.reserve([account], guess)).toEqual({ kind: 'held' });
    expect(await throttle.reserve([account], guess)).toEqual({ kind: 'held' });
  });

  it('frees the place of a guess whose server died, and lets a late answer tell nothing', async () => {
    const account = newAccount();
    await fail([account], throttleLimits.account - 1);
    const lost = throttle.newGuess();
    await throttle.reserve([account], lost);
    await setShift(throttleLeaseMs + 1_000);
    expect(await throttle.reserve([account], throttle.newGuess())).toEqual({ kind: 'held' });
    expect(await throttle.settle([account], lost, 'right')).toBe(false);
    expect(await throttle.settle([account], lost, 'wrong')).toBe(false);
    expect((await throttle.reserve([account], throttle.newGuess())).kind).toBe('refused');
    const unnoticed = [newAccount()];
    await throttle.reserve(unnoticed, lost);
    await setShift(2 * throttleLeaseMs + 2_000);
    expect(await throttle.settle(unnoticed, lost, 'right')).toBe(false);
  });

  it('gives back the first place when the second bucket refuses', async () => {
    const [account, address] = [newAccount(), newAddress()];
    await fail([address], throttleLimits.address);
    for (let i = 0; i < 30; i += 1) {
      expect((await throttle.reserve([account, address], throttle.newGuess())).kind).toBe('refused');
    }
    expect(await throttle.reserve([account], throttle.newGuess())).toEqual({ kind: 'held' });
  });

  it('counts failures the longer, the more there were in a row: 15 minutes, then 30, then an hour, up to twelve', async () => {
    const account = throttle.about([newAccount()], 'a hash');
    let atMs = 0;
    for (const minutes of [15, 30, 60, 120, 240, 480, 720, 720, 720]) {
      await fail(account, throttleLimits.account);
      const seconds = await throttle.look(account);
      expect(seconds).toBeGreaterThan(minutes * 60 - 10);
      expect(seconds).toBeLessThanOrEqual(minutes * 60);
      atMs += minutes * 60_000 + 1_000;
      await setShift(atMs);
      expect(await throttle.look(account)).toBe(0);
    }
  });

  it('closes for good after 100 failures in a row (NIST SP 800-63B-4, 3.2.2), until the password is a new one', async () => {
    const [bucket] = [newAccount()];
    const account = throttle.about([bucket], 'a hash');
    for (let atMs = 0, left = mostInRow; left > 0; left -= throttleLimits.account, atMs += longestWindowMs + 1_000) {
      await setShift(atMs);
      await fail(account, Math.min(left, throttleLimits.account));
    }
    await setShift(380 * 86_400_000);
    expect(await throttle.look(account)).toBe(Number.POSITIVE_INFINITY);
    const refused = { kind: 'refused', retryAfterSeconds: Number.POSITIVE_INFINITY };
    expect(await throttle.reserve(account, throttle.newGuess())).toEqual(refused);
    const renewed = throttle.about([bucket], 'the hash of another password');
    expect(await throttle.look(renewed)).toBe(0);
    await fail(renewed, throttleLimits.account);
    expect(await throttle.look(renewed)).toBeLessThanOrEqual(throttleWindowMs / 1000);
  });

  it('starts anew with a new password, and counts nothing against it that was still on its way for the old one', async () => {
    const bucket = newAccount();
    const [before, after] = [throttle.about([bucket], 'old'), throttle.about([bucket], 'new')];
    const late = throttle.newGuess();
    await throttle.reserve(before, late);
    await fail(before, throttleLimits.account - 1);
    expect(await throttle.look(after)).toBe(0);
    await fail(after, throttleLimits.account - 1);
    expect(await throttle.settle(before, late, 'wrong')).toBe(false);
    expect(await throttle.look(after)).toBe(0);
  });

  it('forgets the failures in a row when a password is right', async () => {
    const account = throttle.about([newAccount()], 'a hash');
    await fail(account, throttleLimits.account);
    await setShift(throttleWindowMs + 1_000);
    await succeed(account);
    await fail(account, throttleLimits.account);
    expect(await throttle.look(account)).toBeLessThanOrEqual(throttleWindowMs / 1000);
  });

  it('leaves nothing behind once its window has passed, and no name in its keys', async () => {
    await fail(throttle.about([throttle.nameBucket('Hunter2-typed-as-name')], null), 1);
    const keys = await links.pair[0].send('shift', ['KEYS', 'usher:throttle:*']);
    expect(Array.isArray(keys) && keys.length > 0).toBe(true);
    for (const key of Array.isArray(keys) ? keys : []) {
      expect(key).toMatch(/^usher:throttle:\{(account|address|browser):[\w-]{32}\}:(failed|held|row)$/);
      expect(Number(await links.pair[0].send(key, ['PTTL', key]))).toBeGreaterThan(0);
    }
  });
});

describe('which bucket counts', () => {
  it('is one and the same for every spelling of a name that no account has', () => {
    const spellings = [
      'anna@example.org',
      ' Anna@Example.ORG ',
      'ＡＮＮＡ@example.org',
      'anna@example.org',
      'ANNA@EXAMPLE.ORG\t',
    ];
    const composed = ['zoë', 'zoe\u0308', 'ZOË', 'ZOE\u0308 '];
    expect(new Set(spellings.map((name) => throttle.nameBucket(name).name)).size).toBe(1);
    expect(new Set(composed.map((name) => throttle.nameBucket(name).name)).size).toBe(1);
    expect(throttle.nameBucket('anna').name).not.toBe(throttle.nameBucket('anne').name);
  });

  it('remembers a name that no account has as long as an account, so that a later wait tells nothing (ASVS 6.3.8)', async () => {
    const kept = async (bucket: Bucket): Promise<number> => {
      await fail(throttle.about([bucket], 'a hash'), throttleLimits.account);
      const key = `usher:throttle:{account:${bucket.name}}:row`;
      return Number(await links.pair[0].send(key, ['PTTL', key])) / 86_400_000;
    };
    const [account, name] = [await kept(newAccount()), await kept(throttle.nameBucket('nobody-has-this@example.org'))];
    expect(Math.abs(account - name)).toBeLessThan(0.01);
    expect(account).toBeGreaterThan(399);
  });

  it('is one of a million for names that no account has, however many are invented', () => {
    const names = Array.from({ length: 5_000 }, (_, n) => throttle.nameBucket(`invented-${n}`).name);
    // By chance a dozen of so many share a place; of places without number none would.
    expect(new Set(names).size).toBeLessThan(5_000);
    expect(new Set(names).size).toBeGreaterThan(4_950);
  });

  it('is that of the /64 for IPv6, of the IPv4 for a mapped address, and each IPv4 has its own', () => {
    const same = [
      ['2001:db8::1', '2001:DB8:0:0:ffff:ffff:ffff:ffff', '2001:0db8:0000:0000::2', '2001:db8::192.0.2.1'],
      ['192.0.2.7', '::ffff:192.0.2.7', '::FFFF:c000:207', '0:0:0:0:0:ffff:192.0.2.7'],
      ['192.0.2.8', '::ffff:192.0.2.8'],
      ['2001:db8:0:1::1', '2001:db8:0:1:8000::'],
      ['fe80::1', 'fe80::2%eth0'],
      ['::1'],
      ['', 'not an address'],
    ];
    const names = same.map((group) => new Set(group.map((address) => throttle.addressBucket(address).name)));
    for (const group of names) expect(group.size).toBe(1);
    expect(new Set(names.flatMap((group) => [...group])).size).toBe(same.length);
  });

  it('does not depend on the process, and is another one under another secret', () => {
    const user = newId<UserId>();
    expect(other.accountBucket(user)).toEqual(throttle.accountBucket(user));
    expect(new SignInThrottle(links.pair[0], 'another secret').accountBucket(user)).not.toEqual(
      throttle.accountBucket(user),
    );
  });
});

describe('checking passwords under the throttle', () => {
  const hashes = { asked: 0, spent: 0 };
  /** Stands in for the hasher: as many at once as there are callers, which is the worst a gate could do. */
  const hasher = {
    async verify(password: string, stored: string | null, admit?: () => Promise<'go' | 'refused'>) {
      hashes.asked += 1;
      if (admit !== undefined && (await admit()) === 'refused') return 'refused' as const;
      hashes.spent += 1;
      await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 20));
      return stored !== null && password === stored ? ('right' as const) : ('wrong' as const);
    },
  };
  const everywhere = () => [new PasswordCheck(throttle, hasher), new PasswordCheck(other, hasher)] as const;
  beforeEach(() => {
    Object.assign(hashes, { asked: 0, spent: 0 });
  });

  it('evaluates exactly 10 of 200 parallel wrong passwords from two servers, and refuses the others', async () => {
    const buckets = [newAccount(), newAddress()];
    const outcomes = await Promise.allSettled(
      Array.from({ length: 200 }, (_, i) =>
        everywhere()[i % 2 === 0 ? 0 : 1].check(buckets, `wrong ${i}`, 'right', false),
      ),
    );
    expect(hashes.spent).toBe(10);
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(10);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ slug: 'too-many-attempts' });
    }
  });

  it('evaluates exactly 5 of 200 at a limit of 5, and the owner gets in meanwhile from a browser that is known', async () => {
    const limits = { ...throttleLimits, account: 5 };
    const [one, two] = links.pair.map(
      (link) => new SignInThrottle(link, secret, throttleScripts(shiftedClock), limits),
    );
    if (one === undefined || two === undefined) throw new Error('two links are needed');
    const checks = [new PasswordCheck(one, hasher), new PasswordCheck(two, hasher)];
    const account = newAccount();
    const guesses = Array.from({ length: 200 }, (_, i) =>
      checks[i % 2]?.check([account, newAddress()], `wrong ${i}`, 'right', false),
    );
    const owner = checks[0]?.check([one.browserBucket('the owner’s')], 'right', 'right', false);
    const outcomes = await Promise.allSettled(guesses);
    expect(await owner).toBe(true);
    expect(hashes.spent).toBe(5 + 1);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
  });

  it('evaluates exactly 100 of 300 stolen passwords from one address, one for each account, and others are not kept out', async () => {
    const address = newAddress();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 300 }, (_, i) =>
        everywhere()[i % 2 === 0 ? 0 : 1].check([newAccount(), address], 'stolen', 'right', false),
      ),
    );
    expect(hashes.spent).toBe(throttleLimits.address);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(throttleLimits.address);
    expect(await everywhere()[0].check([newAccount(), newAddress()], 'right', 'right', false)).toBe(true);
  });

  it('says of a password that was guessed at 100 times in a row that it is to be set anew, also of accounts nobody has', async () => {
    for (const stored of ['right', null]) {
      const account = stored === null ? throttle.nameBucket(newId<UserId>()) : newAccount();
      for (let i = 0; i < mostInRow / throttleLimits.account; i += 1) {
        await setShift(i * (longestWindowMs + 1_000));
        await fail(throttle.about([account], stored), throttleLimits.account);
      }
      await expect(everywhere()[0].check([account], 'right', stored, false)).rejects.toMatchObject({
        slug: 'too-many-attempts',
        detail: expect.stringContaining('choose a new password'),
        members: { retryAfterSeconds: 43_200 },
      });
      expect(hashes.spent).toBe(0);
    }
  });

  it('lets 20 parallel right passwords of one account in, also with one failure left', async () => {
    const buckets = [newAccount(), newAddress()];
    await fail(buckets, throttleLimits.account - 1);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, i) => everywhere()[i % 2 === 0 ? 0 : 1].check(buckets, 'right', 'right', false)),
    );
    expect(outcomes).toEqual(Array.from({ length: 20 }, () => true));
  });

  it('counts a right password of a barred account as wrong, so that nothing tells it from a wrong one', async () => {
    const account = newAccount();
    const [check] = everywhere();
    for (let i = 0; i < throttleLimits.account; i += 1)
      expect(await check.check([account], 'right', 'right', true)).toBe(false);
    await expect(check.check([account], 'right', 'right', true)).rejects.toMatchObject({ slug: 'too-many-attempts' });
  });

  it('does not count it for the address, so that those who are barred shut nobody out of their office', async () => {
    const address = newAddress();
    const [check] = everywhere();
    for (let i = 0; i < throttleLimits.address; i += 1)
      expect(await check.check([newAccount(), address], 'right', 'right', true)).toBe(false);
    expect(await check.check([newAccount(), address], 'right', 'right', false)).toBe(true);
  });

  it('spends no hash and stands in no queue once the limit is reached', async () => {
    const account = newAccount();
    await fail([account], throttleLimits.account);
    const [check] = everywhere();
    await expect(check.check([account], 'right', 'right', false)).rejects.toMatchObject({
      slug: 'too-many-attempts',
      members: { retryAfterSeconds: expect.any(Number) },
    });
    expect(hashes).toEqual({ asked: 0, spent: 0 });
  });

  it('gives up after about two seconds when the guesses in flight never settle', async () => {
    const account = newAccount();
    const held: Admission[] = [];
    for (let i = 0; i < throttleLimits.account; i += 1)
      held.push(await throttle.reserve([account], throttle.newGuess()));
    const startedMs = performance.now();
    const [check] = everywhere();
    await expect(check.check([account], 'right', 'right', false)).rejects.toMatchObject({
      members: { retryAfterSeconds: 1 },
    });
    expect(performance.now() - startedMs).toBeLessThan(4_000);
    expect(hashes.spent).toBe(0);
  });

  it('gives the place back when the hasher fails, and passes its error on', async () => {
    const account = newAccount();
    const broken = {
      async verify(
        _password: string,
        _stored: string | null,
        admit?: () => Promise<'go' | 'refused'>,
      ): Promise<'right'> {
        await admit?.();
        throw new Error('the hashing process died');
      },
    };
    for (let i = 0; i < 30; i += 1) {
      await expect(new PasswordCheck(throttle, broken).check([account], 'x', null, false)).rejects.toThrow('died');
    }
    expect(await throttle.look([account])).toBe(0);
  });
});

describe('a known browser', () => {
  const browsers = new KnownBrowsers(['newest secret', 'older secret']);
  const anna = { id: newId<UserId>(), passwordHash: 'hashed' };

  it('is known for the user who signed in from it, and keeps its name when it is renewed', () => {
    const first = browsers.remember(anna, null);
    const device = browsers.deviceOf(anna, first.value ?? undefined);
    expect(device).toMatch(/^[\w-]{22}$/);
    expect(browsers.deviceOf(anna, browsers.remember(anna, device).value ?? undefined)).toBe(device);
    expect(first).toMatchObject({ name: 'device', maxAgeSeconds: 400 * 86_400 });
  });

  it('is nobody else’s: not for another user, not with another signature, not altered', () => {
    const value = browsers.remember(anna, null).value ?? '';
    expect(browsers.deviceOf({ ...anna, id: newId<UserId>() }, value)).toBeNull();
    expect(new KnownBrowsers(['foreign secret']).deviceOf(anna, value)).toBeNull();
    expect(browsers.deviceOf(anna, value.replace(anna.id, newId<UserId>()))).toBeNull();
    for (const text of ['', '.', 'd', `d.${anna.id}`, `${value}x`, value.slice(0, -1), 'x'.repeat(10_000)]) {
      expect(browsers.deviceOf(anna, text)).toBeNull();
    }
    expect(browsers.deviceOf(anna, undefined)).toBeNull();
  });

  it('is not known any more when the password has been changed, and is told from one that never was', () => {
    const value = browsers.remember(anna, null).value ?? '';
    const changed = { ...anna, passwordHash: 'hashed anew' };
    expect(browsers.deviceOf(changed, value)).toBeNull();
    expect(browsers.deviceOf({ ...anna, passwordHash: null }, value)).toBeNull();
    expect(browsers.wasOf(anna.id, value)).toBe(true);
    expect(browsers.wasOf(newId<UserId>(), value)).toBe(false);
    expect(browsers.wasOf(anna.id, `${value}x`)).toBe(false);
    expect(value).not.toContain('hashed');
  });

  it('stays known while the secret that signed it is on the list', () => {
    const before = new KnownBrowsers(['older secret']).remember(anna, null);
    expect(browsers.deviceOf(anna, before.value ?? undefined)).not.toBeNull();
  });
});
