import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, decodeProtectedHeader, importJWK, jwtVerify } from 'jose';
import type { DataSource } from 'typeorm';
import { schema } from '../../ormconfig.js';
import { createLog } from '../../src/platform/log.js';
import { createDataSource, runMigrations } from '../../src/platform/postgres.js';
import { Seal } from '../../src/platform/seal.js';
import { Assertions, assertionType } from '../../src/tokens/assertions.js';
import { type SigningKeyRow, signingKeyTable } from '../../src/tokens/signing-key-table.js';
import { SigningKeys } from '../../src/tokens/signing-keys.js';
import { audience, client } from '../support/audience.js';
import { freshDatabase, type TestDatabase } from '../support/stores.js';
import { WholeServer } from '../support/whole-server.js';

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
const pepper = 'a pepper of the tests that is long enough for a key';
const log = createLog({ level: 'silent' });

let database: TestDatabase;
let dataSource: DataSource;

beforeAll(async () => {
  database = await freshDatabase();
  dataSource = createDataSource(database.url, schema);
  await runMigrations(dataSource);
  await dataSource.initialize();
}, 60_000);

afterAll(async () => {
  await dataSource?.destroy();
  await database?.stop();
});

/** A process of a house whose clock the test sets. */
function processAt(clock: { now: number }, { seal = new Seal(pepper), keyDays = 30 } = {}): SigningKeys {
  return new SigningKeys({ dataSource, seal, clock: { nowMs: () => clock.now }, log, keyDays });
}
const rows = (): Promise<SigningKeyRow[]> =>
  dataSource.getRepository(signingKeyTable).find({ order: { signsFrom: 'ASC' } });
const kids = (keys: SigningKeys): string[] =>
  JSON.parse(keys.published.text).keys.map(({ kid }: { kid: string }) => kid);
const signerOf = async (keys: SigningKeys) => decodeProtectedHeader(await keys.sign({ sub: 'x' }, 'at+jwt')).kid;
const fresh = async (now = Date.parse('2030-01-01T00:00:00Z')) => {
  await dataSource.getRepository(signingKeyTable).clear();
  return { now };
};

