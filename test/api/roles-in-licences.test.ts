import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Guest } from '../support/guest.js';
import { WholeServer } from '../support/whole-server.js';
import type { Account, Institute } from '../support/world.js';

let server: WholeServer;
let root: Guest;
let here: Institute;
let there: Institute;
/** Manages `here`. */
let chief: Guest;

beforeAll(async () => {
  server = await WholeServer.start();
  root = server.world.root;
  [here, there] = [await server.world.institute(), await server.world.institute()];
  await server.world.join(here.licenceId, here.chief);
  chief = await server.world.enter(here.chief);
  for (const [name, permissions, managersMayGive] of [
    ['exams:reader', ['exam:read'], true],
    ['exams:editor', ['exam:*'], true],
    ['exams:auditor', ['*:*'], false],
  ] as const) {
    await root.must(201, 'POST', '/admin/api/roles', { name, permissions, managersMayGive });
  }
}, 60_000);

afterAll(() => server?.stop());

const at = ({ licenceId }: Institute, { id }: Pick<Account, 'id'>) => `/admin/api/licences/${licenceId}/members/${id}`;
const sees = async (guest: Guest) => {
  const { user } = await guest.must(200, 'GET', '/auth/session');
  return { roles: user.roles, permissions: user.permissions };
};

/** A member of both institutes, in a session in each. */
async function inBoth(): Promise<{ person: Account; inHere: Guest; inThere: Guest }> {
  const person = await server.world.account();
  for (const { licenceId } of [here, there]) await server.world.join(licenceId, person);
  const inHere = await server.world.enter(person, { licenceId: here.licenceId });
  const inThere = await server.world.enter(person, { licenceId: there.licenceId });
  return { person, inHere, inThere };
}

const nothing = { roles: ['user'], permissions: [] };

describe('a role in a licence', () => {
  it('holds in the sessions that sit there, those to come as well, and in no others (ASVS 8.2.2)', async () => {
    const { person, inHere, inThere } = await inBoth();
    const view = await root.must(200, 'PATCH', at(here, person), { roles: ['exams:editor'] });
    expect(view).toMatchObject({ userId: person.id, roles: ['exams:editor'], rank: null });
    const editor = { roles: ['user', 'exams:editor'], permissions: ['exam:*'] };
    expect([await sees(inHere), await sees(inThere)]).toEqual([editor, nothing]);
    expect(await sees(await server.world.enter(person, { licenceId: here.licenceId }))).toEqual(editor);
    expect(await sees(await server.world.enter(person, { licenceId: there.licenceId }))).toEqual(nothing);
    await root.must(200, 'PATCH', at(here, person), { roles: [] });
    expect(await sees(inHere)).toEqual(nothing);
  });

  it('stays in its licence when the person, or what is held everywhere, is changed', async () => {
    const { person, inHere, inThere } = await inBoth();
    await root.must(200, 'PATCH', at(here, person), { roles: ['exams:editor'] });
    await root.must(200, 'PATCH', `/admin/api/users/${person.id}`, { name: 'Zoë', roles: ['user', 'exams:reader'] });
    expect(await sees(inHere)).toEqual({
      roles: ['user', 'exams:reader', 'exams:editor'],
      permissions: ['exam:*', 'exam:read'],
    });
    expect(await sees(inThere)).toEqual({ roles: ['user', 'exams:reader'], permissions: ['exam:read'] });
    expect((await inThere.must(200, 'GET', '/auth/session')).user.name).toBe('Zoë');
  });

  it('shows in the list of members, and in the audit log of the licence', async () => {
    const person = await server.world.account();
    await server.world.join(here.licenceId, person);
    await root.must(200, 'PATCH', at(here, person), { roles: ['exams:reader', 'exams:editor', 'exams:reader'] });
    const { items } = await root.must(200, 'GET', `/admin/api/licences/${here.licenceId}/members`);
    const shown = items.find((item: { userId: string }) => item.userId === person.id);
    expect(shown.roles).toEqual(['exams:editor', 'exams:reader']);
    const { items: lines } = await root.must(200, 'GET', `/admin/api/audit?targetId=${here.licenceId}&limit=1`);
    expect(lines[0]).toMatchObject({
      action: 'member.updated',
      detail: { userId: person.id, roles: { from: [], to: ['exams:editor', 'exams:reader'] } },
    });
  });

  it('goes with the membership, and does not come back with it', async () => {
    const person = await server.world.account();
    await server.world.join(here.licenceId, person);
    await root.must(200, 'PATCH', at(here, person), { roles: ['exams:editor'] });
    await root.must(204, 'DELETE', at(here, person));
    await server.world.join(here.licenceId, person);
    expect(await sees(await server.world.enter(person))).toEqual(nothing);
  });

  it('is refused to whoever is no member, under a name there is not, and where it is one of Usher’s own', async () => {
    await root.must(404, 'PATCH', at(here, here.outsider), { roles: ['exams:editor'] });
    for (const [roles, pointer] of [
      [['exams:editor', 'exams:nobodys'], '/roles/1'],
      [['admin'], '/roles/0'],
    ]) {
      const answer = await root.ask('PATCH', at(here, here.member), { body: { roles } });
      expect([answer.status, answer.json.errors[0].pointer]).toEqual([400, pointer]);
    }
    for (const body of [{}, { roles: [], rank: 1 }]) await root.must(400, 'PATCH', at(here, here.member), body);
    const { items } = await root.must(200, 'GET', `/admin/api/licences/${here.licenceId}/members`);
    expect(items.find((item: { userId: string }) => item.userId === here.member.id).roles).toEqual([]);
  });
});

