import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Guest } from '../support/guest.js';
import { until } from '../support/pace.js';
import { PastTheServer } from '../support/past-the-server.js';
import { WholeServer } from '../support/whole-server.js';

const guesses = 200;
const settings = { THROTTLE_ACCOUNT: '5', SEATLESS_SIGN_IN: 'true' };
let server: WholeServer;
let other: Awaited<ReturnType<WholeServer['another']>>;
let past: PastTheServer;

beforeAll(async () => {
  server = await WholeServer.start(settings);
  other = await server.another(settings);
  past = await PastTheServer.open(server.databaseUrl);
}, 60_000);

afterAll(async () => {
  await past?.close();
  await other?.stop();
  await server?.stop();
});

/** How many passwords both servers have hashed. */
async function hashes(): Promise<number> {
  const texts = await Promise.all([server.nobody, other.nobody].map((guest) => guest.ask('GET', '/metrics')));
  const counts = texts.map(({ text }) => /^usher_password_hash_duration_seconds_count (\d+)$/m.exec(text)?.[1]);
  return counts.reduce((sum, count) => sum + Number(count), 0);
}

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

describe(`${guesses} wrong passwords at once, at two servers`, () => {
  it('cost five hashes where five are admitted, and the owner gets in from a known browser while they come (ASVS 6.1.1, 6.3.1)', async () => {
    const owner = await server.world.account();
    const known = await server.world.enter(owner);
    const before = await hashes();
    const answers: string[] = [];
    let ownerIn = false;
    // Each goes on until the owner is in: so there is no moment without wrong guesses on their way.
    const guessing = Array.from({ length: guesses }, async (_, n) => {
      do {
        const nobody = n % 2 === 0 ? server.nobody : other.nobody;
        const answer = await nobody.trySignIn({ identifier: owner.email, password: `wrong ${n}` });
        answers.push(answer instanceof Guest ? 'signed-in' : answer.json.type.replace('/problems/', ''));
      } while (!ownerIn);
    });
    await until('some are answered', 20_000, async () => answers.length > 0);
    const atFirst = answers.length;
    const entered = await known.trySignIn(owner.login);
    const meanwhile = answers.length - atFirst;
    ownerIn = true;
    await Promise.all(guessing);
    expect(entered).toBeInstanceOf(Guest);
    expect(meanwhile).toBeGreaterThan(0);
    expect(answers.length).toBeGreaterThanOrEqual(guesses);
    const told = tally(answers);
    expect(told['invalid-credentials']).toBe(5);
    // A machine that others keep busy may also say so, before it looks at a guess.
    const { 'invalid-credentials': _, 'too-many-attempts': refused = 0, busy = 0, ...rest } = told;
    expect([refused + busy, rest]).toEqual([answers.length - 5, {}]);
    expect((await hashes()) - before).toBe(5 + 1);
    const entries = async () =>
      tally(
        (await past.ask<{ outcome: string }>('SELECT outcome FROM sign_ins WHERE user_id = $1', [owner.id])).map(
          ({ outcome }) => outcome,
        ),
      );
    const all = async () => Object.values(await entries()).reduce((sum, n) => sum + n, 0);
    await until('all is in the log', 10_000, async () => (await all()) === answers.length + 2);
    expect(await entries()).toEqual({ ...told, 'signed-in': 2 });
  }, 90_000);
});
