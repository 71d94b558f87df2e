import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Guest } from '../support/guest.js';
import type { Answered } from '../support/web-lab.js';
import { WholeServer } from '../support/whole-server.js';
import { type Account, password } from '../support/world.js';

// What the contract says of staff. Each line of it is asked of a running server.

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const uuid = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
const nowhere = '00000000-0000-0000-0000-000000000000';

let server: WholeServer;
let staff: Guest;

beforeAll(async () => {
  server = await WholeServer.start();
  staff = await server.world.staff('staff');
}, 60_000);

afterAll(() => server?.stop());

const problem = (answer: Answered) => [answer.status, answer.json?.type];
const browser = (account: Account) => server.world.enter(account);
const session = (guest: Guest) => guest.ask('GET', '/auth/session');
const end = (body: unknown, by = staff) => by.ask('POST', '/admin/api/sessions/end', { body });

/** Everything a list holds, page by page. Each item must come once, and the total be theirs. */
async function walk(path: string, limit: number): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let cursor: string | null = null;
  do {
    const more: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = await staff.must(200, 'GET', `${path}${path.includes('?') ? '&' : '?'}limit=${limit}${more}`);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    items.push(...page.items);
    cursor = page.nextCursor;
    if (cursor === null) expect(page.total).toBe(items.length);
  } while (cursor !== null && items.length < 1000);
  expect(new Set(items.map((item) => JSON.stringify(item['id'] ?? item['ref'] ?? item['userId']))).size).toBe(
    items.length,
  );
  return items;
}

describe('lists', () => {
  const lists = ['sessions', 'owners', 'licences', 'users', 'sign-ins', 'audit'];
  let licenceId: string;

  beforeAll(async () => {
    const institute = await server.world.institute({ seats: 1000 });
    ({ licenceId } = institute);
    for (let i = 0; i < 55; i += 1) {
      await server.world.owner();
      const account = await server.world.account();
      await server.world.join(licenceId, account);
      await browser(account);
    }
    await server.world.licence();
  }, 60_000);

  const paths = () => [
    ...lists.map((name) => `/admin/api/${name}`),
    `/admin/api/licences/${licenceId}/members`,
    `/admin/api/licences/${licenceId}/seats`,
  ];

  it('hold 50 items a page unless they are asked for 1 to 200, and say how many there are', async () => {
    for (const path of paths()) {
      const page = await staff.must(200, 'GET', path);
      const expected = path.endsWith('/licences') ? page.total : 50;
      expect([path, page.items.length]).toEqual([path, Math.min(expected, 50)]);
      expect(page.total).toBeGreaterThanOrEqual(path.endsWith('/licences') ? 2 : 55);
      expect((await staff.must(200, 'GET', `${path}?limit=1`)).items).toHaveLength(1);
      expect((await staff.must(200, 'GET', `${path}?limit=200`)).items).toHaveLength(Math.min(200, page.total));
    }
  });

  it('refuse other limits and cursors that are none of theirs', async () => {
    for (const path of paths()) {
      for (const limit of ['0', '201', '-1', '1.5', 'x', '', '1e9', 'NaN']) {
        const answer = await staff.ask('GET', `${path}?limit=${limit}`);
        expect([path, limit, ...problem(answer)]).toEqual([path, limit, 400, '/problems/invalid-request']);
        expect(answer.json.errors[0].pointer).toBe('query:limit');
      }
      for (const cursor of ['x', 'W10', 'WzBd', 'bnVsbA', 'x'.repeat(501)]) {
        const answer = await staff.ask('GET', `${path}?cursor=${cursor}`);
        // [0] is a place in the audit log, before its first line.
        if (path.endsWith('/audit') && cursor === 'WzBd') continue;
        expect([path, cursor, ...problem(answer)]).toEqual([path, cursor, 400, '/problems/invalid-request']);
        expect(answer.json.errors[0].pointer).toBe('query:cursor');
      }
    }
  });

  it('are walked by cursor, each item once', async () => {
    for (const path of paths()) expect((await walk(path, 17)).length).toBeGreaterThan(1);
  });
});