describe('signing keys', () => {
  it('are one for all, though eight processes start at once', async () => {
    const clock = await fresh();
    const house = Array.from({ length: 8 }, () => processAt(clock));
    await Promise.all(house.map((keys) => keys.refresh()));
    const [row, ...others] = await rows();
    expect(others).toEqual([]);
    expect(row?.signsFrom.getTime()).toBe(clock.now);
    for (const keys of house) expect([kids(keys), await signerOf(keys)]).toEqual([[row?.kid], row?.kid]);
  });

  it('are published an hour before they sign, and stay until all they signed is over', async () => {
    const clock = await fresh();
    const [keys, other] = [processAt(clock), processAt(clock)];
    await Promise.all([keys.refresh(), other.refresh()]);
    const [first] = kids(keys);
    const start = clock.now;
    const token = async () =>
      keys.sign({ iss: 'i', aud: 'a', sub: 's', sid: 's', jti: 'j', iat: 0, exp: 4e9 }, 'at+jwt');
    const isGood = async (text: string) =>
      (await other.verify(text, { issuer: 'i', type: 'at+jwt', audiences: ['a'] })) !== null;
    const old = await token();

    clock.now = start + 30 * day - hour - 1;
    await keys.refresh();
    expect(kids(keys)).toEqual([first]);

    clock.now += 1;
    await Promise.all([keys.refresh(), other.refresh()]);
    const [second] = kids(keys);
    expect([kids(keys), kids(other)]).toEqual([
      [second, first],
      [second, first],
    ]);
    expect([await signerOf(keys), await signerOf(other)]).toEqual([first, first]);

    // Nobody has to look for it: the time has come.
    clock.now += hour;
    expect([await signerOf(keys), await signerOf(other)]).toEqual([second, second]);
    const young = await token();
    expect([await isGood(old), await isGood(young)]).toEqual([true, true]);

    clock.now += 15 * minute - 1;
    await keys.refresh();
    expect(kids(keys)).toEqual([second, first]);
    clock.now += 1;
    await Promise.all([keys.refresh(), other.refresh()]);
    expect([kids(keys), kids(other), (await rows()).length]).toEqual([[second], [second], 1]);
    expect([await isGood(old), await isGood(young)]).toEqual([false, true]);
  });

  it('keep signing after a long sleep until the next one has been published for an hour', async () => {
    const clock = await fresh();
    const keys = processAt(clock, { keyDays: 1 });
    await keys.refresh();
    const [first] = kids(keys);
    clock.now += 90 * day;
    await keys.refresh();
    expect([kids(keys).length, await signerOf(keys)]).toEqual([2, first]);
    clock.now += hour - 1;
    expect(await signerOf(keys)).toBe(first);
    clock.now += 1;
    expect(await signerOf(keys)).not.toBe(first);
  });

  it('are sealed in the database, and are of no use under another pepper, which makes its own at once (ASVS 13.3.1)', async () => {
    const clock = await fresh();
    const keys = processAt(clock);
    await keys.refresh();
    const [row] = await rows();
    expect(row?.sealedPart).toMatch(/^v1\.[\w-]{80,}$/);
    expect(keys.published.text).not.toMatch(/"d"/);
    const changed = processAt(clock, { seal: new Seal('another pepper of the tests that is long enough') });
    await changed.refresh();
    expect(kids(changed)).toHaveLength(2);
    expect(await signerOf(changed)).not.toBe(row?.kid);
    // Its old tokens are still known as its own.
    const token = await keys.sign({ iss: 'i', aud: 'a', sub: 's', sid: 's', jti: 'j', iat: 0, exp: 4e9 }, 'at+jwt');
    expect(await changed.verify(token, { issuer: 'i', type: 'at+jwt', audiences: ['a'] })).not.toBeNull();
  });

  it('are given up by deleting their row: the next look makes another, and what the lost one signed is refused', async () => {
    const clock = await fresh();
    const house = [processAt(clock), processAt(clock)] as const;
    await Promise.all(house.map((keys) => keys.refresh()));
    const [lost] = kids(house[0]);
    const claims = { iss: 'i', aud: 'a', sub: 's', sid: 's', jti: 'j', iat: 0, exp: 4e9 };
    const token = await house[0].sign(claims, 'at+jwt');
    await dataSource.getRepository(signingKeyTable).delete(String(lost));
    await Promise.all(house.map((keys) => keys.refresh()));
    for (const keys of house) {
      expect(kids(keys)).toHaveLength(1);
      expect(await signerOf(keys)).not.toBe(lost);
      expect(await keys.verify(token, { issuer: 'i', type: 'at+jwt', audiences: ['a'] })).toBeNull();
    }
    expect(kids(house[0])).toEqual(kids(house[1]));
  });

  it('stay in use while Postgres is away', async () => {
    const clock = await fresh();
    const keys = processAt(clock);
    await keys.refresh();
    const away = createDataSource(database.url, schema);
    const lonely = new SigningKeys({
      ...{ dataSource: away, seal: new Seal(pepper), clock: { nowMs: () => clock.now }, log, keyDays: 30 },
    });
    await away.initialize();
    await lonely.start();
    await away.destroy();
    await expect(lonely.refresh()).rejects.toThrow();
    expect([await signerOf(lonely), kids(lonely)]).toEqual([kids(keys)[0], kids(keys)]);
    await lonely.stop();
  });
});

