import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RoutePermission } from '../../src/access/permissions.js';
import type { Route } from '../../src/kernel/route.js';
import { foreignCalls } from '../support/foreign-calls.js';
import type { Guest } from '../support/guest.js';
import { until } from '../support/pace.js';
import { noToken, type RouteCall, routeCalls, type Subject, targetOf } from '../support/route-calls.js';
import type { Answered } from '../support/web-lab.js';
import { WholeServer } from '../support/whole-server.js';
import type { Account } from '../support/world.js';

// That these are the server's routes is a promise of its own: see every-route.test.ts.
const names = Object.keys(routeCalls).filter((name) => name.includes(' /admin/api/'));

/** The routes that licence managers may call, about what they manage. Every other one is closed to them. */
const open = [
  'DELETE /admin/api/licences/:id/invitations/:invitationId',
  'DELETE /admin/api/licences/:id/members/:userId',
  'DELETE /admin/api/sessions/:ref',
  'GET /admin/api/events',
  'GET /admin/api/explain',
  'GET /admin/api/licences',
  'GET /admin/api/licences/:id',
  'GET /admin/api/licences/:id/advice',
  'GET /admin/api/licences/:id/denials',
  'GET /admin/api/licences/:id/invitations',
  'GET /admin/api/licences/:id/members',
  'GET /admin/api/licences/:id/seats',
  'GET /admin/api/licences/:id/usage',
  'GET /admin/api/overview',
  'GET /admin/api/owners',
  'GET /admin/api/owners/:id',
  'GET /admin/api/roles',
  'GET /admin/api/scope',
  'GET /admin/api/sessions',
  'GET /admin/api/sessions/clients',
  'PATCH /admin/api/licences/:id/members/:userId',
  'POST /admin/api/licences/:id/invitations',
  'POST /admin/api/licences/:id/members',
  'POST /admin/api/licences/:id/policy/preview',
  'POST /admin/api/sessions/end',
];
const closed = names.filter((name) => !open.includes(name));
// What is streamed has a test of its own: see overview.test.ts.
const lists = open.filter((name) => name.startsWith('GET ') && !name.includes(':') && !name.endsWith('/events'));

/** Whoever knows an address may add it: the person is then a member here too, and stays what they are elsewhere. */
const byAddress = new Set([
  'POST /admin/api/licences/:id/members body.emails',
  'POST /admin/api/licences/:id/invitations body.emails',
]);

let server: WholeServer;
let routes: Map<string, Route<RoutePermission>>;
let a: Subject;
let b: Subject;
let before: unknown;
/** Manages the licence and the owner of institute A, and sits in the licence. */
let managerOfA: Guest;

beforeAll(async () => {
  server = await WholeServer.start();
  routes = new Map(server.usher.web.routes.map((route) => [`${route.method} ${route.path}`, route]));
  await server.world.root.must(201, 'POST', '/admin/api/roles', { name: 'staffs:own', permissions: ['*:*'] });
  [a, b] = [await institute(), await institute()];
  managerOfA = await managerOf(a);
  // The log of sign-ins is written once they have been answered.
  const members = `/admin/api/licences/${b.licenceId}/members`;
  await until('the sign-in is in the log', 10_000, async () => {
    const { items } = await server.world.root.must(200, 'GET', members);
    return items.some(({ lastSignInAt }: { lastSignInAt: string | null }) => lastSignInAt !== null);
  });
  before = await stateOf(b);
}, 60_000);

afterAll(() => server?.stop());

/** An institute with a session and an invitation. */
async function institute(): Promise<Subject> {
  const made = await server.world.institute();
  const { view } = await server.world.enter(made.member);
  const path = `/admin/api/licences/${made.licenceId}/invitations`;
  await server.world.root.must(200, 'POST', path, { emails: [`guest-${made.member.email}`] });
  const { items } = await server.world.root.must(200, 'GET', path);
  const invitation = { id: items[0].id, token: noToken };
  return { ...made, ref: view.session.ref, token: noToken, ticket: noToken, invitation };
}

async function managerOf({ licenceId, chief }: Subject): Promise<Guest> {
  await server.world.join(licenceId, chief);
  return server.world.enter(chief, { licenceId });
}

function routeOf(name: string): Route<RoutePermission> {
  const route = routes.get(name);
  assert.ok(route !== undefined, `the server answers ${name}`);
  return route;
}

function callOf(name: string, subject: Subject): RouteCall {
  const call = routeCalls[name];
  assert.ok(call !== undefined);
  return call(subject);
}

function make(name: string, call: RouteCall, guest: Guest): Promise<Answered> {
  return guest.ask(routeOf(name).method, targetOf(call), call.body === undefined ? {} : { body: call.body });
}