describe('live sessions', () => {
  it('are listed by licence, by user and by what the user is called', async () => {
    const { licenceId, member } = await server.world.institute();
    const guest = await browser(member);
    const { items, total } = await staff.must(200, 'GET', `/admin/api/sessions?licenceId=${licenceId}`);
    expect(total).toBe(1);
    expect(items).toEqual([
      {
        ref: guest.view.session.ref,
        user: { id: member.id, email: member.email, username: null, name: null },
        licence: { id: licenceId, name: 'Licence' },
        createdAt: time,
        lastSeenAt: time,
        expiresAt: time,
        userAgent: guest.headers['user-agent'],
        ip: '127.0.0.1',
        browser: 'Firefox 140',
        os: 'Linux',
        takesSeat: true,
      },
    ]);
    for (const query of [
      `userId=${member.id}`,
      `q=${member.email.slice(0, 12).toUpperCase()}`,
      `licenceId=${licenceId}&userId=${member.id}`,
    ]) {
      const found = await staff.must(200, 'GET', `/admin/api/sessions?${query}`);
      expect([query, found.total, found.items[0]?.ref]).toEqual([query, 1, guest.view.session.ref]);
    }
    expect((await staff.must(200, 'GET', `/admin/api/sessions?q=nobodyiscalledthis`)).total).toBe(0);
    const seated = await staff.must(200, 'GET', `/admin/api/sessions?userId=${staff.view.user.id}`);
    expect(seated.items[0].licence).toBeNull();
  });

  it('are ended one by one, with a message; the seat is free; ending it again ends none', async () => {
    const { licenceId, member } = await server.world.institute({ seats: 1 });
    const guest = await browser(member);
    const path = `/admin/api/sessions/${guest.view.session.ref}`;
    const message = 'Back at nine. Ünï ✓';
    const first = await staff.must(200, 'DELETE', `${path}?message=${encodeURIComponent(message)}`);
    expect(first).toEqual({ ended: 1, licence: { id: licenceId, limit: 1, used: 0 } });
    expect((await session(guest)).json).toMatchObject({ reason: 'ended-by-staff', message, resumable: false });
    const second = await staff.must(200, 'DELETE', path);
    expect(second).toEqual({ ended: 0, licence: { id: licenceId, limit: 1, used: 0 } });
    const long = await staff.ask('DELETE', `${path}?message=${'x'.repeat(201)}`);
    expect([...problem(long), long.json.errors[0].pointer]).toEqual([
      400,
      '/problems/invalid-request',
      'query:message',
    ]);
  });

  it('of staff free no seat', async () => {
    const colleague = await server.world.staff('staff');
    const answer = await staff.must(200, 'DELETE', `/admin/api/sessions/${colleague.view.session.ref}`);
    expect(answer).toEqual({ ended: 1, licence: null });
  });

  it('are ended by a filter: counted first, told why, and never the one that asks (ASVS 7.4.5)', async () => {
    const { licenceId, member } = await server.world.institute();
    const guests = [await browser(member), await browser(member)];
    const filter = { licenceId };
    expect((await end({ filter, dryRun: true })).json).toMatchObject({ matched: 2, ended: 0, more: false });
    expect((await session(guests[0] as Guest)).status).toBe(200);
    expect((await end({ filter: { userId: member.id, idleForSeconds: 3600 } })).json).toMatchObject({
      matched: 0,
      ended: 0,
      more: false,
    });
    expect((await end({ filter, message: 'Closed' })).json).toMatchObject({ matched: 2, ended: 2, more: false });
    for (const guest of guests)
      expect((await session(guest)).json).toMatchObject({ reason: 'ended-by-staff', message: 'Closed' });
    expect((await end({ filter: { userId: staff.view.user.id } })).json).toMatchObject({
      matched: 0,
      ended: 0,
      more: false,
    });
    expect((await session(staff)).status).toBe(200);
  });

  it('are ended with their users disabled where that is asked for', async () => {
    const { licenceId, member } = await server.world.institute();
    const guest = await browser(member);
    expect((await end({ filter: { licenceId }, block: true, dryRun: true })).json.matched).toBe(1);
    expect((await session(guest)).status).toBe(200);
    expect((await end({ filter: { licenceId }, block: true })).json).toMatchObject({
      matched: 1,
      ended: 1,
      more: false,
    });
    expect((await staff.must(200, 'GET', `/admin/api/users/${member.id}`)).disabled).toBe(true);
    const answer = await server.nobody.ask('POST', '/auth/login', { body: member.login });
    expect(problem(answer)).toEqual([401, '/problems/invalid-credentials']);
  });

  it('are all meant only by a filter that says so', async () => {
    for (const filter of [{}, { all: false }, { licenceId: 'x' }, { unknown: 1 }, null, [], 'all']) {
      expect(problem(await end({ filter }))).toEqual([400, '/problems/invalid-request']);
    }
    expect(problem(await end({}))).toEqual([400, '/problems/invalid-request']);
    const other = await WholeServer.start();
    try {
      const { member } = await other.world.institute();
      const guest = await other.world.enter(member);
      const answer = await other.world.root.must(200, 'POST', '/admin/api/sessions/end', { filter: { all: true } });
      expect(answer).toMatchObject({ matched: 1, ended: 1, more: false });
      expect((await session(guest)).json.reason).toBe('ended-by-staff');
      expect((await session(other.world.root)).status).toBe(200);
    } finally {
      await other.stop();
    }
  }, 30_000);
});