describe('a licence manager', () => {
  it('sees the roles that managers may give, and no others', async () => {
    const { items, total } = await chief.must(200, 'GET', '/admin/api/roles');
    expect([items.map((item: { name: string }) => item.name), total]).toEqual([['exams:editor', 'exams:reader'], 2]);
  });

  it('gives those to members of their licence, and takes them away', async () => {
    await chief.must(200, 'PATCH', at(here, here.member), { roles: ['exams:editor'] });
    const inside = await server.world.enter(here.member);
    expect(await sees(inside)).toEqual({ roles: ['user', 'exams:editor'], permissions: ['exam:*'] });
    await chief.must(200, 'PATCH', at(here, here.member), { roles: ['exams:reader'] });
    expect(await sees(inside)).toEqual({ roles: ['user', 'exams:reader'], permissions: ['exam:read'] });
  });

  it('neither gives nor takes what only staff give (ASVS 8.2.2, 8.3.1)', async () => {
    const person = await server.world.account();
    await server.world.join(here.licenceId, person);
    const refused = async (roles: readonly string[]) => {
      const answer = await chief.ask('PATCH', at(here, person), { body: { roles } });
      return [answer.status, answer.json.errors?.[0].pointer];
    };
    expect(await refused(['exams:reader', 'exams:auditor'])).toEqual([400, '/roles/1']);
    await root.must(200, 'PATCH', at(here, person), { roles: ['exams:auditor'] });
    expect(await refused(['exams:reader'])).toEqual([400, '/roles']);
    const { roles } = await chief.must(200, 'PATCH', at(here, person), { roles: ['exams:auditor', 'exams:reader'] });
    expect(roles).toEqual(['exams:auditor', 'exams:reader']);
  });

  it('does nothing of this in the licence of others, nor to roles themselves (ASVS 8.4.1)', async () => {
    await chief.must(404, 'PATCH', at(there, there.member), { roles: ['exams:reader'] });
    for (const [method, path] of [
      ['POST', ''],
      ['PATCH', '/exams:reader'],
      ['DELETE', '/exams:reader'],
      ['GET', '/exams:reader'],
    ] as const) {
      const body = method === 'POST' ? { name: 'exams:mine', permissions: ['*:*'] } : {};
      const answer = await chief.ask(method, `/admin/api/roles${path}`, method === 'GET' ? {} : { body });
      expect([answer.status, answer.json.type]).toEqual([403, '/problems/forbidden']);
    }
  });
});
