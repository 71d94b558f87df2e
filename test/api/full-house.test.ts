import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Guest } from '../support/guest.js';
import type { Answered } from '../support/web-lab.js';
import { WholeServer } from '../support/whole-server.js';
import { type Account, password } from '../support/world.js';

let server: WholeServer;

beforeAll(async () => {
  server = await WholeServer.start();
}, 60_000);

afterAll(() => server?.stop());

const chrome =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
const slugOf = (answer: Answered) => answer.json.type.split('/').pop();

/** A licence with this policy, and two members of it. */
async function licensed(seats: number, policy: unknown): Promise<[licenceId: string, anna: Account, ben: Account]> {
  const licence = await server.world.licence({ seats, policy });
  const [anna, ben] = [await server.world.account(), await server.world.account()];
  for (const account of [anna, ben]) await server.world.join(licence.id, account);
  return [licence.id, anna, ben];
}

/** The answer to somebody who finds no seat. */
async function refused(account: Account, over: Readonly<Record<string, unknown>> = {}): Promise<Answered> {
  const answer = await server.nobody.trySignIn({ ...account.login, ...over });
  if (answer instanceof Guest) throw new Error('signed in to a full licence');
  expect([answer.status, slugOf(answer)]).toEqual([409, 'no-seat-free']);
  return answer;
}

const takeSeat = (body: unknown, guest = server.nobody) => guest.ask('POST', '/auth/login/seat', { body });
const isLive = async (guest: Guest) => (await guest.ask('GET', '/auth/session')).status === 200;
const usedOf = async (id: string) => (await server.world.root.must(200, 'GET', `/admin/api/licences/${id}`)).used;

describe('a ticket', () => {
  it('lets the person in without the password when a seat has fallen free, once (ASVS 6.6.3)', async () => {
    const [, anna, ben] = await licensed(1, { whenFull: ['refuse'] });
    const inside = await server.world.enter(anna);
    const { json } = await refused(ben);
    expect(json).toMatchObject({ reason: 'FULL', limit: 1, used: 1, options: ['wait'], ownSessions: [] });
    const again = await takeSeat({ ticket: json.ticket });
    expect([again.status, slugOf(again)]).toEqual([409, 'no-seat-free']);
    expect(again.json.ticket).not.toBe(json.ticket);
    await inside.must(204, 'POST', '/auth/logout', {});
    const [one, two] = await Promise.all([
      takeSeat({ ticket: again.json.ticket }),
      takeSeat({ ticket: again.json.ticket }),
    ]);
    expect([one.status, two.status].sort()).toEqual([200, 401]);
    const view = one.status === 200 ? one : two;
    expect(view.json.user.email).toBe(ben.email);
    expect([view.headers['set-cookie']].flat().join()).toContain('sid=');
    for (const used of [json.ticket, again.json.ticket]) {
      const late = await takeSeat({ ticket: used });
      expect([late.status, slugOf(late)]).toEqual([401, 'invalid-credentials']);
    }
  });

  it('is good for nobody else: not in another browser, not after a change of the password, not for a disabled account', async () => {
    const [, anna, ben] = await licensed(1, { whenFull: ['refuse'] });
    const inside = await server.world.enter(anna);
    const ticket = async () => (await refused(ben)).json.ticket;
    const [elsewhere, before, disabled] = [await ticket(), await ticket(), await ticket()];
    await inside.must(204, 'POST', '/auth/logout', {});
    const stolen = await takeSeat({ ticket: elsewhere }, server.nobody.with({ 'user-agent': chrome }));
    expect(stolen.status).toBe(401);
    expect((await takeSeat({ ticket: elsewhere })).status).toBe(401);
    const guest = await server.world.enter(ben);
    await guest.must(204, 'POST', '/auth/password/change', {
      currentPassword: password,
      newPassword: 'another horse battery',
    });
    expect((await takeSeat({ ticket: before })).status).toBe(401);
    await server.world.root.must(200, 'POST', `/admin/api/users/${ben.id}/disable`);
    expect((await takeSeat({ ticket: disabled })).status).toBe(401);
  });

  it('is refused with the field when it is no ticket, and by itself tells nothing', async () => {
    for (const ticket of [1, '', null, ['a'], 'a'.repeat(101)]) expect((await takeSeat({ ticket })).status).toBe(400);
    for (const ticket of ['nonsense', 'a'.repeat(43)]) expect((await takeSeat({ ticket })).status).toBe(401);
    const bad = await takeSeat({ ticket: 'a'.repeat(43), whenFull: { end: 'nothing' } });
    expect(bad.json.errors).toEqual([expect.objectContaining({ pointer: '/whenFull/end' })]);
  });
});

describe('a licence that lets people give up an own session', () => {
  it('swaps it for the new one in one step, with the password or with the ticket', async () => {
    const [id, anna, ben] = await licensed(2, { whenFull: ['end-own', 'refuse'] });
    const [first, other] = [await server.world.enter(anna), await server.world.enter(ben)];
    const { json } = await refused(anna);
    expect(json.options).toEqual(['wait', 'end-own']);
    expect(json.ownSessions.map((own: { ref: string }) => own.ref)).toEqual([first.view.session.ref]);
    const second = await takeSeat({ ticket: json.ticket, whenFull: { end: first.view.session.ref } });
    expect(second.status).toBe(200);
    const over = await first.ask('GET', '/auth/session');
    expect([over.status, over.json.reason]).toEqual([401, 'ended-by-user']);
    const third = await server.nobody.signIn({ ...anna.login, whenFull: { end: second.json.session.ref } });
    expect([await isLive(third), await isLive(other), await usedOf(id)]).toEqual([true, true, 2]);
  });

  it('frees nothing and admits nobody for a session of another person, of another licence, or of nobody', async () => {
    const [id, anna, ben] = await licensed(2, {
      whenFull: ['end-own', { step: 'overage', seats: 1, daysPerYear: 9 }],
    });
    const [mine, theirs] = [await server.world.enter(anna), await server.world.enter(ben)];
    const [elsewhere] = await licensed(1, { whenFull: ['refuse'] });
    await server.world.join(elsewhere, anna);
    const away = await server.world.enter(anna, { licenceId: elsewhere });
    for (const end of [theirs.view.session.ref, away.view.session.ref, `${id}.${'a'.repeat(22)}`]) {
      const { json } = await refused(anna, { licenceId: id, whenFull: { end } });
      expect(json.used).toBe(2);
    }
    expect(await Promise.all([mine, theirs, away].map(isLive))).toEqual([true, true, true]);
    expect(await usedOf(id)).toBe(2);
  });
});