describe('owners', () => {
  it('are created, shown, changed and deleted', async () => {
    const given = {
      name: 'Zoë',
      surname: 'Müller',
      email: 'z@example.org',
      comments: 'a\nb',
      affiliation: 'X',
      extra: { room: '1' },
    };
    const made = await staff.must(201, 'POST', '/admin/api/owners', given);
    expect(made).toEqual({ ...given, id: uuid, createdOn: time, updatedAt: time, version: 1 });
    const path = `/admin/api/owners/${made.id}`;
    expect(await staff.must(200, 'GET', path)).toEqual(made);
    const changed = await staff.must(200, 'PATCH', path, { surname: null, extra: {}, version: 1 });
    expect(changed).toEqual({ ...made, surname: null, extra: {}, updatedAt: time, version: 2 });
    const stale = await staff.ask('PATCH', path, { body: { name: 'Y', version: 1 } });
    expect([...problem(stale), stale.json.pointer]).toEqual([409, '/problems/stale-version', '/version']);
    await staff.must(204, 'DELETE', path);
    for (const method of ['GET', 'DELETE'])
      expect(problem(await staff.ask(method, path))).toEqual([404, '/problems/not-found']);
    expect(problem(await staff.ask('PATCH', path, { body: {} }))).toEqual([404, '/problems/not-found']);
  });

  it('may have extra fields of any name', async () => {
    const extra = { hasOwnProperty: 'a', constructor: 'b', toString: 'c', valueOf: 'd', 'a/b~c.d': 'e', length: '1' };
    const made = await staff.must(201, 'POST', '/admin/api/owners', { name: 'Zoë', extra });
    const path = `/admin/api/owners/${made.id}`;
    expect(made.extra).toEqual(extra);
    expect((await staff.must(200, 'PATCH', path, { comments: 'x' })).extra).toEqual(extra);
    expect((await staff.must(200, 'PATCH', path, { extra: { ...extra, valueOf: 'f' } })).extra.valueOf).toBe('f');
    expect((await staff.must(200, 'GET', path)).extra).toEqual({ ...extra, valueOf: 'f' });
  });

  it('that hold licences stay', async () => {
    const { ownerId } = await server.world.institute();
    expect(problem(await staff.ask('DELETE', `/admin/api/owners/${ownerId}`))).toEqual([
      400,
      '/problems/invalid-request',
    ]);
    expect((await staff.ask('GET', `/admin/api/owners/${ownerId}`)).status).toBe(200);
  });
});

