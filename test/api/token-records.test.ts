import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { schema } from '../../ormconfig.js';
import { newId, type UserId } from '../../src/kernel/ids.js';
import { Pace } from '../../src/kernel/pace.js';
import { createLog } from '../../src/platform/log.js';
import { createDataSource } from '../../src/platform/postgres.js';
import { TokenRecords } from '../../src/tokens/token-records.js';
import { tokensPerMinute } from '../../src/tokens/token-service.js';
import { audience, client } from '../support/audience.js';
import type { Guest } from '../support/guest.js';
import { plainRedis } from '../support/plain-redis.js';
import { WholeServer } from '../support/whole-server.js';

let server: WholeServer;
let dataSource: DataSource;
let member: Guest;

beforeAll(async () => {
  server = await WholeServer.start();
  dataSource = await createDataSource(server.databaseUrl, schema).initialize();
  member = await server.world.enter((await server.world.institute()).member);
}, 60_000);

afterAll(async () => {
  await dataSource?.destroy();
  await server?.stop();
});

const exchange = () => member.must(200, 'POST', '/auth/token', { audience: audience.name });
const count = async (): Promise<number> =>
  Number((await dataSource.query('SELECT count(*) AS count FROM token_records'))[0].count);

describe('records of tokens', () => {
  it('go by themselves a day after their token, whoever looks, and no sooner', async () => {
    const clock = { now: Date.parse('2030-01-03T00:00:00Z') };
    const process = () => new TokenRecords(dataSource, { nowMs: () => clock.now }, createLog({ level: 'silent' }));
    await dataSource.query('DELETE FROM token_records');
    await dataSource.query(
      `INSERT INTO token_records (jti, user_id, ref, audience, once, issued_at, expires_at)
       SELECT md5(n::text)::uuid, $1, 'r', 'a', false, '2030-01-01', '2030-01-02' FROM generate_series(1, 12000) n`,
      [newId<UserId>()],
    );
    const day = { userId: newId<UserId>(), ref: 'r', audience: 'a', once: false };
    const expiresAt = new Date('2030-01-02T00:00:01Z');
    await process().add({ ...day, jti: newId(), issuedAt: new Date('2030-01-02T00:00:00Z'), expiresAt });
    expect(await process().purge()).toBe(0);
    clock.now += 1;
    const gone = await Promise.all([process().purge(), process().purge()]);
    expect([gone.reduce((a, b) => a + b), await count()]).toEqual([12_000, 1]);
    clock.now += 1_000;
    expect([await process().purge(), await count()]).toEqual([1, 0]);
  });

  it('are one insert for each token, and nothing is written for one that was refused', async () => {
    const before = await count();
    await exchange();
    await member.ask('POST', '/auth/token', { body: { audience: 'unknown' } });
    expect(await count()).toBe(before + 1);
  });

  it('hold no token and no secret', async () => {
    const { token } = await exchange();
    const text = JSON.stringify([
      await dataSource.query('SELECT * FROM token_records'),
      await dataSource.query('SELECT * FROM signing_keys'),
      await dataSource.query('SELECT * FROM audit'),
    ]);
    for (const part of [token, ...token.split('.'), audience.secret]) expect(text).not.toContain(part);
  });
});

describe('the log of the server', () => {
  it('holds no token and no secret of an application, whatever it is told to write (ASVS 16.2.5)', async () => {
    const lines: string[] = [];
    const log = createLog({ level: 'trace', destination: { write: (line) => void lines.push(line) } });
    const talkative = await WholeServer.start({}, { log });
    try {
      const guest = await talkative.world.enter((await talkative.world.institute()).member);
      const { token, jti } = await guest.must(200, 'POST', '/auth/token', { audience: audience.name });
      const ask = (body: object, headers = {}) =>
        talkative.client.ask('POST', '/auth/token/introspect', { body, headers });
      expect((await ask({ token, ...client(audience) })).json.active).toBe(true);
      const shown = Buffer.from(`${audience.name}:${audience.secret}`).toString('base64');
      expect((await ask({ token }, { authorization: `Basic ${shown}` })).json.active).toBe(true);
      expect((await ask({ token, client_id: 'nobody', client_secret: audience.secret })).status).toBe(401);
      expect((await ask({ token, ...client(audience), more: 1 })).status).toBe(400);
      await talkative.world.root.must(200, 'DELETE', `/admin/api/tokens/${jti}`);
      const text = lines.join('');
      expect(text).toContain('/auth/token/introspect');
      for (const part of [...token.split('.'), audience.secret, shown]) expect(text).not.toContain(part);
    } finally {
      await talkative.stop();
    }
  }, 60_000);
});

describe('a session that wants tokens without end', () => {
  it('is told to wait, and nothing more is written', async () => {
    const greedy = await server.world.enter((await server.world.institute()).member);
    const body = { audience: audience.name };
    const statuses: number[] = [];
    for (let i = 0; i < tokensPerMinute + 5; i += 10) {
      const some = await Promise.all(Array.from({ length: 10 }, () => greedy.ask('POST', '/auth/token', { body })));
      statuses.push(...some.map(({ status }) => status));
    }
    expect(statuses.filter((status) => status === 200)).toHaveLength(tokensPerMinute);
    const refused = await greedy.ask('POST', '/auth/token', { body });
    expect([refused.status, refused.json.type]).toEqual([429, '/problems/too-many-attempts']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await exchange();
  }, 60_000);

  it('begins anew after a minute', () => {
    const clock = { now: 0 };
    const pace = new Pace({ nowMs: () => clock.now }, tokensPerMinute);
    for (let i = 0; i < tokensPerMinute; i += 1) expect(pace.take('a')).toBeNull();
    expect([pace.take('a'), pace.take('b')]).toEqual([60, null]);
    clock.now = 59_001;
    expect(pace.take('a')).toBe(1);
    clock.now = 60_000;
    expect(pace.take('a')).toBeNull();
  });
});

describe('introspection of a disabled user', () => {
  it('says no though Redis has not been told yet: what is durable counts', async () => {
    const { token } = await exchange();
    const asked = async () =>
      (await server.client.ask('POST', '/auth/token/introspect', { body: { token, ...client(audience) } })).json.active;
    const disable = (at: Date | null) =>
      dataSource.query('UPDATE users SET disabled_at = $2 WHERE id = $1', [member.view.user.id, at]);
    expect(await asked()).toBe(true);
    await disable(new Date());
    expect([await asked(), (await member.ask('GET', '/auth/session')).status]).toEqual([false, 200]);
    await disable(null);
    expect(await asked()).toBe(true);
  });
});

describe('introspection while Redis does not answer', () => {
  it('says neither yes nor no but 503, and uses nothing up', async () => {
    const body = {
      token: (await member.must(200, 'POST', '/auth/token', { audience: audience.name, once: true })).token,
    };
    const asked = () => server.client.ask('POST', '/auth/token/introspect', { body: { ...body, ...client(audience) } });
    const redis = await plainRedis(server.stores.REDIS_URL);
    await redis.sendCommand(['CLIENT', 'PAUSE', '1500', 'ALL']);
    const answer = await asked();
    expect([answer.status, answer.json.type]).toEqual([503, '/problems/store-unavailable']);
    await redis.ping();
    redis.destroy();
    let later = await asked();
    for (let i = 0; later.status === 503 && i < 50; i += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      later = await asked();
    }
    expect([later.status, later.json.active]).toEqual([200, true]);
  }, 30_000);
});
