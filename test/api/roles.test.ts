import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventReader } from '../support/event-reader.js';
import type { Guest } from '../support/guest.js';
import { WholeServer } from '../support/whole-server.js';
import type { Institute } from '../support/world.js';

let server: WholeServer;
let root: Guest;
let house: Institute;
let last = 0;

beforeAll(async () => {
  server = await WholeServer.start();
  root = server.world.root;
  house = await server.world.institute();
}, 60_000);

afterAll(() => server?.stop());

/** A new role of an application. */
async function role(permissions: readonly string[], over: Readonly<Record<string, unknown>> = {}): Promise<string> {
  last += 1;
  const name = `exams:role-${last}`;
  await root.must(201, 'POST', '/admin/api/roles', { name, permissions, ...over });
  return name;
}

const at = (name: string) => `/admin/api/roles/${name}`;
const memberAt = ({ licenceId }: Institute, id: string) => `/admin/api/licences/${licenceId}/members/${id}`;
const sees = async (guest: Guest) => {
  const { user } = await guest.must(200, 'GET', '/auth/session');
  return { roles: user.roles, permissions: user.permissions };
};
const give = (id: string, roles: readonly string[]) => root.must(200, 'PATCH', `/admin/api/users/${id}`, { roles });
const auditOf = async (name: string) =>
  (await root.must(200, 'GET', `/admin/api/audit?targetType=role&targetId=${name}`)).items.map(
    ({ action, detail }: { action: string; detail: unknown }) => ({ action, detail }),
  );

describe('a role of an application', () => {
  it('is made, shown, listed by name, changed and deleted, and all of it is audited', async () => {
    const name = await role(['report:write', 'report:read', 'report:read'], { description: 'Reports' });
    const shown = await root.must(200, 'GET', at(name));
    expect(shown).toEqual({
      ...{ name, description: 'Reports', permissions: ['report:read', 'report:write'], managersMayGive: false },
      ...{ version: 1, createdOn: expect.any(String), updatedAt: expect.any(String) },
    });
    const { items, total } = await root.must(200, 'GET', '/admin/api/roles?limit=200');
    expect(items).toContainEqual(shown);
    expect(items.map((item: { name: string }) => item.name)).toEqual(
      items.map((item: { name: string }) => item.name).toSorted(),
    );
    expect(total).toBe(items.length);
    const changed = await root.must(200, 'PATCH', at(name), { permissions: ['report:*'], version: 1 });
    expect(changed).toMatchObject({ permissions: ['report:*'], description: 'Reports', version: 2 });
    await root.must(204, 'DELETE', at(name));
    await root.must(404, 'GET', at(name));
    await root.must(404, 'PATCH', at(name), { description: 'X' });
    await root.must(404, 'DELETE', at(name));
    const from = ['report:read', 'report:write'];
    expect(await auditOf(name)).toEqual([
      { action: 'role.deleted', detail: { permissions: ['report:*'] } },
      { action: 'role.updated', detail: { permissions: { from, to: ['report:*'] } } },
      { action: 'role.created', detail: { permissions: from, managersMayGive: false } },
    ]);
  });

  it('comes in pages that neither repeat nor leave out', async () => {
    for (let i = 0; i < 3; i++) await role(['report:read']);
    const names: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const page = await root.must(200, 'GET', `/admin/api/roles?limit=2${query}`);
      names.push(...page.items.map((item: { name: string }) => item.name));
      cursor = page.nextCursor;
    }
    const { items } = await root.must(200, 'GET', '/admin/api/roles?limit=200');
    expect(names).toEqual(items.map((item: { name: string }) => item.name));
    await root.must(400, 'GET', '/admin/api/roles?cursor=AAAA');
  });

  it('is refused under a name that is taken, and changed only from its present version', async () => {
    const name = await role(['report:read']);
    const taken = await root.ask('POST', '/admin/api/roles', { body: { name, permissions: [] } });
    expect([taken.status, taken.json.pointer]).toEqual([409, '/name']);
    const stale = await root.ask('PATCH', at(name), { body: { permissions: ['*:*'], version: 7 } });
    expect([stale.status, stale.json.type]).toEqual([409, '/problems/stale-version']);
    expect(await root.must(200, 'GET', at(name))).toMatchObject({ permissions: ['report:read'], version: 1 });
  });

  it.each([
    ['/name', { name: 'admin', permissions: [] }],
    ['/name', { name: 'Exams:editor', permissions: [] }],
    ['/permissions/1', { name: 'exams:x', permissions: ['report:read', 'user.write'] }],
    ['/permissions/0', { name: 'exams:x', permissions: ['*:read'] }],
    ['/permissions', { name: 'exams:x', permissions: Array.from({ length: 51 }, (_, i) => `report:a${i}`) }],
    ['/permissions', { name: 'exams:x' }],
  ])('is refused where %s is not sound', async (pointer, body) => {
    const answer = await root.ask('POST', '/admin/api/roles', { body });
    expect([answer.status, answer.json.errors.map((fault: { pointer: string }) => fault.pointer)]).toEqual([
      400,
      [pointer],
    ]);
    await root.must(404, 'GET', at('exams:x'));
  });
});