describe('licences', () => {
  it('are created with a serial, shown, changed, suspended, reinstated, renewed and deleted', async () => {
    const ownerId = await server.world.owner();
    const given = { name: 'Lab', seats: 2, validFrom: '2020-01-01T00:00:00.000Z', validTo: '2090-01-01T00:00:00.000Z' };
    const made = await staff.must(201, 'POST', '/admin/api/licences', { ownerId, ...given });
    expect(made).toEqual({
      ...given,
      id: uuid,
      serial: expect.any(String),
      owner: { id: ownerId, name: 'Institute' },
      used: 0,
      active: true,
      valid: true,
      durationDays: null,
      startsOnFirstUse: false,
      state: 'active',
      over: 0,
      policy: { whenFull: ['refuse'] },
      createdOn: time,
      updatedAt: time,
      version: 1,
    });
    const path = `/admin/api/licences/${made.id}`;
    expect(await staff.must(200, 'GET', path)).toEqual({ ...made, members: 0 });
    const changed = await staff.must(200, 'PATCH', path, { seats: 3, version: 1 });
    expect(changed).toMatchObject({ seats: 3, serial: made.serial, version: 2 });
    const stale = await staff.ask('PATCH', path, { body: { seats: 4, version: 1 } });
    expect([...problem(stale), stale.json.pointer]).toEqual([409, '/problems/stale-version', '/version']);
    expect(await staff.must(200, 'POST', `${path}/suspend`)).toMatchObject({ active: false, valid: false });
    expect(await staff.must(200, 'POST', `${path}/reinstate`)).toMatchObject({ active: true, valid: true });
    const until = '2095-01-01T00:00:00.000Z';
    expect((await staff.must(200, 'POST', `${path}/renew`, { validTo: until })).validTo).toBe(until);
    expect((await staff.must(200, 'POST', `${path}/renew`, { durationDays: 10 })).validTo).toBe(
      '2095-01-11T00:00:00.000Z',
    );
    for (const body of [
      {},
      { validTo: until, durationDays: 1 },
      { validTo: '2001-01-01T00:00:00Z' },
      { durationDays: 0 },
    ]) {
      expect(problem(await staff.ask('POST', `${path}/renew`, { body }))).toEqual([400, '/problems/invalid-request']);
    }
    await staff.must(204, 'DELETE', path);
    expect(problem(await staff.ask('GET', path))).toEqual([404, '/problems/not-found']);
  });

  it('may be given a term in days, and have an owner who exists', async () => {
    const made = await server.world.licence({ validFrom: '2030-01-01T00:00:00Z', durationDays: 31 });
    expect(made).toMatchObject({ validTo: '2030-02-01T00:00:00.000Z', durationDays: 31, active: true, valid: false });
    const answer = await staff.ask('POST', '/admin/api/licences', { body: { ownerId: nowhere, name: 'L', seats: 1 } });
    expect([...problem(answer), answer.json.errors?.[0].pointer]).toEqual([
      400,
      '/problems/invalid-request',
      '/ownerId',
    ]);
  });

  it('say how many seats are used and by whom; fewer seats end nobody', async () => {
    const { licenceId, member } = await server.world.institute({ seats: 2 });
    const guest = await browser(member);
    expect((await staff.must(200, 'GET', `/admin/api/licences/${licenceId}`)).used).toBe(1);
    const seats = await staff.must(200, 'GET', `/admin/api/licences/${licenceId}/seats`);
    expect(seats).toMatchObject({ limit: 2, used: 1, free: 1, total: 1, nextCursor: null });
    expect(seats.items[0]).toMatchObject({ ref: guest.view.session.ref, user: { id: member.id } });
    expect(await staff.must(200, 'PATCH', `/admin/api/licences/${licenceId}`, { seats: 0 })).toMatchObject({
      seats: 0,
      used: 1,
    });
    expect((await guest.ask('GET', '/auth/seat')).json).toEqual({ licenceId, limit: 0, used: 1, free: 0 });
  });
});

