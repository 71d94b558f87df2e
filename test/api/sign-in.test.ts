import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { schema } from '../../ormconfig.js';
import { type UserRow, userTable } from '../../src/accounts/user-table.js';
import { newId } from '../../src/kernel/ids.js';
import { licenceTable } from '../../src/licences/licence-table.js';
import { memberTable } from '../../src/licences/member-table.js';
import { createLog } from '../../src/platform/log.js';
import { createDataSource } from '../../src/platform/postgres.js';
import { licenceTag, parseRef, seatlessTag } from '../../src/sessions/session-id.js';
import { signInRoutes } from '../../src/sign-in/routes.js';
import { SignInLog } from '../../src/sign-in/sign-in-log.js';
import { signInTable } from '../../src/sign-in/sign-in-table.js';
import { type LabUser, SignInLab } from '../support/sign-in-lab.js';
import { openLinks } from '../support/store-links.js';
import { freshDatabase, freshRedis, type RedisServer, type TestDatabase } from '../support/stores.js';

let redis: RedisServer;
let database: TestDatabase;
let dataSource: DataSource;
let links: Awaited<ReturnType<typeof openLinks>>;
let lab: SignInLab;
let otherServer: SignInLab;

beforeAll(async () => {
  [redis, database] = await Promise.all([freshRedis(), freshDatabase()]);
  dataSource = await createDataSource(database.url, schema).initialize();
  links = await openLinks(redis.url);
  lab = new SignInLab(dataSource, links.pair[0]);
  otherServer = new SignInLab(dataSource, links.pair[1]);
});

afterAll(async () => {
  await Promise.all([lab.close(), otherServer.close()]);
  await links.close();
  await dataSource.destroy();
  await Promise.all([redis.stop(), database.stop()]);
});

const slug = (name: string) => ({ slug: name });
const used = async (tag: string) => (await lab.store.seats(tag)).used;
const lastEntry = async (user: LabUser) => {
  await lab.signIns.settled();
  return dataSource.getRepository(signInTable).findOneOrFail({ where: { userId: user.id }, order: { at: 'DESC' } });
};
async function seatedUser(seats = 2, over: Partial<UserRow> = {}) {
  const user = await lab.user(over);
  return { user, licence: await lab.licence([user], { seats }) };
}