describe('a role given everywhere', () => {
  it('shows at once in every live session, with what it grants, and signs nobody out', async () => {
    const name = await role(['report:read', 'exam:*']);
    const person = await server.world.account();
    await server.world.join(house.licenceId, person);
    const inside = await server.world.enter(person);
    await give(person.id, ['user', name]);
    const now = { roles: ['user', name], permissions: ['exam:*', 'report:read'] };
    expect(await sees(inside)).toEqual(now);
    expect(await sees(await server.world.enter(person, { delivery: 'bearer' }))).toEqual(now);
    await root.must(200, 'PATCH', at(name), { permissions: ['report:write'] });
    expect(await sees(inside)).toEqual({ ...now, permissions: ['report:write'] });
    await give(person.id, ['user']);
    expect(await sees(inside)).toEqual({ roles: ['user'], permissions: [] });
  });

  it('is told to open pages when what it grants has changed', async () => {
    const name = await role(['report:read']);
    const person = await server.world.account();
    await server.world.join(house.licenceId, person);
    await give(person.id, ['user', name]);
    const inside = await server.world.enter(person);
    const reader = await EventReader.open(server.client.port, '/auth/events', inside.headers);
    await root.must(200, 'PATCH', at(name), { permissions: ['report:*'] });
    await reader.until(() => reader.named('role-changed').length > 0, 1000);
    expect(reader.named('role-changed')).toEqual([{ roles: ['user', name], permissions: ['report:*'] }]);
    reader.close();
  });

  it('is refused where there is none of that name, and the field is named', async () => {
    const { id } = await server.world.account();
    const name = await role([]);
    const body = { roles: ['user', name, 'exams:nobodys'] };
    const answer = await root.ask('PATCH', `/admin/api/users/${id}`, { body });
    expect([answer.status, answer.json.errors[0].pointer]).toEqual([400, '/roles/2']);
    const odd = await root.ask('PATCH', `/admin/api/users/${id}`, { body: { roles: ['teacher'] } });
    expect([odd.status, odd.json.errors[0].pointer]).toEqual([400, '/roles/0']);
    const made = await root.ask('POST', '/admin/api/users', {
      body: { email: 'x@example.org', roles: ['exams:nobodys'] },
    });
    expect([made.status, made.json.errors[0].pointer]).toEqual([400, '/roles/0']);
    expect(await root.must(200, 'GET', `/admin/api/users/${id}`)).toMatchObject({ roles: ['user'], version: 1 });
  });

  it('is taken from everybody when it is deleted, everywhere and in licences, and may be made anew', async () => {
    const name = await role(['report:read']);
    const person = await server.world.account();
    await server.world.join(house.licenceId, person);
    await give(person.id, ['user', name]);
    await root.must(200, 'PATCH', memberAt(house, person.id), { roles: [name] });
    const inside = await server.world.enter(person);
    expect(await sees(inside)).toEqual({ roles: ['user', name], permissions: ['report:read'] });
    await root.must(204, 'DELETE', at(name));
    expect(await sees(inside)).toEqual({ roles: ['user'], permissions: [] });
    expect((await root.must(200, 'GET', `/admin/api/users/${person.id}`)).roles).toEqual(['user']);
    await root.must(201, 'POST', '/admin/api/roles', { name, permissions: ['report:write'] });
    expect(await sees(inside)).toEqual({ roles: ['user'], permissions: [] });
    const { items } = await root.must(200, 'GET', `/admin/api/audit?targetType=user&targetId=${person.id}`);
    expect(items[0]).toMatchObject({ action: 'user.updated', detail: { lostRole: name, because: 'role.deleted' } });
  });

  it("gives none of Usher's own rights, whatever it grants (ASVS 8.2.1)", async () => {
    const name = await role(['*:*']);
    const { id, login } = await server.world.account();
    await server.world.join(house.licenceId, { id, email: '', login });
    await give(id, ['user', name]);
    const guest = await server.world.enter({ id, email: '', login });
    for (const path of ['users', 'roles', 'audit', 'sessions']) {
      const answer = await guest.ask('GET', `/admin/api/${path}`);
      expect([answer.status, answer.json.type]).toEqual([403, '/problems/forbidden']);
    }
  });

  it('finds the accounts that have it', async () => {
    const name = await role([]);
    const { id } = await server.world.account();
    await give(id, ['user', name]);
    const { items } = await root.must(200, 'GET', `/admin/api/users?role=${name}`);
    expect(items.map((user: { id: string }) => user.id)).toEqual([id]);
    await root.must(400, 'GET', '/admin/api/users?role=teacher');
  });
});
