import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bySystem } from '../../src/audit/audit-log.js';
import { newId } from '../../src/kernel/ids.js';
import { UncountedPlaces } from '../../src/licences/uncounted-places.js';
import { DomainLab } from '../support/domain-lab.js';

let lab: DomainLab;

beforeAll(async () => {
  lab = await DomainLab.open();
});

afterAll(() => lab.stop());

const path = (licence: string, end = '') => `/admin/api/licences/${licence}/members${end}`;

describe('members of a licence', () => {
  it('are added one by one, once, and listed newest first', async () => {
    const licence = await lab.licence();
    const [anna, ben] = [await lab.user(), await lab.user()];
    const added = await lab.ask('POST', path(licence), { userId: anna.id });
    expect(added).toMatchObject({ status: 201, json: { userId: anna.id, email: anna.email, disabled: false } });
    expect((await lab.ask('POST', path(licence), { userId: anna.id })).status).toBe(200);
    await lab.ask('POST', path(licence), { userId: ben.id });
    const page = (await lab.ask('GET', path(licence))).json;
    expect(page.items.map((item: { userId: string }) => item.userId)).toEqual([ben.id, anna.id]);
    expect(page).toMatchObject({ total: 2, nextCursor: null });
    expect((await lab.audited(licence)).map((line) => line.action)).toEqual([
      'licence.created',
      'member.added',
      'member.added',
    ]);
    expect((await lab.users.find(anna.id))?.lastLicenceUpdate).not.toBeNull();
  });

  it('are added by their addresses, with a result for each line', async () => {
    const licence = await lab.licence();
    const [anna, ben] = [await lab.user([licence]), await lab.user()];
    const emails = [anna.email, ben.email.toUpperCase(), 'nobody@example.org', ben.email];
    const answer = await lab.ask('POST', path(licence), { emails });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      added: 2,
      results: [
        { email: anna.email, result: 'already-member', userId: anna.id },
        { email: ben.email.toUpperCase(), result: 'added', userId: ben.id },
        { email: 'nobody@example.org', result: 'no-such-user', userId: null },
        { email: ben.email, result: 'added', userId: ben.id },
      ],
    });
    expect((await lab.ask('POST', path(licence), { emails: ['nobody@example.org'] })).json.added).toBe(0);
  });

  it('are refused when they do not exist, or when the request is ambiguous', async () => {
    const licence = await lab.licence();
    const { id, email } = await lab.user();
    for (const body of [
      {},
      { userId: newId() },
      { userId: id, emails: [email] },
      { emails: [] },
      { emails: 'a@b.de' },
      { userIds: [id] },
    ]) {
      expect((await lab.ask('POST', path(licence), body)).status).toBe(400);
    }
    expect((await lab.ask('POST', path(newId()), { userId: id })).status).toBe(404);
    expect((await lab.ask('POST', path(licence), { userId: id }, 'user')).status).toBe(403);
    expect((await lab.ask('GET', path(licence))).json.total).toBe(0);
  });

  it('lose their sessions in that licence, and only there, when they are removed', async () => {
    const [one, other] = [await lab.licence(1), await lab.licence(1)];
    const [anna, ben] = [await lab.user([one, other]), await lab.user([one])];
    await lab.signIns.visit(anna, { licenceId: one });
    await lab.signIns.visit(anna, { licenceId: other });
    await expect(lab.signIns.visit(ben)).rejects.toThrow('no-seat-free');
    expect((await lab.ask('DELETE', path(one, `/${anna.id}`))).status).toBe(204);
    expect([await lab.seated(one), await lab.seated(other)]).toEqual([0, 1]);
    await lab.signIns.visit(ben);
    await expect(lab.signIns.visit(anna, { licenceId: one })).rejects.toThrow('no-licence');
    expect((await lab.ask('DELETE', path(one, `/${anna.id}`))).status).toBe(404);
  });

  it('can be added again after they were removed', async () => {
    const licence = await lab.licence(1);
    const anna = await lab.user([licence]);
    await lab.members.remove(licence, anna.id, bySystem);
    await lab.members.add(licence, anna.id, bySystem);
    await lab.signIns.visit(anna);
    expect(await lab.seated(licence)).toBe(1);
  });

  it('do not slip in when they are removed while they sign in', async () => {
    const licence = await lab.licence();
    const anna = await lab.user([licence]);
    lab.signIns.meanwhile = () => lab.ask('DELETE', path(licence, `/${anna.id}`));
    await expect(lab.signIns.visit(anna)).rejects.toThrow('no-licence');
    expect(await lab.seated(licence)).toBe(0);
  });

  it('do not slip in through a licence they were added to after they had been disabled', async () => {
    const [one, late] = [await lab.licence(), await lab.licence()];
    const anna = await lab.user([one]);
    const { result } = await lab.accounts.disable(anna.id, bySystem);
    await lab.members.add(late, anna.id, bySystem);
    const opened = await lab.store.open({
      ...opening(late, anna.id),
      epoch: result.epoch - 1,
    });
    expect(opened).toEqual({ kind: 'stale-user' });
  });

  it('do not slip in by a sign-in from before an ending where they have sat without a seat', async () => {
    const [one, late] = [await lab.licence(), await lab.licence()];
    const anna = await lab.user([one]);
    await lab.members.remove(one, anna.id, bySystem);
    const epoch = (await lab.users.find(anna.id))?.epoch ?? 0;
    expect(await new UncountedPlaces(lab.dataSource).note({ id: anna.id, epoch }, late)).toBe(true);
    await lab.members.add(late, anna.id, bySystem);
    expect(await lab.store.open({ ...opening(late, anna.id), epoch: epoch - 1 })).toEqual({ kind: 'stale-user' });
    expect(await lab.store.open({ ...opening(late, anna.id), epoch })).toMatchObject({ kind: 'opened' });
  });

  it('are let in nowhere by a sign-in that was begun before the end, whichever licence it chooses', async () => {
    const licences = [await lab.licence(), await lab.licence(), await lab.licence()];
    const anna = await lab.user(licences.slice(0, 2));
    const before = (await lab.users.find(anna.id))?.epoch ?? 0;
    await lab.members.remove(licences[0] as never, anna.id, bySystem);
    await lab.members.add(licences[2] as never, anna.id, bySystem);
    await lab.accounts.disable(anna.id, bySystem);
    for (const licence of licences) {
      const opened = await lab.store.open({ ...opening(licence, anna.id), epoch: before });
      expect(opened).toEqual({ kind: 'stale-user' });
    }
  });
});

