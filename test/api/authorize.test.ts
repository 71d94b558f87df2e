import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Guest } from '../support/guest.js';
import { PastTheServer } from '../support/past-the-server.js';
import { WholeServer } from '../support/whole-server.js';
import type { Account, Institute } from '../support/world.js';

let server: WholeServer;
let root: Guest;
let here: Institute;
let there: Institute;
let person: Account;
let guest: Guest;

beforeAll(async () => {
  server = await WholeServer.start();
  root = server.world.root;
  [here, there] = [await server.world.institute(), await server.world.institute()];
  await root.must(201, 'POST', '/admin/api/roles', { name: 'exams:reader', permissions: ['exam:read'] });
  await root.must(201, 'POST', '/admin/api/roles', { name: 'exams:editor', permissions: ['exam:*'] });
  person = await server.world.account();
  await server.world.join(here.licenceId, person);
  await root.must(200, 'PATCH', `/admin/api/users/${person.id}`, { roles: ['user', 'exams:reader'] });
  const path = `/admin/api/licences/${here.licenceId}/members/${person.id}`;
  await root.must(200, 'PATCH', path, { roles: ['exams:editor'] });
  guest = await server.world.enter(person);
}, 60_000);

afterAll(() => server?.stop());

type Check = { permission: string; licenceId?: string; userId?: string };
const ask = async (who: Guest, ...checks: Check[]) =>
  (await who.must(200, 'POST', '/auth/authorize', { checks })).results;
const allowed = async (who: Guest, ...checks: Check[]) =>
  (await ask(who, ...checks)).map((result: { allowed: boolean }) => result.allowed);