/** All that staff can see of an institute. */
async function stateOf({ licenceId, ownerId, member, outsider, ref }: Subject): Promise<unknown> {
  const { root } = server.world;
  const see = (path: string) => root.must(200, 'GET', `/admin/api/${path}`);
  const licence = await see(`licences/${licenceId}`);
  const seats = await see(`licences/${licenceId}/seats`);
  assert.equal(seats.items[0].ref, ref);
  const people = [await see(`users/${member.id}`), await see(`users/${outsider.id}`)];
  return {
    licence,
    refs: seats.items.map((item: { ref: string }) => item.ref),
    lists: [
      await see(`licences/${licenceId}/members`),
      await see(`licences/${licenceId}/managers`),
      await see(`licences/${licenceId}/invitations`),
      await see(`owners/${ownerId}/managers`),
    ],
    owner: await see(`owners/${ownerId}`),
    people: people.map(({ id, version, disabled, roles }) => ({ id, version, disabled, roles })),
  };
}

/** Whatever is answered, nothing of the institute is in it. */
function expectNothingOf(subject: Subject, { text }: Answered): void {
  const { licenceId, ownerId, bareOwnerId, serial, member, outsider, chief, ref, invitation } = subject;
  const secrets = [licenceId, ownerId, bareOwnerId, serial, ref, invitation.id];
  const people = [member, outsider, chief].flatMap(({ id, email }) => [id, email]);
  for (const secret of [...secrets, ...people]) expect(text).not.toContain(secret);
}

function expectProblem(answer: Answered, status: number, slug: string): void {
  expect([answer.status, answer.json?.type]).toEqual([status, `/problems/${slug}`]);
}

describe('a licence manager of institute A', () => {
  it('may call these routes and no others', () => {
    const declared = [...routes].flatMap(([name, { managers }]) => (managers === undefined ? [] : [name]));
    expect(declared.sort()).toEqual(open);
  });

  it.each(open)('gets 404 for everything of institute B: %s (ASVS 8.2.2, 8.4.1)', async (name) => {
    const calls = foreignCalls(callOf(name, a), callOf(name, b));
    for (const call of calls.filter(({ where }) => !byAddress.has(`${name} ${where}`))) {
      const answer = await make(name, call, managerOfA);
      expect([call.where, answer.status, answer.json?.type]).toEqual([call.where, 404, '/problems/not-found']);
      expectNothingOf(b, answer);
    }
    // What names nothing is a list, which is narrowed.
    if (calls.length === 0) expect(routeOf(name).managers?.narrowed).toBe(true);
  });

  it.each(open)('is answered about institute A, with nothing of B in it: %s', async (name) => {
    const subject = await institute();
    const manager = await managerOf(subject);
    const answer = await make(name, callOf(name, subject), manager);
    expect([answer.status, answer.json?.errors]).toEqual([callOf(name, subject).status, undefined]);
    for (const other of [a, b]) expectNothingOf(other, answer);
  });

  it.each(lists)('sees only institute A where nothing is named: %s', async (name) => {
    const { path } = routeOf(name);
    const answer = await managerOfA.ask('GET', path);
    expect([200, 400]).toContain(answer.status);
    expectNothingOf(b, answer);
    if (answer.json.total === undefined) return;
    expect(answer.json.total).toBe(answer.json.items.length);
    const { total } = await server.world.root.must(200, 'GET', path);
    expect(total).toBeGreaterThan(answer.json.total);
  });

  it.each(closed)('gets 403 before anything is looked at, also for what is of A: %s (ASVS 8.2.1)', async (name) => {
    const own = callOf(name, a);
    for (const call of [own, ...foreignCalls(own, callOf(name, b))]) {
      const answer = await make(name, call, managerOfA);
      expectProblem(answer, 403, 'forbidden');
      expect(answer.json.permission).toBe(routeOf(name).permission);
    }
  });

  it('gets the very answer that is given for what does not exist', async () => {
    const unknown = await managerOfA.ask('GET', '/admin/api/licences/00000000-0000-4000-8000-000000000000');
    const foreign = await managerOfA.ask('GET', `/admin/api/licences/${b.licenceId}`);
    expect({ ...foreign.json, instance: '' }).toEqual({ ...unknown.json, instance: '' });
    const bySerial = await managerOfA.must(200, 'GET', `/admin/api/licences?serial=${b.serial}`);
    expect(bySerial).toEqual({ items: [], nextCursor: null, total: 0 });
  });

  it('has changed nothing of institute B by all this', async () => {
    expect(await stateOf(b)).toEqual(before);
  });

  it('adds by address somebody of institute B, who stays there what they were', async () => {
    const path = `/admin/api/licences/${a.licenceId}/members`;
    const { results } = await managerOfA.must(200, 'POST', path, { emails: [b.member.email] });
    expect(results).toMatchObject([{ result: 'added', userId: b.member.id }]);
    expect(await managerOfA.must(200, 'GET', `/admin/api/sessions?userId=${b.member.id}`)).toMatchObject({ total: 0 });
    await managerOfA.must(404, 'DELETE', `/admin/api/sessions/${b.ref}`);
    const end = { filter: { userId: b.member.id } };
    expect(await managerOfA.must(200, 'POST', '/admin/api/sessions/end', end)).toMatchObject({ matched: 0, ended: 0 });
    await managerOfA.must(204, 'DELETE', `${path}/${b.member.id}`);
    expect(await stateOf(b)).toEqual(before);
  });
});