describe('members', () => {
  it('are added by id or by address, listed and removed', async () => {
    const { licenceId, member, outsider } = await server.world.institute();
    const path = `/admin/api/licences/${licenceId}/members`;
    const added = await staff.must(201, 'POST', path, { userId: outsider.id });
    const view = {
      userId: outsider.id,
      email: outsider.email,
      username: null,
      name: null,
      disabled: false,
      addedOn: time,
      rank: null,
      roles: [],
    };
    expect(added).toEqual(view);
    expect(await staff.must(200, 'POST', path, { userId: outsider.id })).toEqual(view);
    const third = await server.world.account();
    const emails = [third.email.toUpperCase(), member.email, 'nobody@example.org'];
    expect(await staff.must(200, 'POST', path, { emails })).toEqual({
      added: 1,
      results: [
        { email: emails[0], result: 'added', userId: third.id },
        { email: emails[1], result: 'already-member', userId: member.id },
        { email: emails[2], result: 'no-such-user', userId: null },
      ],
    });
    expect((await staff.must(200, 'GET', path)).total).toBe(3);
    await staff.must(204, 'DELETE', `${path}/${third.id}`);
    expect(problem(await staff.ask('DELETE', `${path}/${third.id}`))).toEqual([404, '/problems/not-found']);
    for (const body of [{}, { userId: third.id, emails }, { emails: [] }, { emails: ['x'] }, { userId: nowhere }]) {
      expect(problem(await staff.ask('POST', path, { body }))).toEqual([400, '/problems/invalid-request']);
    }
    const gone = `/admin/api/licences/${nowhere}/members`;
    expect(problem(await staff.ask('POST', gone, { body: { userId: third.id } }))).toEqual([
      404,
      '/problems/not-found',
    ]);
    expect(problem(await staff.ask('GET', gone))).toEqual([404, '/problems/not-found']);
  });
});

describe('users', () => {
  it('are created, shown, changed, disabled, enabled and deleted', async () => {
    const given = { email: 'Anna@Example.org', username: 'anna', name: 'Anna', roles: ['user'] };
    const made = await staff.must(201, 'POST', '/admin/api/users', { ...given, password });
    expect(made).toEqual({
      ...given,
      id: uuid,
      verified: true,
      disabled: false,
      disabledAt: null,
      deletesAt: null,
      hasPassword: true,
      createdOn: time,
      lastLicenceUpdate: null,
      updatedAt: time,
      version: 1,
    });
    const path = `/admin/api/users/${made.id}`;
    expect(await staff.must(200, 'GET', path)).toEqual({ ...made, lastSignInAt: null, sessions: 0 });
    const changed = await staff.must(200, 'PATCH', path, { name: null, verified: false, version: 1 });
    expect(changed).toEqual({ ...made, name: null, verified: false, updatedAt: time, version: 2 });
    const stale = await staff.ask('PATCH', path, { body: { name: 'B', version: 1 } });
    expect([...problem(stale), stale.json.pointer]).toEqual([409, '/problems/stale-version', '/version']);
    expect(await staff.must(200, 'POST', `${path}/disable`)).toMatchObject({ disabled: true, disabledAt: time });
    expect(await staff.must(200, 'POST', `${path}/enable`)).toMatchObject({ disabled: false, disabledAt: null });
    await staff.must(204, 'DELETE', path);
    expect(problem(await staff.ask('GET', path))).toEqual([404, '/problems/not-found']);
  });

  it.each([
    ['address', { email: 'BERTA@example.org' }, '/email'],
    ['user name', { email: 'other@example.org', username: 'BERTA' }, '/username'],
  ])('share no %s, however it is written', async (_what, given, pointer) => {
    await staff.ask('POST', '/admin/api/users', { body: { email: 'berta@example.org', username: 'berta' } });
    const answer = await staff.ask('POST', '/admin/api/users', { body: given });
    expect([...problem(answer), answer.json.pointer]).toEqual([409, '/problems/already-exists', pointer]);
    const { id } = await server.world.account();
    const patched = await staff.ask('PATCH', `/admin/api/users/${id}`, { body: given });
    expect([...problem(patched), patched.json.pointer]).toEqual([409, '/problems/already-exists', pointer]);
  });

  it('are found by text, role, licence and whether they are disabled', async () => {
    const { licenceId, member, outsider } = await server.world.institute();
    await staff.must(200, 'POST', `/admin/api/users/${member.id}/disable`);
    const found = async (query: string) => {
      const { items } = await staff.must(200, 'GET', `/admin/api/users?limit=200&${query}`);
      return items.map(({ id }: { id: string }) => id);
    };
    expect(await found(`q=${outsider.email.slice(2, 14)}`)).toEqual([outsider.id]);
    expect(await found(`licenceId=${licenceId}`)).toEqual([member.id]);
    expect(await found('disabled=true')).toContain(member.id);
    expect(await found('disabled=false')).not.toContain(member.id);
    expect(await found('role=staff')).toContain(staff.view.user.id);
    expect(await found('role=staff')).not.toContain(outsider.id);
    expect(await found(`q=${encodeURIComponent('%')}`)).toEqual([]);
  });
});