describe('POST /auth/authorize', () => {
  it('answers each check in its order, with wildcards, and tells nobody but staff why', async () => {
    expect(
      await ask(
        guest,
        { permission: 'exam:read' },
        { permission: 'exam:delete', licenceId: here.licenceId },
        { permission: 'report:read' },
        { permission: 'user.read' },
      ),
    ).toEqual([
      { permission: 'exam:read', allowed: true },
      { permission: 'exam:delete', allowed: true },
      { permission: 'report:read', allowed: false },
      { permission: 'user.read', allowed: false },
    ]);
  });

  it('asks Postgres nothing about what the caller may do here', async () => {
    const past = await PastTheServer.open(server.databaseUrl);
    try {
      const tables = ['users', 'members', 'app_roles', 'licence_roles'];
      await past.without(tables, async () => {
        expect(await allowed(guest, { permission: 'exam:grade' }, { permission: 'report:read' })).toEqual([
          true,
          false,
        ]);
      });
    } finally {
      await past.close();
    }
  });

  it('allows in another licence what is held there, to whoever may sit there (ASVS 8.4.1)', async () => {
    const elsewhere = { licenceId: there.licenceId };
    const checks = [
      { permission: 'exam:read', ...elsewhere },
      { permission: 'exam:delete', ...elsewhere },
    ];
    expect(await allowed(guest, ...checks)).toEqual([false, false]);
    await server.world.join(there.licenceId, person);
    expect(await allowed(guest, ...checks)).toEqual([true, false]);
    const nowhere = { permission: 'exam:read', licenceId: '00000000-0000-4000-8000-000000000000' };
    expect(await allowed(guest, nowhere)).toEqual([false]);
  });

  it('knows of a change of roles with the very next request', async () => {
    const other = await server.world.account();
    await server.world.join(here.licenceId, other);
    const inside = await server.world.enter(other);
    for (let i = 0; i < 5; i++) {
      await root.must(200, 'PATCH', `/admin/api/users/${other.id}`, { roles: ['user', 'exams:editor'] });
      expect(await allowed(inside, { permission: 'exam:grade' })).toEqual([true]);
      await root.must(200, 'PATCH', `/admin/api/users/${other.id}`, { roles: ['user'] });
      expect(await allowed(inside, { permission: 'exam:grade' })).toEqual([false]);
    }
  });

  it('answers staff about others as well, and why', async () => {
    const staff = await server.world.staff('staff');
    const blocked = await server.world.account();
    await root.must(200, 'PATCH', `/admin/api/users/${blocked.id}`, { roles: ['exams:reader'] });
    await root.must(200, 'POST', `/admin/api/users/${blocked.id}/disable`);
    const [stranger, userId, outside] = ['00000000-0000-4000-8000-000000000000', person.id, here.outsider.id];
    await root.must(200, 'PATCH', `/admin/api/users/${outside}`, { roles: ['user', 'exams:editor'] });
    const { licenceId } = here;
    const results = await ask(
      staff,
      { permission: 'exam:read', userId, licenceId },
      { permission: 'exam:delete', userId },
      { permission: 'exam:delete', userId: outside, licenceId },
      { permission: 'exam:read', userId: blocked.id },
      { permission: 'exam:read', userId: stranger },
      { permission: 'user.read' },
      { permission: 'user.read', licenceId },
      { permission: 'staff.write' },
    );
    expect(
      results.map(({ allowed, why }: { allowed: boolean; why: unknown }) => ({ allowed, ...(why as object) })),
    ).toEqual([
      { allowed: true, reason: 'granted', roles: ['exams:reader', 'exams:editor'] },
      { allowed: false, reason: 'not-granted', roles: [] },
      { allowed: false, reason: 'not-in-licence', roles: ['exams:editor'] },
      { allowed: false, reason: 'account-disabled', roles: ['exams:reader'] },
      { allowed: false, reason: 'no-such-user', roles: [] },
      { allowed: true, reason: 'granted', roles: ['staff'] },
      { allowed: true, reason: 'granted', roles: ['staff'] },
      { allowed: false, reason: 'not-granted', roles: [] },
    ]);
  });

  it('answers nobody else about others, and names the permission that is missing (ASVS 8.2.2)', async () => {
    const checks = [{ permission: 'exam:read' }, { permission: 'exam:read', userId: here.member.id }];
    const answer = await guest.ask('POST', '/auth/authorize', { body: { checks } });
    expect([answer.status, answer.json.permission]).toEqual([403, 'user.read']);
    expect(await allowed(guest, { permission: 'exam:read', userId: person.id })).toEqual([true]);
  });

  it.each([
    ['/checks', []],
    ['/checks/0/permission', [{ permission: 'exam:*' }]],
    ['/checks/0/permission', [{ permission: 'user.reed' }]],
    ['/checks/0/licenceId', [{ permission: 'exam:read', licenceId: 'mine' }]],
    ['/checks/0/extra', [{ permission: 'exam:read', extra: 1 }]],
    ['/checks', Array.from({ length: 101 }, () => ({ permission: 'exam:read' }))],
  ])('refuses what is not sound at %s', async (pointer, checks) => {
    const answer = await guest.ask('POST', '/auth/authorize', { body: { checks } });
    expect([answer.status, answer.json.errors[0].pointer]).toEqual([400, pointer]);
  });
});

describe('GET /auth/verify', () => {
  it('understands wildcards by the same rules, and roles of applications', async () => {
    const status = async (query: string) => (await guest.ask('GET', `/auth/verify?${query}`)).status;
    expect(await status('permission=exam:delete')).toBe(200);
    expect(await status('permission=report:read,exam:read')).toBe(200);
    expect(await status('permission=report:read')).toBe(403);
    expect(await status('permission=exam:*')).toBe(403);
    expect(await status('permission=user.read')).toBe(403);
    expect(await status('role=exams:editor')).toBe(200);
    expect(await status('role=exams:auditor')).toBe(403);
    const { headers } = await guest.ask('GET', '/auth/verify');
    expect(headers['x-auth-roles']).toBe('user,exams:reader,exams:editor');
    expect(headers['x-auth-permissions']).toBe('exam:*,exam:read');
  });
});