describe('how people of institute B sign in', () => {
  const membersOf = ({ licenceId }: Subject, end = '') => `/admin/api/licences/${licenceId}/members${end}`;
  const rankOf = async (subject: Subject, { id }: Account) => {
    const { items } = await server.world.root.must(200, 'GET', membersOf(subject));
    return items.find(({ userId }: { userId: string }) => userId === id)?.rank;
  };

  it('is not for a manager of institute A to order (ASVS 8.2.2)', async () => {
    const person = await server.world.account();
    await server.world.join(b.licenceId, person);
    const csv = `email,rank\n${person.email},1\n`;
    expect(await managerOfA.must(200, 'POST', membersOf(a), { csv })).toMatchObject({ added: 1, refused: 0 });
    expect(await rankOf(a, person)).toBeNull();
    const path = membersOf(a, `/${person.id}`);
    const answer = await managerOfA.ask('PATCH', path, { body: { rank: 1 } });
    expect([answer.status, answer.json.errors?.[0].pointer]).toEqual([400, '/rank']);
    expectNothingOf(b, answer);
    expect(await server.nobody.trySignIn(person.login)).toMatchObject({
      status: 409,
      json: { type: '/problems/licence-choice-required' },
    });
    await server.world.root.must(200, 'PATCH', path, { rank: 1 });
    expect(await managerOfA.must(200, 'PATCH', path, { rank: null })).toMatchObject({ rank: null });
  });

  it('is ordered by whoever manages all of a person’s licences', async () => {
    const person = await server.world.account();
    const csv = `email,rank\n${person.email},3\n`;
    await managerOfA.must(200, 'POST', membersOf(a), { csv });
    expect(await rankOf(a, person)).toBe(3);
    const changed = await managerOfA.must(200, 'PATCH', membersOf(a, `/${person.id}`), { rank: 2 });
    expect(changed.rank).toBe(2);
  });

  it('stays as it is for staff, whom no manager adds (ASVS 8.2.2)', async () => {
    const [staff, person] = [await server.world.account(['staff']), await server.world.account()];
    const cannot = { email: staff.email, result: 'cannot-be-added', userId: null };
    const emails = [staff.email, person.email];
    const { added, results } = await managerOfA.must(200, 'POST', membersOf(a), { emails });
    expect([added, results[0], results[1].result]).toEqual([1, cannot, 'added']);
    const csv = `email\n${staff.email}\n`;
    const list = await managerOfA.must(200, 'POST', membersOf(a), { csv, invite: true });
    expect(list).toEqual({ added: 0, invited: 0, refused: 0, results: [{ line: 2, ...cannot }] });
    const path = `/admin/api/licences/${a.licenceId}/invitations`;
    expect((await managerOfA.must(200, 'POST', path, { emails: [staff.email] })).results).toEqual([cannot]);
    expect(await rankOf(a, staff)).toBeUndefined();
    await server.world.join(a.licenceId, staff);
    const answer = await managerOfA.ask('POST', membersOf(a), { body: { userId: staff.id } });
    expect([answer.status, answer.json.errors?.[0].pointer]).toEqual([400, '/userId']);
  });

  it('goes on for its manager whom a manager of institute A has added to a licence that is shut', async () => {
    const other = await server.world.institute();
    await server.world.root.must(200, 'POST', `/admin/api/licences/${other.licenceId}/suspend`);
    const chief = await server.world.account();
    await server.world.appoint(`licences/${b.licenceId}`, chief);
    await server.world.join(other.licenceId, chief);
    const guest = await server.world.enter(chief);
    expect(guest.view.licence).toBeNull();
    await guest.must(200, 'GET', membersOf(b));
  });
});

describe('somebody who manages nothing', () => {
  it.each(names)('is refused before anything is looked at: %s (ASVS 8.2.1)', async (name) => {
    const guest = await server.world.enter(a.member, { delivery: 'bearer' });
    for (const call of [callOf(name, a), callOf(name, b)]) {
      expectProblem(await make(name, call, guest), 403, 'forbidden');
    }
    await guest.must(204, 'POST', '/auth/logout');
  });
});
