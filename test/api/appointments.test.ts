import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '../../src/kernel/ids.js';
import type { Guest } from '../support/guest.js';
import { WholeServer } from '../support/whole-server.js';
import { type Account, type Institute, password } from '../support/world.js';

let server: WholeServer;
let root: Guest;

beforeAll(async () => {
  server = await WholeServer.start();
  root = server.world.root;
}, 60_000);

afterAll(() => server?.stop());

const licencePath = ({ licenceId }: Institute) => `/admin/api/licences/${licenceId}`;
const ids = (page: { items: { id: string }[] }) => page.items.map(({ id }) => id).sort();
const userIds = (page: { items: { userId: string }[] }) => page.items.map(({ userId }) => userId);

/** Somebody who sits in the institute's licence, and manages nothing yet. */
async function seated(institute: Institute): Promise<{ account: Account; guest: Guest }> {
  const account = await server.world.account();
  await server.world.join(institute.licenceId, account);
  return { account, guest: await server.world.enter(account, { licenceId: institute.licenceId }) };
}

/** An institute and somebody who manages its licence, or with `owner` all licences of its owner. */
async function managed(kind: 'licences' | 'owners' = 'licences') {
  const institute = await server.world.institute();
  const { account, guest } = await seated(institute);
  await server.world.appoint(`${kind}/${kind === 'licences' ? institute.licenceId : institute.ownerId}`, account);
  return { institute, account, guest };
}

async function audited(targetId: string): Promise<string[]> {
  const { items } = await root.must(200, 'GET', `/admin/api/audit?targetId=${targetId}`);
  return items.map(({ action }: { action: string }) => action);
}