describe('a licence with a maximum for each person', () => {
  it('says that it is the person who has too many, though seats are free', async () => {
    const [, anna] = await licensed(5, { whenFull: ['refuse'], maxSessionsPerUser: 1 });
    await server.world.enter(anna);
    expect((await refused(anna)).json).toMatchObject({ reason: 'USER_MAX', used: 1, limit: 5 });
  });

  it('signs the oldest out when it says so, and tells that browser why', async () => {
    const policy = { whenFull: [{ step: 'displace', which: 'oldest' }], maxSessionsPerUser: 1 };
    const [, anna] = await licensed(5, policy);
    const first = await server.world.enter(anna);
    await server.world.enter(anna);
    const over = await first.ask('GET', '/auth/session');
    expect([over.status, over.json.reason, over.json.resumable]).toEqual([401, 'displaced', false]);
  });
});

describe('a session that takes no seat', () => {
  it('is for staff in any licence, never counts, and is audited (ASVS 8.4.1, 16.3.1)', async () => {
    const [id, anna, ben] = await licensed(1, { whenFull: ['refuse'] });
    await server.world.enter(anna);
    const helper = await server.world.account(['staff']);
    const inside = await server.nobody.signIn({ ...helper.login, licenceId: id, uncounted: 'support' });
    expect(inside.view.licence.id).toBe(id);
    expect([await usedOf(id), await isLive(inside)]).toEqual([1, true]);
    await refused(ben);
    const listed = await server.world.root.must(200, 'GET', `/admin/api/sessions?licenceId=${id}`);
    expect(listed.total).toBe(2);
    await expect(audited(inside.view.session.ref)).resolves.toEqual(['session.opened-uncounted']);
  });

  it('is for whoever manages the licence, and for no other licence', async () => {
    const [id, anna] = await licensed(0, { whenFull: ['refuse'] });
    const [other] = await licensed(1, { whenFull: ['refuse'] });
    await server.world.appoint(`licences/${id}`, anna);
    await refused(anna);
    const inside = await server.nobody.signIn({ ...anna.login, licenceId: id, uncounted: 'break-glass' });
    expect([await isLive(inside), await usedOf(id)]).toEqual([true, 0]);
    for (const wish of [
      { licenceId: other, uncounted: 'break-glass' },
      { licenceId: id, uncounted: 'support' },
    ]) {
      const answer = (await server.nobody.trySignIn({ ...anna.login, ...wish })) as Answered;
      expect([answer.status, slugOf(answer), answer.json.permission]).toEqual([403, 'forbidden', 'seat.uncounted']);
    }
    const vague = (await server.nobody.trySignIn({ ...anna.login, uncounted: 'break-glass' })) as Answered;
    expect([vague.status, vague.json.errors[0].pointer]).toEqual([400, '/licenceId']);
  });

  it('is for no other member, and a wrong password learns nothing of that', async () => {
    const [id, anna] = await licensed(0, { whenFull: ['refuse'] });
    const wish = { licenceId: id, uncounted: 'break-glass' };
    expect(((await server.nobody.trySignIn({ ...anna.login, ...wish })) as Answered).status).toBe(403);
    const wrong = (await server.nobody.trySignIn({ ...anna.login, ...wish, password: 'wrong' })) as Answered;
    expect([wrong.status, slugOf(wrong)]).toEqual([401, 'invalid-credentials']);
  });
});

describe('the history of a licence', () => {
  it('tells of those who are no members, and of those who have guessed too often', async () => {
    const [id, anna] = await licensed(1, { whenFull: ['refuse'] });
    const stranger = await server.world.account();
    await server.nobody.trySignIn({ ...stranger.login, licenceId: id });
    for (let guess = 0; guess < 11; guess += 1)
      await server.nobody.trySignIn({ ...anna.login, licenceId: id, password: 'wrong' });
    await expect(reasons(id)).resolves.toEqual(['NOT_MEMBER', 'RATE']);
  });
});

/** What the audit log says of a session, once the history has reached it. */
async function audited(ref: string): Promise<string[]> {
  return eventually(async () => {
    const { items } = await server.world.root.must(200, 'GET', '/admin/api/audit?limit=200');
    return items
      .filter((line: { target: { id: string } }) => line.target.id === ref)
      .map((line: { action: string }) => line.action);
  }, 1);
}

async function reasons(licenceId: string): Promise<string[]> {
  return eventually(async () => {
    await server.usher.history.drain(licenceId);
    const { items } = await server.world.root.must(200, 'GET', `/admin/api/licences/${licenceId}/denials`);
    return items.map((item: { reason: string }) => item.reason).sort();
  }, 2);
}

async function eventually<T>(look: () => Promise<T[]>, least: number): Promise<T[]> {
  for (let turn = 0; turn < 50; turn += 1) {
    const found = await look();
    if (found.length >= least) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return look();
}