describe('signing in', () => {
  it('answers the session view and takes a seat in the only licence', async () => {
    const { user, licence } = await seatedUser();
    const { view, opened, reply } = await lab.visit(user);
    expect(reply.status).toBe(200);
    expect(view).toEqual({
      user: {
        id: user.id,
        email: user.email,
        username: null,
        name: 'Anna',
        verified: true,
        roles: ['user'],
        permissions: [],
      },
      licence: { id: licence, serial: licence, name: 'Licence' },
      session: expect.objectContaining({ ref: expect.stringContaining(`${licence}.`), amr: ['pwd'], aal: 1 }),
      data: {},
      csrfToken: expect.any(String),
    });
    expect(opened.id.startsWith(`${view.session.ref}.`)).toBe(true);
    expect(await used(licence)).toBe(1);
  });

  it('finds the account by e-mail address and by user name, in any spelling', async () => {
    const { user } = await seatedUser(9, { email: 'Zoë@Example.org', username: 'Zoë' });
    for (const identifier of ['zoë@example.org', ' ZOE\u0308@EXAMPLE.ORG ', 'zoë', 'ＺＯË']) {
      expect((await lab.visit(user, { identifier })).view.user['id']).toBe(user.id);
    }
  });

  it('knows the session afterwards, by the cookie that was bound', async () => {
    const { user } = await seatedUser();
    const visited = await lab.visit(user);
    const cookie = `sid=${encodeURIComponent(visited.cookies['sid'] ?? '')}`;
    const checked = await lab.check.check({
      authorization: undefined,
      cookie,
      userAgent: lab.caller().userAgent,
      background: false,
    });
    expect(checked).toMatchObject({ kind: 'live', session: { ref: visited.view.session.ref } });
  });

  it('answers a wrong password, an unknown name, a disabled account and one without a password alike, for the same work (ASVS 6.3.8)', async () => {
    const { user } = await seatedUser();
    const disabled = await lab.user({ disabledAt: new Date() });
    const without = await lab.user({ password: null });
    const attempts = [
      lab.visit(user, { password: 'wrong' }),
      lab.visit({ email: 'nobody@example.org' }),
      lab.visit(disabled),
      lab.visit(without),
      lab.visit(without, { password: '' }),
    ];
    const before = lab.hashes;
    const outcomes = await Promise.allSettled(attempts);
    const told = outcomes.map((outcome) => {
      const { slug, status, members, detail } = (outcome as PromiseRejectedResult).reason;
      return { slug, status, members, detail };
    });
    for (const one of told) expect(one).toEqual(told[0]);
    expect(told[0]).toMatchObject({ slug: 'invalid-credentials', status: 401 });
    expect(lab.hashes - before).toBe(attempts.length);
  });

  it('gives a token to programs and never to a browser (ASVS 3.3.4)', async () => {
    const { user } = await seatedUser();
    const { view, signed, reply, opened } = await lab.visit(user, {
      delivery: 'bearer',
      headers: { 'sec-fetch-mode': 'cors' },
    });
    expect(view.sessionToken).toBe(signed);
    expect(view.csrfToken).toBeNull();
    expect(reply.cookies).toBeUndefined();
    expect(opened.delivery).toBe('bearer');
    for (const header of ['origin', 'sec-fetch-site']) {
      await expect(lab.visit(user, { delivery: 'bearer', headers: { [header]: 'none' } })).rejects.toMatchObject({
        slug: 'invalid-request',
        members: { errors: [{ pointer: '/delivery', rule: expect.any(String) }] },
      });
    }
  });

  it('spends no hash when the session store is away or refuses to write', async () => {
    const { user } = await seatedUser();
    await links.pair[0].send('x', ['CONFIG', 'SET', 'maxmemory', '1']);
    const before = lab.hashes;
    await expect(lab.visit(user)).rejects.toMatchObject({ name: 'StoreRefusesWrites' });
    await expect(lab.visit(user)).rejects.toMatchObject({ name: 'StoreRefusesWrites' });
    await links.pair[0].send('x', ['CONFIG', 'SET', 'maxmemory', '0']);
    expect(lab.hashes).toBe(before);
    expect((await lastEntry(user)).outcome).toBe('store-unavailable');
    for (let i = 0; i < 40 && lab.store.health().writesRefusedSinceMs !== null; i += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await lab.visit(user);
  });

  it('hashes an old password hash anew at the present cost, and no session ends by it', async () => {
    const older = new SignInLab(dataSource, links.pair[0], 5);
    const user = await older.user();
    const licence = await lab.licence([user]);
    const first = await older.visit(user);
    await lab.visit(user);
    await lab.renewal.settled();
    const row = await dataSource.getRepository(userTable).findOneByOrFail({ id: user.id });
    expect(row.passwordHash).not.toBe(user.passwordHash);
    expect(lab.hasher.needsRehash(row.passwordHash ?? '')).toBe(false);
    expect(row.epoch).toBe(1);
    expect(await used(licence)).toBe(2);
    await lab.visit(user, { cookies: first.cookies });
    await older.close();
  });
});

describe('choosing the licence', () => {
  it('asks which one when there are several, and takes the one that is named', async () => {
    const user = await lab.user();
    const [a, b] = [await lab.licence([user], { name: 'A' }), await lab.licence([user], { name: 'B' })];
    await expect(lab.visit(user)).rejects.toMatchObject({
      slug: 'licence-choice-required',
      members: {
        licences: [
          { id: a, name: 'A', owner: 'Institute' },
          { id: b, name: 'B', owner: 'Institute' },
        ],
      },
    });
    expect((await lab.visit(user, { licenceId: b })).view.licence?.id).toBe(b);
    expect([await used(a), await used(b)]).toEqual([0, 1]);
  });

  it('refuses a licence the person is no member of, also for staff', async () => {
    const foreign = await lab.licence([]);
    for (const roles of [['user'], ['staff']]) {
      const { user } = await seatedUser(2, { roles });
      await expect(lab.visit(user, { licenceId: foreign })).rejects.toMatchObject({
        slug: 'no-licence',
        members: { licenceId: foreign },
      });
    }
  });

  it('lets staff sit without a seat, also when they are members, unless they name the licence', async () => {
    const { user, licence } = await seatedUser(1, { roles: ['staff'] });
    const { view } = await lab.visit(user);
    expect(view.licence).toBeNull();
    expect(parseRef(view.session.ref)?.tag).toBe(seatlessTag(user.id));
    expect(await used(licence)).toBe(0);
    expect((await lab.visit(user, { licenceId: licence })).view.licence?.id).toBe(licence);
  });

  it('refuses an account without a licence, unless sign-in without a seat is allowed', async () => {
    const user = await lab.user();
    await expect(lab.visit(user)).rejects.toMatchObject({ slug: 'no-licence', members: { licenceId: null } });
    expect((await lab.visit(user, {}, lab.seatless)).view.licence).toBeNull();
  });

  it('says when a licence is suspended, has not begun or is over', async () => {
    const hour = 3_600_000;
    const cases = [
      ['licence-suspended', { state: 'suspended' }],
      ['licence-not-started', { validFrom: new Date(Date.now() + hour) }],
      ['licence-expired', { validTo: new Date(Date.now() - hour) }],
    ] as const;
    for (const [name, over] of cases) {
      const user = await lab.user();
      const licence = await lab.licence([user], over);
      await expect(lab.visit(user)).rejects.toMatchObject({ slug: name, status: 403, members: { licenceId: licence } });
      expect(await lastEntry(user)).toMatchObject({ outcome: name, licenceId: licence, ref: null });
    }
  });

  it('goes by the licence as it is in Postgres when the store still knows an older one', async () => {
    const { user, licence } = await seatedUser(1);
    await lab.visit(user);
    await dataSource.getRepository(licenceTable).update({ id: licence }, { seats: 2, version: 2 });
    await lab.visit(user);
    expect(await lab.store.seats(licence)).toEqual({ used: 2, limit: 2 });
  });
});

describe('a full house', () => {
  it('refuses with what the person needs to know, and counts no failure', async () => {
    const { user, licence } = await seatedUser(1);
    const first = await lab.visit(user);
    const from = lab.newAddress();
    for (let i = 0; i < 12; i += 1) {
      await expect(lab.visit(user, { from })).rejects.toMatchObject({
        slug: 'no-seat-free',
        status: 409,
        members: {
          licenceId: licence,
          limit: 1,
          used: 1,
          nextFreeAt: expect.stringMatching(/^\d{4}-.*Z$/),
          reason: 'FULL',
          options: ['wait'],
          ticket: expect.stringMatching(/^[\w-]{43}$/),
          ownSessions: [
            {
              ref: first.view.session.ref,
              current: false,
              createdAt: expect.any(String),
              lastSeenAt: expect.any(String),
              expiresAt: expect.any(String),
              userAgent: expect.stringContaining('Firefox'),
              ip: expect.any(String),
              browser: expect.stringContaining('Firefox'),
              os: expect.any(String),
            },
          ],
        },
      });
    }
    expect(await lastEntry(user)).toMatchObject({ outcome: 'no-seat-free', licenceId: licence });
  });

  it('names nobody else’s sessions', async () => {
    const [anna, ben] = [await lab.user(), await lab.user()];
    await lab.licence([anna, ben], { seats: 1 });
    await lab.visit(anna);
    await expect(lab.visit(ben)).rejects.toMatchObject({ slug: 'no-seat-free', members: { ownSessions: [] } });
  });

  it('lets the browser that sits there exchange its seat', async () => {
    const { user, licence } = await seatedUser(1);
    let visited = await lab.visit(user);
    for (let i = 0; i < 5; i += 1) {
      const before = visited;
      visited = await lab.visit(user, { cookies: before.cookies });
      expect(visited.view.session.ref).not.toBe(before.view.session.ref);
    }
    expect(await used(licence)).toBe(1);
  });

  it('lets in exactly as many as there are seats, of 60 at once on two servers', async () => {
    const users = await Promise.all(Array.from({ length: 60 }, () => lab.user()));
    const licence = await lab.licence(users, { seats: 10 });
    const outcomes = await Promise.allSettled(users.map((user, i) => (i % 2 === 0 ? lab : otherServer).visit(user)));
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(10);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(slug('no-seat-free'));
    expect(await used(licence)).toBe(10);
  });
});

describe('the session this browser held before', () => {
  it('ends when the browser signs in to another licence', async () => {
    const user = await lab.user();
    const [a, b] = [await lab.licence([user]), await lab.licence([user])];
    const first = await lab.visit(user, { licenceId: a });
    await lab.visit(user, { licenceId: b, cookies: first.cookies });
    expect([await used(a), await used(b)]).toEqual([0, 1]);
  });

  it('stays when the sign-in fails, when it comes from a program, and when the cookie is forged', async () => {
    const { user, licence } = await seatedUser(3);
    const { cookies } = await lab.visit(user);
    await expect(lab.visit(user, { cookies, password: 'wrong' })).rejects.toMatchObject(slug('invalid-credentials'));
    await lab.visit(user, { cookies, delivery: 'bearer' });
    await lab.visit(user, { cookies: { sid: `${cookies['sid']}x` } });
    expect(await used(licence)).toBe(3);
  });
});

describe('what happens while a sign-in is in flight', () => {
  const raiseEpoch = async (user: LabUser, tag: string, change: Partial<UserRow>) => {
    await dataSource.getRepository(userTable).update({ id: user.id }, { epoch: 2, ...change });
    await lab.store.close(tag, { userId: user.id, epoch: 2 }, { reason: 'account-disabled' });
  };

  it('opens nothing when the account is disabled meanwhile', async () => {
    const { user, licence } = await seatedUser();
    lab.meanwhile = () => raiseEpoch(user, licence, { disabledAt: new Date() });
    await expect(lab.visit(user)).rejects.toMatchObject(slug('invalid-credentials'));
    expect(await used(licence)).toBe(0);
  });

  it('opens nothing when the password is changed meanwhile', async () => {
    const { user, licence } = await seatedUser();
    const passwordHash = await lab.hasher.hash('another');
    lab.meanwhile = () => raiseEpoch(user, licence, { passwordHash });
    await expect(lab.visit(user)).rejects.toMatchObject(slug('invalid-credentials'));
    expect(await used(licence)).toBe(0);
  });

  it('opens nothing when the person is removed from the licence meanwhile', async () => {
    const { user, licence } = await seatedUser();
    lab.meanwhile = async () => {
      await dataSource.getRepository(memberTable).delete({ userId: user.id });
      await raiseEpoch(user, licence, {});
    };
    await expect(lab.visit(user)).rejects.toMatchObject(slug('no-licence'));
    expect(await used(licence)).toBe(0);
  });

  it('answers the roles as they are when they change meanwhile', async () => {
    const { user, licence } = await seatedUser(2, { roles: ['staff'] });
    lab.meanwhile = async () => {
      await dataSource.getRepository(userTable).update({ id: user.id }, { epoch: 2, roles: ['user'] });
      for (const tag of [licence, seatlessTag(user.id)]) await lab.store.refresh(tag, user.id, 2, '{}');
    };
    const { view } = await lab.visit(user);
    expect(view.user).toMatchObject({ roles: ['user'], permissions: [] });
    expect(view.licence?.id).toBe(licence);
  });

  it('goes on when the sessions were ended for another reason and the password still holds', async () => {
    const { user, licence } = await seatedUser();
    lab.meanwhile = () => raiseEpoch(user, licence, {});
    await lab.visit(user);
    expect(await used(licence)).toBe(1);
  });
});

describe('an answer', () => {
  it('that never arrives gives the seat back', async () => {
    const { user, licence } = await seatedUser(1);
    (await lab.visit(user)).opened.undelivered();
    for (let i = 0; i < 50 && (await used(licence)) > 0; i += 1)
      await new Promise((resolve) => setTimeout(resolve, 10));
    await lab.visit(user);
  });

  it('that arrives confirms the seat', async () => {
    const { user, licence } = await seatedUser(1);
    const { opened } = await lab.visit(user);
    const expiry = async () => (await lab.store.list(licenceTag(licence), {}, 1, null)).items[0]?.expiresAtMs ?? 0;
    const granted = await expiry();
    opened.delivered();
    for (let i = 0; i < 50 && (await expiry()) === granted; i += 1)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect((await expiry()) - granted).toBeGreaterThan(3_000_000);
  });
});

describe('the throttle of sign-in (ASVS 6.3.1)', () => {
  const failFrom = async (user: { email: string }, visit: Parameters<SignInLab['visit']>[1], times: number) => {
    for (let i = 0; i < times; i += 1) {
      await expect(lab.visit(user, { ...visit, password: `wrong ${i}` })).rejects.toMatchObject(
        slug('invalid-credentials'),
      );
    }
  };

  it('closes an account after ten wrong passwords, from wherever and under whichever name they came', async () => {
    const { user } = await seatedUser(2, { username: `anna-${Date.now()}` });
    await failFrom(user, {}, 5);
    await failFrom(user, { identifier: (user.username ?? '').toUpperCase() }, 5);
    const before = lab.hashes;
    await expect(lab.visit(user)).rejects.toMatchObject({
      slug: 'too-many-attempts',
      status: 429,
      members: { retryAfterSeconds: expect.any(Number) },
    });
    expect(lab.hashes).toBe(before);
    expect((await lastEntry(user)).outcome).toBe('too-many-attempts');
  });

  it('answers for a name that no account has just as it does for an account', async () => {
    const nobody = { email: `nobody-${Date.now()}@example.org` };
    await failFrom(nobody, {}, 5);
    await failFrom({ email: ` ${nobody.email.toUpperCase()}` }, {}, 5);
    await expect(lab.visit(nobody)).rejects.toMatchObject(slug('too-many-attempts'));
  });

  it('lets the owner in from a known browser while others hold the account at its limit (ASVS 6.1.1)', async () => {
    const { user } = await seatedUser(9);
    const from = lab.newAddress();
    const { cookies } = await lab.visit(user, { from });
    await failFrom(user, { from }, 10);
    await expect(lab.visit(user, { from })).rejects.toMatchObject(slug('too-many-attempts'));
    for (let i = 0; i < 3; i += 1) await lab.visit(user, { from, cookies: { device: cookies['device'] ?? '' } });
  });

  it('bounds the guesses from a known browser too, and counts them for nobody else', async () => {
    const { user } = await seatedUser(9);
    const device = (await lab.visit(user)).cookies['device'] ?? '';
    await failFrom(user, { cookies: { device } }, 10);
    await expect(lab.visit(user, { cookies: { device } })).rejects.toMatchObject(slug('too-many-attempts'));
    await lab.visit(user);
  });

  it('takes no account’s browser for another’s', async () => {
    const [{ user: anna }, { user: ben }] = [await seatedUser(9), await seatedUser(9)];
    const device = (await lab.visit(ben)).cookies['device'] ?? '';
    await failFrom(anna, { cookies: { device } }, 10);
    await expect(lab.visit(anna, { cookies: { device } })).rejects.toMatchObject(slug('too-many-attempts'));
    await lab.visit(ben, { cookies: { device } });
  });

  it('closes an address after a hundred wrong passwords, whatever accounts they were for, and no other address', async () => {
    const { user } = await seatedUser(9);
    const from = '2001:db8:77:1::1';
    for (let i = 0; i < 100; i += 1) {
      const visit = { from: `2001:db8:77:1::${i.toString(16)}`, password: 'wrong' };
      await expect(lab.visit({ email: `stuffed-${i}@example.org` }, visit)).rejects.toMatchObject(
        slug('invalid-credentials'),
      );
    }
    await expect(lab.visit(user, { from })).rejects.toMatchObject(slug('too-many-attempts'));
    await lab.visit(user, { from: '2001:db8:77:2::1' });
  });

  it('evaluates exactly ten of 200 parallel wrong passwords on two servers', async () => {
    const { user } = await seatedUser();
    const before = lab.hashes + otherServer.hashes;
    const outcomes = await Promise.allSettled(
      Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? lab : otherServer).visit(user, { password: `wrong ${i}` })),
    );
    expect(lab.hashes + otherServer.hashes - before).toBe(10);
    const slugs = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.slug : 'opened'));
    expect(slugs.filter((name) => name === 'invalid-credentials')).toHaveLength(10);
    expect(slugs.filter((name) => name === 'too-many-attempts')).toHaveLength(190);
  });

  it('refuses none of 20 parallel right passwords of one user', async () => {
    const { user } = await seatedUser(20);
    await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? lab : otherServer).visit(user)));
  });
});

