import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { verify as verifyArgon2 } from '@node-rs/argon2';
import bcrypt from 'bcrypt';
import { Problem } from '../../src/kernel/problem.js';
import { createLog } from '../../src/platform/log.js';
import { PasswordHasher, type PasswordHasherOptions } from '../../src/platform/password-hash.js';

const pepper = 'a pepper of the tests, 32 characters';
const log = createLog({ level: 'silent' });
const open: PasswordHasher[] = [];

/** A hasher at the lowest cost, and how many hashes it has spent. */
function newHasher(options: Partial<PasswordHasherOptions> = {}): { hasher: PasswordHasher; spent: () => number } {
  let spent = 0;
  const metrics = { hashQueue: () => {}, passwordHashed: () => spent++ };
  const hasher = new PasswordHasher({ pepper, cost: 4, log, metrics, ...options });
  open.push(hasher);
  return { hasher, spent: () => spent };
}

afterEach(async () => {
  for (const hasher of open.splice(0)) await hasher.close();
});

describe('a stored password', () => {
  it('is right for itself only', async () => {
    const { hasher } = newHasher();
    const stored = await hasher.hash('correct horse battery staple');
    expect(await hasher.verify('correct horse battery staple', stored)).toBe('right');
    expect(await hasher.verify('Correct horse battery staple', stored)).toBe('wrong');
  });

  it('cannot be read back, and is another text each time (ASVS 11.4.2)', async () => {
    const { hasher } = newHasher();
    const [one, two] = [await hasher.hash('correct horse'), await hasher.hash('correct horse')];
    expect(one).toMatch(/^bcrypt\$v1\$\$2b\$04\$[./A-Za-z0-9]{53}$/);
    expect(one).not.toBe(two);
    expect(one).not.toContain('correct');
  });

  it('is worth nothing without the pepper (ASVS 11.4.4)', async () => {
    const stored = await newHasher().hasher.hash('correct horse');
    const { hasher } = newHasher({ pepper: 'another pepper, also 32 characters' });
    expect(await hasher.verify('correct horse', stored)).toBe('wrong');
    expect(await bcrypt.compare('correct horse', stored.slice('bcrypt$v1$'.length))).toBe(false);
  });

  it.each([
    ['bcrypt', 72],
    ['bcrypt', 999],
    ['argon2id', 72],
    ['argon2id', 999],
  ] as const)('counts to its last character, with %s also after %i others (ASVS 6.2.9)', async (scheme, others) => {
    const { hasher } = newHasher({ scheme });
    const long = 'x'.repeat(others);
    const stored = await hasher.hash(`${long}a`);
    expect(await hasher.verify(`${long}a`, stored)).toBe('right');
    expect(await hasher.verify(`${long}b`, stored)).toBe('wrong');
    expect(await hasher.verify(long, stored)).toBe('wrong');
  });

  it('is not cut off at a NUL byte', async () => {
    const { hasher } = newHasher();
    const stored = await hasher.hash('before\0after');
    expect(await hasher.verify('before\0after', stored)).toBe('right');
    expect(await hasher.verify('before\0other', stored)).toBe('wrong');
    expect(await hasher.verify('before', stored)).toBe('wrong');
  });

  it('may consist of 1024 emoji', async () => {
    const { hasher } = newHasher();
    const stored = await hasher.hash('🎭'.repeat(1024));
    expect(await hasher.verify('🎭'.repeat(1024), stored)).toBe('right');
    expect(await hasher.verify(`${'🎭'.repeat(1023)}🎪`, stored)).toBe('wrong');
  });

  it('is the same whether the keyboard composes its letters or not, and differs in everything else', async () => {
    const { hasher } = newHasher();
    const stored = await hasher.hash('Za\u017c\u00f3\u0142\u0107 g\u0119\u015bl\u0105');
    expect(await hasher.verify('Zaz\u0307o\u0301\u0142c\u0301 ge\u0328s\u0301la\u0328', stored)).toBe('right');
    expect(await hasher.verify('Zazolc gesla', stored)).toBe('wrong');
    expect(await hasher.verify('\uff11', await hasher.hash('1'))).toBe('wrong');
  });

  it('has no lone surrogates', async () => {
    const { hasher, spent } = newHasher();
    await expect(hasher.hash('half \ud83c')).rejects.toThrow(TypeError);
    await expect(hasher.verify('half \udfad', null)).rejects.toThrow(TypeError);
    expect(spent()).toBe(0);
  });

  it('is to be hashed again when cost or scheme have changed, and right until then', async () => {
    const [four, five, argon2] = [newHasher(), newHasher({ cost: 5 }), newHasher({ scheme: 'argon2id' })];
    const stored = await four.hasher.hash('correct horse');
    const other = await argon2.hasher.hash('correct horse');
    expect(four.hasher.needsRehash(stored)).toBe(false);
    expect(five.hasher.needsRehash(stored)).toBe(true);
    expect(four.hasher.needsRehash(stored.replace('v1', 'v0'))).toBe(true);
    expect(argon2.hasher.needsRehash(stored)).toBe(true);
    expect(argon2.hasher.needsRehash(other)).toBe(false);
    expect(four.hasher.needsRehash(other)).toBe(true);
    for (const { hasher } of [four, five, argon2]) {
      for (const hash of [stored, other]) {
        expect(await hasher.verify('correct horse', hash)).toBe('right');
        expect(await hasher.verify('wrong horse', hash)).toBe('wrong');
      }
    }
  });

  it('is made with 19 MiB, two passes and one lane by argon2id, and worth nothing without the pepper', async () => {
    const { hasher, spent } = newHasher({ scheme: 'argon2id' });
    const stored = await hasher.hash('a\0b 🎭');
    expect(stored).toMatch(/^argon2id\$v1\$\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(await hasher.verify('a\0b 🎭', stored)).toBe('right');
    expect(await hasher.verify('a\0c 🎭', stored)).toBe('wrong');
    expect(await verifyArgon2(stored.slice('argon2id$v1$'.length), 'a\0b 🎭')).toBe(false);
    const before = spent();
    expect(await hasher.verify('a\0b 🎭', null)).toBe('wrong');
    expect(spent()).toBe(before + 1);
  });
});

describe('what is not a password of anybody', () => {
  it('takes one hash, as a real account does, and is wrong', async () => {
    const { hasher, spent } = newHasher();
    expect(await hasher.verify('correct horse', null)).toBe('wrong');
    expect(spent()).toBe(1);
    const expensive = `bcrypt$v1$$2b$16$${'N'.repeat(53)}`;
    for (const stored of ['', 'not a hash', '$2b$04$too-short', expensive, `${expensive}$`]) {
      expect(await hasher.verify('correct horse', stored)).toBe('wrong');
    }
    expect(spent()).toBe(6);
  });

  it.each(['bcrypt', 'argon2id'] as const)(
    'takes a real hash at the cost that real accounts have: %s',
    async (scheme) => {
      const { hasher } = newHasher({ scheme, cost: 9 });
      const stored = await hasher.hash('correct horse');
      const timed = async (against: string | null) => {
        const beganMs = performance.now();
        await hasher.verify('wrong horse', against);
        return performance.now() - beganMs;
      };
      const [real, none] = [await timed(stored), await timed(null)];
      // A hash takes some 10 to 25 ms; skipped work would take less than one.
      expect(none).toBeGreaterThan(real / 4);
    },
  );
});

describe('the gate', () => {
  it('spends no hash for who is not admitted when the turn comes', async () => {
    const { hasher, spent } = newHasher();
    expect(await hasher.verify('correct horse', null, async () => 'refused')).toBe('refused');
    expect(spent()).toBe(0);
    expect(await hasher.verify('correct horse', null, async () => 'go')).toBe('wrong');
    await expect(hasher.verify('x', null, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(spent()).toBe(1);
  });

  it('lets no more in at once than it was told', async () => {
    const { hasher } = newHasher({ concurrency: 2 });
    let inside = 0;
    let most = 0;
    const admit = async () => {
      inside++;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 10));
      inside--;
      return 'refused' as const;
    };
    await Promise.all(Array.from({ length: 9 }, () => hasher.verify('x', null, admit)));
    expect(most).toBe(2);
  });

  it('serves in the order of arrival', async () => {
    const { hasher } = newHasher({ concurrency: 1 });
    const order: number[] = [];
    const admit = (turn: number) => async () => {
      order.push(turn);
      return 'refused' as const;
    };
    await Promise.all([1, 2, 3, 4, 5].map((turn) => hasher.verify('x', null, admit(turn))));
    expect(order).toEqual([1, 2, 3, 4, 5]);
  });

  it('refuses at once who would wait too long, and says when to come back', async () => {
    const { hasher, spent } = newHasher({ cost: 10, concurrency: 1, maxWaitMs: 100 });
    const tries = await Promise.allSettled(Array.from({ length: 10 }, () => hasher.verify('x', null)));
    const refusals = tries.flatMap((attempt) => (attempt.status === 'rejected' ? [attempt.reason] : []));
    expect(refusals.length).toBeGreaterThan(5);
    for (const refusal of refusals) {
      expect(refusal).toBeInstanceOf(Problem);
      expect(refusal).toMatchObject({ slug: 'busy', status: 503, members: { retryAfterSeconds: 1 } });
    }
    expect(spent()).toBe(10 - refusals.length);
    expect(await hasher.verify('x', null)).toBe('wrong');
  });
});

describe('who is refused', () => {
  it('is not kept waiting when hashing has become slower than was thought', async () => {
    const { hasher } = newHasher({ concurrency: 1, maxWaitMs: 400 });
    const hold = hasher.verify('x', null, async () => {
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      return 'refused';
    });
    const beganMs = performance.now();
    await expect(hasher.verify('x', null)).rejects.toMatchObject({ slug: 'busy', members: { retryAfterSeconds: 1 } });
    expect(performance.now() - beganMs).toBeGreaterThan(500);
    expect(performance.now() - beganMs).toBeLessThan(1_400);
    await hold;
    expect(await hasher.verify('x', null)).toBe('wrong');
  });

  it('is told a moment of its own to come back, a quarter of a minute away at most', async () => {
    const { hasher } = newHasher({ cost: 12, concurrency: 1, maxWaitMs: 1 });
    const tries = Array.from({ length: 200 }, () => hasher.verify('x', null, async () => 'refused'));
    const told = (await Promise.allSettled(tries)).flatMap((attempt) =>
      attempt.status === 'rejected' ? [attempt.reason.members.retryAfterSeconds] : [],
    );
    // At some 205 ms for each five come back in a second.
    const inSecond = (second: number) => told.filter((one) => one === second).length;
    for (const second of [2, 7, 12]) {
      expect(inSecond(second)).toBeGreaterThanOrEqual(4);
      expect(inSecond(second)).toBeLessThanOrEqual(6);
    }
    expect(Math.max(...told)).toBe(15);
  });
});

describe('the gate of a server that has just started', () => {
  it('does not take the start of the hashing process for slow hashing, and refuses nobody of a first rush', async () => {
    const { hasher } = newHasher({ concurrency: 1, maxWaitMs: 2_000 });
    // The first one waits for the process, which takes some hundred milliseconds; a hash takes about one.
    expect(await hasher.verify('x', null)).toBe('wrong');
    const rush = Array.from({ length: 200 }, () => hasher.verify('x', null));
    expect(await Promise.all(rush)).toEqual(Array.from({ length: 200 }, () => 'wrong'));
  });
});

describe('the hashing process', () => {
  it('runs at the lowest but four priorities, so that checks go first', async () => {
    const { hasher } = newHasher();
    await hasher.hash('correct horse');
    const afterName = readFileSync(`/proc/${hasher.processId}/stat`, 'utf8').split(') ')[1] ?? '';
    expect(afterName.split(' ')[16]).toBe('15');
  });

  it('is given no secrets: neither environment nor password', async () => {
    const { hasher } = newHasher();
    await hasher.hash('correct horse');
    const environment = readFileSync(`/proc/${hasher.processId}/environ`, 'utf8');
    const names = environment.split('\0').flatMap((entry) => entry.split('=')[0] || []);
    expect(names.filter((name) => !name.startsWith('NODE_CHANNEL_'))).toEqual(['UV_THREADPOOL_SIZE']);
  });

  it('is replaced when it dies, and its work is answered all the same', async () => {
    const { hasher } = newHasher({ cost: 11, concurrency: 2 });
    const stored = await hasher.hash('correct horse');
    const first = hasher.processId;
    const asked = [hasher.verify('correct horse', stored), hasher.verify('wrong horse', stored)];
    if (first !== null) process.kill(first, 'SIGKILL');
    expect(await Promise.all(asked)).toEqual(['right', 'wrong']);
    expect(hasher.processId).not.toBe(first);
  });

  it('ends with its owner', async () => {
    const { hasher } = newHasher();
    await hasher.hash('correct horse');
    const pid = hasher.processId ?? 0;
    await hasher.close();
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });
});