describe('a running server', () => {
  it('gives tokens that are good before, during and after its key changes', async () => {
    const server = await WholeServer.start();
    const other = await server.another();
    const hand = await createDataSource(server.databaseUrl, schema).initialize();
    try {
      const member = await server.world.enter((await server.world.institute()).member);
      // Holds what it has seen until it meets a key it does not know, as whoever verifies tokens does.
      const url = (port: number) => new URL(`http://127.0.0.1:${port}/.well-known/jwks.json`);
      const set = createRemoteJWKSet(url(server.client.port), { cooldownDuration: 0 });
      const later = async (ms: number) => {
        await hand.query(`UPDATE signing_keys SET signs_from = signs_from - $1 * interval '1 ms'`, [ms]);
        await server.usher.signingKeys.refresh();
      };
      const made = async () => {
        const { token } = await member.must(200, 'POST', '/auth/token', {
          audience: audience.name,
          lifetimeSeconds: 300,
        });
        return { token, kid: decodeProtectedHeader(token).kid };
      };
      const isGood = async ({ token }: { token: string }) => {
        const options = { issuer: 'http://127.0.0.1:3000', audience: audience.name, typ: 'at+jwt' };
        const seen = await jwtVerify(token, set, options).then(
          () => true,
          () => false,
        );
        const body = { token, ...client(audience) };
        const asked = await server.client.ask('POST', '/auth/token/introspect', { body });
        return [seen, asked.json.active];
      };
      const published = async () => {
        const { json, headers } = await server.client.ask('GET', '/.well-known/jwks.json');
        return { kids: json.keys.map(({ kid }: { kid: string }) => kid), etag: headers['etag'] };
      };
      const before = await made();
      const first = await published();
      expect([first.kids, await isGood(before)]).toEqual([[before.kid], [true, true]]);
      const { json } = await other.nobody.ask('GET', '/.well-known/jwks.json');
      expect(json.keys.map(({ kid }: { kid: string }) => kid)).toEqual(first.kids);

      await later(30 * day - hour + 1000);
      const during = await made();
      const both = await published();
      expect([both.kids.length, during.kid, both.etag === first.etag]).toEqual([2, before.kid, false]);
      expect([await isGood(before), await isGood(during)]).toEqual([
        [true, true],
        [true, true],
      ]);

      await later(hour);
      const after = await made();
      expect(after.kid).toBe(both.kids[0]);
      expect(after.kid).not.toBe(before.kid);
      for (const token of [before, during, after]) expect(await isGood(token)).toEqual([true, true]);

      await later(15 * minute);
      expect((await published()).kids).toEqual([after.kid]);
      expect(await isGood(after)).toEqual([true, true]);
    } finally {
      await hand.destroy();
      await other.stop();
      await server.stop();
    }
  }, 60_000);
});

describe('an assertion', () => {
  const claims = { sub: 'somebody', sid: 's00.handle', roles: ['user'] };

  it('is a JWT of 60 s, the same for 30 s while nothing changes, and asks no store', async () => {
    const clock = await fresh();
    const away = createDataSource(database.url, schema);
    const keys = new SigningKeys({
      ...{ dataSource: away, seal: new Seal(pepper), clock: { nowMs: () => clock.now }, log, keyDays: 30 },
    });
    await away.initialize();
    await keys.refresh();
    await away.destroy();
    const assertions = new Assertions(keys, 'https://app.example.org', { nowMs: () => clock.now });
    const first = await assertions.signAssertion(claims);
    const issuer = 'https://app.example.org';
    const now = clock.now / 1000;
    const { payload } = await jwtVerify(first, () => importJWK(JSON.parse(keys.published.text).keys[0], 'EdDSA'), {
      typ: assertionType,
      currentDate: new Date(clock.now),
    });
    expect(payload).toEqual({ ...claims, iss: issuer, aud: issuer, iat: now, nbf: now - 10, exp: now + 60 });
    clock.now += 29_000;
    expect(await assertions.signAssertion({ ...claims })).toBe(first);
    expect(await assertions.signAssertion({ ...claims, roles: ['user', 'staff'] })).not.toBe(first);
    expect(await assertions.signAssertion({ ...claims, sid: 's00.other' })).not.toBe(first);
    clock.now += 1_000;
    expect(await assertions.signAssertion(claims)).not.toBe(first);
  });

  it('that could not be signed is tried again', async () => {
    const clock = await fresh();
    const keys = processAt(clock);
    const assertions = new Assertions(keys, 'https://app.example.org', { nowMs: () => clock.now });
    await expect(assertions.signAssertion(claims)).rejects.toThrow('no key');
    await keys.refresh();
    expect(await assertions.signAssertion(claims)).toMatch(/^eyJ/);
  });
});
