import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { figure } from '../support/pace.js';
import { PastTheServer } from '../support/past-the-server.js';
import { WholeServer } from '../support/whole-server.js';

/** In a long run 300 of each sign in, and medians may differ by 5 %; else few, and what is gross is found. */
const each = figure(30, 300);
const tolerance = figure(0.6, 0.05);
const kinds = ['unknown', 'known', 'disabled', 'without', 'imported'] as const;
type Kind = (typeof kinds)[number];

/** Compared in a third of the time that one of our own takes here. */
const cheap = '$pbkdf2-sha256$6400$.6UI/S.nXIk8jcbdHx3Fhg$98jZicV16ODfEsEZeYPGHU3kbrUrvUEXOPimVSQDD44';
let server: WholeServer;

beforeAll(async () => {
  // The addresses of the clients are made up, since one may not guess so often.
  server = await WholeServer.start({ BCRYPT_COST: '8', TRUST_PROXY: 'loopback', ALLOW_INSECURE: 'true' });
  const { id } = await server.world.account();
  const past = await PastTheServer.open(server.databaseUrl);
  await past.ask(
    `INSERT INTO users (id, email, email_key, password_hash, roles, verified, disabled_at, epoch, version, created_on, updated_at)
     SELECT gen_random_uuid(), kind || n || '@example.org', kind || n || '@example.org',
            CASE kind WHEN 'without' THEN NULL WHEN 'imported' THEN $2 ELSE u.password_hash END,
            u.roles, true, CASE kind WHEN 'disabled' THEN now() END, 1, 1, now(), now()
       FROM users u, generate_series(1, $3::int) n, unnest($4::text[]) kind WHERE u.id = $1`,
    [id, cheap, each, kinds.slice(1)],
  );
  await past.close();
}, 60_000);

afterAll(() => server?.stop());

let asked = 0;

async function millisecondsOf(identifier: string): Promise<number> {
  asked += 1;
  const headers = { 'x-forwarded-for': `10.${(asked >> 16) & 255}.${(asked >> 8) & 255}.${asked & 255}` };
  const beganMs = performance.now();
  const body = { identifier, password: 'a wrong one' };
  const { status } = await server.nobody.ask('POST', '/auth/login', { body, headers });
  const took = performance.now() - beganMs;
  expect(status).toBe(401);
  return took;
}

/** By how much the median of each kind differs from that of names nobody has, as a part of it. */
async function differences(): Promise<Map<Kind, number>> {
  const times = new Map<Kind, number[]>(kinds.map((kind) => [kind, []]));
  for (let i = 1; i <= each; i += 1) {
    const turn = kinds.map((_kind, k) => kinds[(k + i) % kinds.length] ?? 'unknown');
    for (const kind of turn) times.get(kind)?.push(await millisecondsOf(`${kind}${i}@example.org`));
  }
  const median = (kind: Kind) => times.get(kind)?.toSorted((a, b) => a - b)[each >> 1] ?? 0;
  const none = median('unknown');
  return new Map(kinds.map((kind) => [kind, Math.abs(median(kind) - none) / none]));
}

it(`the time of a refused sign-in does not tell whether there is an account, nor which: ${each} of each, in turn (ASVS 6.3.8)`, async () => {
  await millisecondsOf('imported1@example.org');
  const least = new Map<Kind, number>();
  // What is a difference is one each time; what the machine did meanwhile is not.
  for (let round = 0; round < 3; round += 1) {
    for (const [kind, by] of await differences()) least.set(kind, Math.min(by, least.get(kind) ?? by));
    if (Math.max(...least.values()) <= tolerance) break;
  }
  for (const [kind, by] of least)
    expect([kind, Math.round(by * 1000) / 1000, by <= tolerance]).toEqual([kind, expect.any(Number), true]);
}, 600_000);