describe('GET /admin/api/licences/{id}/seats', () => {
  it('says who sits, newest first, and how many seats are left', async () => {
    const licence = await lab.licence(3);
    const [anna, ben] = [await lab.user([licence]), await lab.user([licence])];
    await lab.signIns.visit(anna);
    await lab.signIns.visit(ben);
    const answer = await lab.ask('GET', `/admin/api/licences/${licence}/seats?limit=1`);
    expect(answer.json).toMatchObject({ limit: 3, used: 2, free: 1, total: 2, items: [{ user: { id: ben.id } }] });
    const rest = await lab.ask('GET', `/admin/api/licences/${licence}/seats?cursor=${answer.json.nextCursor}`);
    expect(rest.json.items).toMatchObject([{ user: { id: anna.id, email: anna.email }, licence: { id: licence } }]);
  });
});

function opening(licence: string, userId: never | string) {
  const issued = lab.web.ids.issue(licence);
  return {
    issued,
    userId: userId as never,
    policyVersion: 1,
    delivery: 'cookie' as const,
    fingerprint: { client: 'x', version: 1 },
    snapshot: { person: '{}', licence: 'null' },
    client: '{}',
    amr: ['pwd'],
    aal: 1,
    csrfSecret: 'x',
    csrfToken: 'x',
    exchange: null,
    attemptId: newId(),
  };
}