describe('licence managers', () => {
  it('are appointed once, listed, and dismissed, and all of it is audited', async () => {
    const { licenceId, ownerId, member, chief } = await server.world.institute();
    for (const [kind, id] of [
      ['licences', licenceId],
      ['owners', ownerId],
    ] as const) {
      const path = `/admin/api/${kind}/${id}/managers`;
      const made = await root.must(201, 'POST', path, { userId: member.id });
      expect(made).toMatchObject({ userId: member.id, email: member.email, disabled: false });
      expect(made.appointedBy).toBe(root.view.user.id);
      expect(await root.must(200, 'POST', path, { userId: member.id })).toEqual(made);
      const page = await root.must(200, 'GET', path);
      expect([userIds(page), page.total]).toEqual([[member.id, chief.id], 2]);
      await root.must(204, 'DELETE', `${path}/${member.id}`);
      await root.must(404, 'DELETE', `${path}/${member.id}`);
      expect(userIds(await root.must(200, 'GET', path))).toEqual([chief.id]);
      const told = (await audited(id)).filter((action) => action.startsWith('manager.'));
      expect(told).toEqual(['manager.dismissed', 'manager.appointed', 'manager.appointed']);
    }
  });

  it('are appointed once by 20 requests at the same time', async () => {
    const { licenceId, member } = await server.world.institute();
    const path = `/admin/api/licences/${licenceId}/managers`;
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => root.ask('POST', path, { body: { userId: member.id } })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(19).fill(200), 201]);
    expect((await audited(licenceId)).filter((action) => action === 'manager.appointed')).toHaveLength(2);
  });

  it('are refused when they, the licence or the owner do not exist', async () => {
    const { licenceId, member } = await server.world.institute();
    const nobody = { userId: newId() };
    const answer = await root.ask('POST', `/admin/api/licences/${licenceId}/managers`, { body: nobody });
    expect([answer.status, answer.json.errors]).toEqual([
      400,
      [{ pointer: '/userId', rule: 'must be the id of a user' }],
    ]);
    await root.must(400, 'POST', `/admin/api/licences/${licenceId}/managers`, { email: member.email });
    for (const kind of ['licences', 'owners']) {
      await root.must(404, 'POST', `/admin/api/${kind}/${newId()}/managers`, { userId: member.id });
      await root.must(404, 'GET', `/admin/api/${kind}/${newId()}/managers`);
      await root.must(404, 'DELETE', `/admin/api/${kind}/${newId()}/managers/${member.id}`);
    }
  });

  it('manage nothing any more once the licence, its owner or their account is gone', async () => {
    const { institute, guest } = await managed();
    const { account, guest: other } = await managed();
    await root.must(204, 'DELETE', licencePath(institute));
    expect((await guest.ask('GET', '/admin/api/scope')).status).toBe(401);
    const bare = await server.world.owner();
    await server.world.appoint(`owners/${bare}`, account);
    expect((await other.must(200, 'GET', '/admin/api/scope')).owners).toHaveLength(1);
    await root.must(204, 'DELETE', `/admin/api/owners/${bare}`);
    expect((await other.must(200, 'GET', '/admin/api/scope')).owners).toEqual([]);
    await root.must(204, 'DELETE', `/admin/api/users/${account.id}`);
    expect((await other.ask('GET', '/admin/api/scope')).status).toBe(401);
  });

  it('manage from their next request on, until the next after their dismissal (ASVS 8.3.2)', async () => {
    const institute = await server.world.institute();
    const { account, guest } = await seated(institute);
    const path = `${licencePath(institute)}/members`;
    expect((await guest.must(403, 'GET', path)).permission).toBe('licence.read');
    await server.world.appoint(`licences/${institute.licenceId}`, account);
    expect((await guest.must(200, 'GET', path)).total).toBe(2);
    await root.must(204, 'DELETE', `${licencePath(institute)}/managers/${account.id}`);
    expect((await guest.must(403, 'GET', path)).permission).toBe('licence.read');
    expect((await guest.must(200, 'GET', '/auth/session')).user.roles).toEqual(['user']);
  });

  it('are told what they manage, and staff that they see everything', async () => {
    const { institute, guest, account } = await managed();
    const licence = { id: institute.licenceId, name: 'Licence' };
    expect(await guest.must(200, 'GET', '/admin/api/scope')).toEqual({ all: false, licences: [licence], owners: [] });
    await server.world.appoint(`owners/${institute.ownerId}`, account);
    const owner = { id: institute.ownerId, name: 'Institute' };
    expect((await guest.must(200, 'GET', '/admin/api/scope')).owners).toEqual([owner]);
    const staff = await server.world.staff('staff');
    expect(await staff.must(200, 'GET', '/admin/api/scope')).toEqual({ all: true, licences: [], owners: [] });
    await (await seated(institute)).guest.must(403, 'GET', '/admin/api/scope');
  });
});