describe('what happened', () => {
  it('is in the sign-in log: who, when, from where, how it ended', async () => {
    const { licenceId, member } = await server.world.institute();
    const guest = await browser(member);
    await server.nobody.ask('POST', '/auth/login', { body: { ...member.login, password: 'wrong' } });
    const device = { userAgent: guest.headers['user-agent'], browser: 'Firefox 140', os: 'Linux' };
    const entry = { userId: member.id, ip: '127.0.0.1', at: time, id: uuid, ...device };
    const failed = { ...entry, licenceId: null, ref: null, outcome: 'invalid-credentials' };
    const entered = { ...entry, licenceId, ref: guest.view.session.ref, outcome: 'signed-in' };
    const path = `/admin/api/sign-ins?userId=${member.id}`;
    let page = await staff.must(200, 'GET', path);
    // It is written behind the answer.
    for (let i = 0; i < 50 && page.total < 2; i += 1) page = await staff.must(200, 'GET', path);
    expect(page.items).toEqual([failed, entered]);
    expect((await staff.must(200, 'GET', `/admin/api/sign-ins?licenceId=${licenceId}`)).items).toEqual([entered]);
    expect((await staff.must(200, 'GET', `${path}&to=2020-01-01T00:00:00Z`)).total).toBe(0);
    expect((await staff.must(200, 'GET', `${path}&from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z`)).total).toBe(2);
  });

  it('is in the audit log: who did what, newest first', async () => {
    const made = await staff.must(201, 'POST', '/admin/api/owners', { name: 'Audited' });
    const changed = await staff.ask('PATCH', `/admin/api/owners/${made.id}`, { body: { name: 'Changed' } });
    const { items, total } = await staff.must(200, 'GET', `/admin/api/audit?targetId=${made.id}`);
    expect(total).toBe(2);
    expect(items.map(({ action }: { action: string }) => action)).toEqual(['owner.updated', 'owner.created']);
    expect(items[0]).toEqual({
      id: expect.any(String),
      at: time,
      action: 'owner.updated',
      actor: { kind: 'person', id: staff.view.user.id, email: staff.view.user.email, name: staff.view.user.email },
      target: { type: 'owner', id: made.id, name: 'Changed' },
      names: {},
      detail: expect.any(Object),
      requestId: changed.headers['x-request-id'],
      ip: '127.0.0.1',
    });
    for (const query of [
      'action=owner.created',
      `actorId=${staff.view.user.id}`,
      'targetType=owner',
      'from=2020-01-01T00:00:00Z',
    ]) {
      expect((await staff.must(200, 'GET', `/admin/api/audit?targetId=${made.id}&${query}`)).total).toBeGreaterThan(0);
    }
    expect((await staff.must(200, 'GET', `/admin/api/audit?targetId=${made.id}&actorId=${nowhere}`)).total).toBe(0);
  });
});
