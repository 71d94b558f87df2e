import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Guest } from '../support/guest.js';
import { WholeServer } from '../support/whole-server.js';
import type { Institute } from '../support/world.js';

let server: WholeServer;
let root: Guest;
let house: Institute;

beforeAll(async () => {
  server = await WholeServer.start();
  ({ root } = server.world);
  house = await server.world.institute();
}, 60_000);

afterAll(() => server?.stop());

const about = (id: string) => root.must(200, 'GET', `/admin/api/users/${id}`);
const places = (id: string) => root.must(200, 'GET', `/admin/api/users/${id}/licences`);

describe('what staff see of a person', () => {
  it('is when they last signed in and how many sessions they have', async () => {
    const { member, licenceId } = house;
    expect(await about(member.id)).toMatchObject({ lastSignInAt: null, sessions: 0 });
    await server.world.enter(member, { licenceId });
    const before = Date.now();
    await server.world.enter(member, { licenceId });
    await server.world.enter({ ...member, login: { ...member.login, password: 'wrong' } }).catch(() => null);
    let seen = await about(member.id);
    for (let tries = 0; Date.parse(seen.lastSignInAt) < before && tries < 50; tries += 1) seen = await about(member.id);
    expect(seen).toMatchObject({ sessions: 2, lastSignInAt: expect.any(String) });
    const { items } = await root.must(200, 'GET', `/admin/api/users?q=${member.email}`);
    expect(items).toMatchObject([{ id: member.id, lastSignInAt: seen.lastSignInAt }]);
  });

  it('is where they belong, as what, whether they sit there, and what they manage', async () => {
    const { member, chief, licenceId, ownerId } = house;
    await root.must(201, 'POST', '/admin/api/roles', { name: 'exams:editor', permissions: ['papers:write'] });
    await root.must(200, 'PATCH', `/admin/api/licences/${licenceId}/members/${member.id}`, { roles: ['exams:editor'] });
    await server.world.appoint(`licences/${licenceId}`, member);
    const owner = { id: ownerId, name: 'Institute' };
    expect(await places(member.id)).toEqual({
      items: [
        {
          licence: { id: licenceId, name: 'Licence', serial: house.serial, state: 'active', valid: true, owner },
          ...{ addedOn: expect.any(String), rank: null, roles: ['exams:editor'], managed: true, sessions: 2 },
        },
      ],
      managed: [{ type: 'licence', id: licenceId, name: 'Licence' }],
    });
    expect((await places(chief.id)).managed).toEqual([
      { type: 'licence', id: licenceId, name: 'Licence' },
      { type: 'owner', ...owner },
    ]);
    await root.must(200, 'POST', `/admin/api/licences/${licenceId}/suspend`);
    expect((await places(member.id)).items).toMatchObject([
      { licence: { state: 'suspended', valid: false }, sessions: 0 },
    ]);
  });

  it('is nothing where there is no such account, or nothing to see', async () => {
    await root.must(404, 'GET', `/admin/api/users/${house.licenceId}/licences`);
    expect(await places(house.outsider.id)).toEqual({ items: [], managed: [] });
  });
});