describe('the manager of one licence', () => {
  it('sees it and nothing else of its owner (ASVS 8.2.2)', async () => {
    const { institute, guest } = await managed();
    const beside = await server.world.licence({ ownerId: institute.ownerId });
    const page = await guest.must(200, 'GET', '/admin/api/licences');
    expect([ids(page), page.total]).toEqual([[institute.licenceId], 1]);
    await guest.must(404, 'GET', `/admin/api/licences/${beside.id}`);
    await guest.must(404, 'GET', `/admin/api/owners/${institute.ownerId}`);
    expect((await guest.must(200, 'GET', '/admin/api/owners')).total).toBe(0);
  });

  it('may not change it, nor suspend it, nor say who else manages it (ASVS 8.2.1)', async () => {
    const { institute, guest, account } = await managed('owners');
    const path = licencePath(institute);
    const refused = [
      ['PATCH', path, { seats: 100 }],
      ['DELETE', path, undefined],
      ['POST', `${path}/suspend`, undefined],
      ['POST', `${path}/reinstate`, undefined],
      ['POST', `${path}/renew`, { durationDays: 30 }],
      ['GET', `${path}/managers`, undefined],
      ['POST', `${path}/managers`, { userId: account.id }],
      ['DELETE', `${path}/managers/${account.id}`, undefined],
      ['PATCH', `/admin/api/owners/${institute.ownerId}`, { name: 'Mine' }],
      ['GET', '/admin/api/users', undefined],
      ['GET', `/admin/api/users/${institute.member.id}`, undefined],
      ['PATCH', `/admin/api/users/${institute.member.id}`, { name: 'Mine' }],
      ['GET', '/admin/api/audit', undefined],
      ['GET', '/admin/api/sign-ins', undefined],
    ] as const;
    for (const [method, target, body] of refused) await guest.must(403, method, target, body);
    expect(await root.must(200, 'GET', path)).toMatchObject({ seats: 10, active: true, version: 1 });
  });

  it('adds members by address, and by id only people seen already', async () => {
    const { institute, guest } = await managed();
    const path = `${licencePath(institute)}/members`;
    const { outsider } = institute;
    await guest.must(404, 'POST', path, { userId: outsider.id });
    await guest.must(404, 'POST', path, { userId: newId() });
    const foreseen = { emails: [outsider.email, institute.member.email, 'nobody@example.org'], dryRun: true };
    const idsSeen = async (by: Guest) =>
      (await by.must(200, 'POST', path, foreseen)).results.map(({ userId }: { userId: string | null }) => userId);
    // Who only asks leaves no trace in the audit log, and is told the id of nobody they do not see already.
    expect(await idsSeen(guest)).toEqual([null, institute.member.id, null]);
    expect(await idsSeen(root)).toEqual([outsider.id, institute.member.id, null]);
    const { results } = await guest.must(200, 'POST', path, { emails: [outsider.email] });
    expect(results).toMatchObject([{ result: 'added', userId: outsider.id }]);
    await guest.must(200, 'POST', path, { userId: outsider.id });
    await guest.must(204, 'DELETE', `${path}/${outsider.id}`);
    expect(userIds(await guest.must(200, 'GET', path))).not.toContain(outsider.id);
    const lines = await root.must(200, 'GET', `/admin/api/audit?targetId=${institute.licenceId}&action=member.removed`);
    expect(lines.items[0].actor.id).toBe(guest.view.user.id);
  });

  it('ends sessions in it, one or many, and none elsewhere', async () => {
    const { institute, guest } = await managed();
    const other = await server.world.institute();
    await server.world.join(other.licenceId, institute.member);
    const here = await server.world.enter(institute.member, { licenceId: institute.licenceId });
    const there = await server.world.enter(institute.member, { licenceId: other.licenceId });
    const stranger = await server.world.enter(other.member);
    const listed = await guest.must(200, 'GET', `/admin/api/sessions?userId=${institute.member.id}`);
    expect(listed.items.map(({ ref }: { ref: string }) => ref)).toEqual([here.view.session.ref]);
    expect((await guest.must(200, 'GET', '/admin/api/sessions')).total).toBe(2);
    const all = { filter: { all: true } };
    expect(await guest.must(200, 'POST', '/admin/api/sessions/end', { ...all, dryRun: true })).toMatchObject({
      matched: 1,
    });
    const idle = { filter: { userId: institute.member.id, idleForSeconds: 0 } };
    expect(await guest.must(200, 'POST', '/admin/api/sessions/end', idle)).toMatchObject({ ended: 1, more: false });
    await here.must(401, 'GET', '/auth/session');
    expect(await guest.must(200, 'POST', '/admin/api/sessions/end', all)).toMatchObject({ matched: 0 });
    await there.must(200, 'GET', '/auth/session');
    await stranger.must(200, 'GET', '/auth/session');
    const named = { filter: { refs: [there.view.session.ref, stranger.view.session.ref] } };
    expect(await guest.must(200, 'POST', '/admin/api/sessions/end', named)).toMatchObject({ matched: 0, ended: 0 });
    await there.must(200, 'GET', '/auth/session');
    const again = await server.world.enter(institute.member, { licenceId: institute.licenceId });
    const ref = again.view.session.ref;
    expect(await guest.must(200, 'DELETE', `/admin/api/sessions/${ref}?message=Bye`)).toMatchObject({ ended: 1 });
    await guest.must(404, 'DELETE', `/admin/api/sessions/${there.view.session.ref}`);
    await guest.must(404, 'DELETE', '/admin/api/sessions/what-is-no-ref');
  });

  it('does not learn how many people elsewhere match a search, and bars no account', async () => {
    const { institute, guest } = await managed();
    const found = await guest.must(200, 'GET', '/admin/api/sessions?q=example.org');
    expect(found.total).toBe(1);
    // So many that they are not looked up one by one.
    await Promise.all(
      Array.from({ length: 501 }, (_, i) => root.must(201, 'POST', '/admin/api/users', { email: `${i}@many.example` })),
    );
    expect((await root.must(200, 'GET', '/admin/api/sessions?q=many.example')).total).toBe(0);
    expect((await guest.must(200, 'GET', '/admin/api/sessions?q=many.example')).total).toBe(0);
    const block = { filter: { licenceId: institute.licenceId }, block: true };
    expect((await guest.must(403, 'POST', '/admin/api/sessions/end', block)).permission).toBe('user.write');
    await server.world.enter(institute.member);
  });

  it('is not shown a session without a licence, such as those of staff', async () => {
    const { guest } = await managed();
    const staff = await server.world.staff('staff');
    const { ref } = staff.view.session;
    await guest.must(404, 'DELETE', `/admin/api/sessions/${ref}`);
    await guest.must(404, 'GET', `/admin/api/sessions?userId=${staff.view.user.id}`);
    await staff.must(200, 'GET', '/auth/session');
  });
});