describe('the sign-in log', () => {
  it('keeps who, when, where, what with, which licence, how it ended and which session', async () => {
    const { user, licence } = await seatedUser();
    const { view } = await lab.visit(user, { from: '192.0.2.44' });
    expect(await lastEntry(user)).toMatchObject({
      userId: user.id,
      licenceId: licence,
      address: '192.0.2.44',
      userAgent: expect.stringContaining('Firefox'),
      outcome: 'signed-in',
      ref: view.session.ref,
    });
  });

  it('keeps nothing of a name that no account has: people type passwords there', async () => {
    await expect(lab.visit({ email: 'Hunter2-secret' }, { from: '192.0.2.45' })).rejects.toMatchObject(
      slug('invalid-credentials'),
    );
    await lab.signIns.settled();
    const rows = await dataSource.getRepository(signInTable).findBy({ address: '192.0.2.45' });
    expect(rows).toMatchObject([{ userId: null, outcome: 'invalid-credentials' }]);
    expect(JSON.stringify(rows)).not.toContain('unter2');
  });

  it('is listed newest first, filtered, paged, with exact totals', async () => {
    const { user, licence } = await seatedUser(9);
    for (let i = 0; i < 5; i += 1) await lab.visit(user);
    await lab.signIns.settled();
    const first = await lab.signIns.list({ userId: user.id }, { limit: 3, cursor: null });
    const second = await lab.signIns.list({ userId: user.id }, { limit: 3, cursor: first.nextCursor });
    expect([first.items.length, second.items.length, first.total, second.total]).toEqual([3, 2, 5, 5]);
    expect(second.nextCursor).toBeNull();
    const times = [...first.items, ...second.items].map((entry) => entry.atMs);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    expect(new Set([...first.items, ...second.items].map((entry) => entry.id)).size).toBe(5);
    const [newest, oldest] = [new Date(times[0] ?? 0), new Date(times[4] ?? 0)];
    const page = { limit: 50, cursor: null };
    expect((await lab.signIns.list({ licenceId: licence, from: newest }, page)).total).toBeGreaterThanOrEqual(1);
    expect((await lab.signIns.list({ licenceId: licence, to: oldest }, page)).total).toBe(0);
    await expect(lab.signIns.list({}, { limit: 1, cursor: 'WyJ4Il0' })).rejects.toMatchObject(slug('invalid-request'));
  });

  it('enters sixty attempts a minute from one network that name nobody, and all that name somebody', async () => {
    const { user } = await seatedUser();
    await lab.visit(user);
    const { at, ...somebody } = await lastEntry(user);
    const record = (count: number, address: string, userId: LabUser['id'] | null) => {
      for (let i = 0; i < count; i += 1)
        lab.signIns.record({ ...somebody, id: newId(), atMs: at.getTime(), userId, address, outcome: 'invalid-code' });
    };
    record(150, '2001:db8:7:7::1', null);
    record(50, '2001:db8:7:7::2', null);
    record(5, '2001:db8:7:8::1', null);
    record(80, '2001:db8:7:7::1', user.id);
    await lab.signIns.settled();
    const rows = await dataSource.query<{ address: string; known: boolean; n: number }[]>(
      `SELECT address, user_id IS NOT NULL AS known, count(*)::int AS n FROM sign_ins
       WHERE address LIKE '2001:db8:7:%' GROUP BY 1, 2 ORDER BY 1, 2`,
    );
    expect(rows).toEqual([
      { address: '2001:db8:7:7::1', known: false, n: 60 },
      { address: '2001:db8:7:7::1', known: true, n: 80 },
      { address: '2001:db8:7:8::1', known: false, n: 5 },
    ]);
  });

  it('lets nobody who waits for an entry wait for those of a flood that come after it', async () => {
    const { user } = await seatedUser();
    await lab.visit(user);
    const { at, ...entry } = await lastEntry(user);
    const record = (id: string) => lab.signIns.record({ ...entry, id, atMs: at.getTime(), outcome: 'invalid-code' });
    let [flooding, floods] = [true, 0];
    const flood = (async () => {
      while (flooding && floods < 1_000_000) {
        for (let i = 0; i < 20; i += 1) record(newId());
        floods += 20;
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const mine = newId();
    record(mine);
    const settled = lab.signIns.settled().then(() => 'written');
    const late = new Promise((resolve) => setTimeout(resolve, 5_000, 'still waiting').unref());
    const first = await Promise.race([settled, late]);
    flooding = false;
    await flood;
    expect(first).toBe('written');
    expect(await dataSource.getRepository(signInTable).existsBy({ id: mine })).toBe(true);
  });

  it('never holds up or fails a sign-in: what cannot be written is said in the server’s log', async () => {
    const { user } = await seatedUser();
    await lab.visit(user);
    const { at, ...row } = await lastEntry(user);
    const lines: string[] = [];
    const log = createLog({ level: 'error', destination: { write: (line) => void lines.push(line) } });
    const notConnected = new SignInLog(createDataSource(database.url, schema), log);
    notConnected.record({ ...row, atMs: at.getTime() });
    await notConnected.settled();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('sign-in log');
  });
});

describe('what sign-in is asked with', () => {
  const body = signInRoutes({ signIn: lab as never, signIns: lab as never, clients: lab as never })[0]?.input.body;
  const good = { identifier: 'anna@example.org', password: 'right' };
  const accepts = (value: unknown) => body?.safeParse(value).success;

  it('may be as little as a name and a password, and gets a cookie then', () => {
    expect(body?.parse(good)).toMatchObject({ ...good, delivery: 'cookie' });
  });

  it('may be a password of 1024 characters of any kind, and not of 1025', () => {
    expect(accepts({ ...good, password: '🗝'.repeat(1024) })).toBe(true);
    expect(accepts({ ...good, password: 'a\0b' })).toBe(true);
    expect(accepts({ ...good, password: '🗝'.repeat(1025) })).toBe(false);
    expect(accepts({ ...good, password: 'a'.repeat(1025) })).toBe(false);
  });

  it('is refused for wrong types, unknown fields, empty and overlong texts', () => {
    const ref = `s00.${'a'.repeat(22)}`;
    expect(accepts({ ...good, remember: true, whenFull: { end: ref } })).toBe(true);
    const bad = [
      {},
      [],
      null,
      'text',
      1,
      { identifier: 'a' },
      { password: 'a' },
      { ...good, identifier: '' },
      { ...good, identifier: 'a'.repeat(255) },
      { ...good, identifier: ['a'] },
      { ...good, password: '' },
      { ...good, password: { $ne: '' } },
      { ...good, password: 12345678 },
      { ...good, licenceId: 'all' },
      { ...good, licenceId: [] },
      { ...good, remember: 'yes' },
      { ...good, delivery: 'both' },
      { ...good, whenFull: { end: 'not a ref' } },
      { ...good, whenFull: { displace: ref } },
      { ...good, roles: ['admin'] },
    ];
    for (const value of bad) expect([value, accepts(value)]).toEqual([value, false]);
  });
});