describe('the manager of an owner', () => {
  it('manages all its licences, also those to come, until they go to another owner', async () => {
    const { institute, guest } = await managed('owners');
    const late = await server.world.licence({ ownerId: institute.ownerId });
    expect(ids(await guest.must(200, 'GET', '/admin/api/licences'))).toEqual([institute.licenceId, late.id].sort());
    await guest.must(200, 'POST', `/admin/api/licences/${late.id}/members`, { emails: [institute.outsider.email] });
    await root.must(200, 'PATCH', `/admin/api/licences/${late.id}`, { ownerId: await server.world.owner() });
    await guest.must(404, 'GET', `/admin/api/licences/${late.id}`);
    expect(ids(await guest.must(200, 'GET', '/admin/api/licences'))).toEqual([institute.licenceId]);
  });

  it('sees the owner without the notes of staff (ASVS 8.2.3)', async () => {
    const { institute, guest } = await managed('owners');
    const path = `/admin/api/owners/${institute.ownerId}`;
    await root.must(200, 'PATCH', path, { comments: 'Pays late', affiliation: 'Physics' });
    expect(await guest.must(200, 'GET', path)).toMatchObject({ affiliation: 'Physics', comments: null });
    const page = await guest.must(200, 'GET', '/admin/api/owners');
    expect(page).toMatchObject({ total: 1, items: [{ id: institute.ownerId, comments: null }] });
    expect((await root.must(200, 'GET', path)).comments).toBe('Pays late');
  });
});

describe('somebody on the staff who manages a licence too', () => {
  it('loses nothing by it', async () => {
    const { licenceId } = await server.world.institute();
    const account = await server.world.account(['staff']);
    await server.world.appoint(`licences/${licenceId}`, account);
    const staff = await server.world.enter({ ...account, login: { identifier: account.email, password } });
    expect((await staff.must(200, 'GET', '/admin/api/licences')).total).toBeGreaterThan(1);
    expect((await staff.must(200, 'GET', '/admin/api/scope')).all).toBe(true);
  });
});
