import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Guest } from '../support/guest.js';
import { WholeServer } from '../support/whole-server.js';
import type { Institute } from '../support/world.js';

let server: WholeServer;
let slow: Awaited<ReturnType<WholeServer['another']>>;
let institute: Institute;
let member: Guest;
let staff: Guest;

beforeAll(async () => {
  server = await WholeServer.start();
  slow = await server.another();
  institute = await server.world.institute();
  member = await server.world.enter(institute.member);
  staff = await server.world.staff('staff');
}, 60_000);

afterAll(async () => {
  await slow?.stop();
  await server?.stop();
});

/** What the rules of a location make of somebody's request: the status, and the problem when there is one. */
async function asked(guest: Guest, query: string, headers: Readonly<Record<string, string>> = {}) {
  const { status, json } = await guest.ask('GET', `/auth/verify?${query}`, { headers });
  if (json === undefined) return status;
  const { type, title: _, detail: _detail, instance: _instance, status: _status, ...members } = json;
  return [status, type.replace('/problems/', ''), members];
}

const forbidden = (members: object) => [403, 'forbidden', members];

describe('a location that asks for a permission', () => {
  it('lets those in who have it, and names it to others', async () => {
    expect(await asked(staff, 'permission=licence.read')).toBe(200);
    expect(await asked(member, 'permission=licence.read')).toEqual(forbidden({ permission: 'licence.read' }));
  });

  it('takes any of a list', async () => {
    expect(await asked(staff, 'permission=staff.write,licence.read')).toBe(200);
    expect(await asked(staff, 'permission=staff.write,no.such')).toEqual(
      forbidden({ permission: 'staff.write,no.such' }),
    );
  });
});

describe('a location that asks for a role', () => {
  it('lets those in who have it', async () => {
    expect(await asked(staff, 'role=admin,staff')).toBe(200);
    expect(await asked(member, 'role=user')).toBe(200);
    expect(await asked(member, 'role=admin,staff')).toEqual(forbidden({ role: 'admin,staff' }));
  });
});

describe('a location that asks for a licence', () => {
  it('lets those in who sit in it, by id or serial', async () => {
    const { licenceId, serial } = institute;
    expect(await asked(member, `licence=${licenceId}`)).toBe(200);
    expect(await asked(member, `licence=other,${serial}`)).toBe(200);
    expect(await asked(member, `licence=${licenceId.slice(1)}`)).toEqual(forbidden({ licence: licenceId.slice(1) }));
    expect(await asked(staff, `licence=${licenceId}`)).toEqual(forbidden({ licence: licenceId }));
  });
});

describe('a location that asks for a fresh or stronger sign-in (ASVS 7.5.3)', () => {
  it('answers who has not signed in so that they may step up', async () => {
    expect(await asked(member, 'aal=1')).toBe(200);
    expect(await asked(member, 'aal=2')).toEqual([
      401,
      'step-up-required',
      { aal: 2, maxAgeSeconds: 900, methods: expect.arrayContaining(['password']) },
    ]);
    expect(await asked(member, 'maxAgeSeconds=3600')).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await asked(member, 'maxAgeSeconds=1')).toEqual([
      401,
      'step-up-required',
      { maxAgeSeconds: 1, methods: expect.arrayContaining(['password']) },
    ]);
  });
});

describe('rules together', () => {
  it('must all hold', async () => {
    expect(await asked(staff, 'role=staff&permission=licence.read&aal=1')).toBe(200);
    expect(await asked(staff, 'role=staff&permission=staff.write')).toEqual(forbidden({ permission: 'staff.write' }));
  });

  it.each([
    'rol=admin',
    'role=',
    'role=a,,b',
    'role=a&role=b',
    'role[]=admin',
    'aal=4',
    'aal=',
    'maxAgeSeconds=0',
    'maxAgeSeconds=1h',
    'permission=a%20b',
    'permission=%00',
    '__proto__=1',
    'redirect=0',
    'refused=yes',
  ])('that are misspelled let nobody in: %s', async (query) => {
    for (const guest of [staff, member, server.nobody]) {
      const { status } = await guest.ask('GET', `/auth/verify?${query}`);
      expect([400, 401]).toContain(status);
    }
    expect((await staff.ask('GET', `/auth/verify?${query}`)).status).toBe(400);
  });
});

describe('what a proxy is told', () => {
  it('is there under every name, whoever it is about', async () => {
    for (const guest of [member, staff, server.world.root]) {
      const { headers } = await guest.ask('GET', '/auth/verify');
      const told = Object.keys(headers).filter((name) => name.startsWith('x-auth-'));
      expect(told.sort()).toEqual(
        ['aal', 'assertion', 'email', 'licence', 'name', 'permissions', 'roles', 'session', 'user'].map(
          (name) => `x-auth-${name}`,
        ),
      );
      expect(headers['x-auth-permissions']).toBe(guest.view.user.permissions.join(','));
    }
  });

  it('follows a change of roles without a new session, on each server', async () => {
    const account = await server.world.account(['staff']);
    const guest = await server.world.enter(account);
    const there = new Guest(slow.nobody.client, guest.headers);
    const admin = await server.world.staff('admin');
    expect(await asked(there, 'role=admin')).toEqual(forbidden({ role: 'admin' }));
    await admin.must(200, 'PATCH', `/admin/api/users/${account.id}`, { roles: ['admin', 'staff'] });
    for (const one of [guest, there]) {
      expect(await asked(one, 'role=admin&permission=staff.write')).toBe(200);
      expect((await one.ask('GET', '/auth/verify')).headers['x-auth-roles']).toBe('admin,staff');
    }
  });
});

describe('a web socket of another site', () => {
  it('is stopped like anything that changes something', async () => {
    const socket = { 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==' };
    expect(await asked(member, '', { ...socket, origin: 'https://evil.example' })).toEqual([
      403,
      'cross-site-request',
      {},
    ]);
    expect(await asked(member, '', { ...socket, 'sec-fetch-site': 'same-site' })).toEqual([
      403,
      'cross-site-request',
      {},
    ]);
    expect(await asked(member, '', { ...socket, origin: 'http://127.0.0.1:3000' })).toBe(200);
  });
});

describe('the question why a request was refused', () => {
  const page = { 'sec-fetch-mode': 'navigate', accept: 'text/html' };
  const script = { 'sec-fetch-mode': 'cors', accept: '*/*' };

  it('sends a browser that opens a page to sign in, and tells a script', async () => {
    const location = async (headers: Record<string, string>, query = 'redirect=1&refused=1') => {
      const uri = { 'x-original-uri': '/api/x?y=1' };
      const answer = await server.nobody.ask('GET', `/auth/verify?${query}`, { headers: { ...uri, ...headers } });
      return [answer.status, answer.headers['location'] ?? answer.json.type];
    };
    const signIn = 'http://127.0.0.1:3000/sign-in?return_to=%2Fapi%2Fx%3Fy%3D1';
    expect(await location(page)).toEqual([302, signIn]);
    expect(await location(script)).toEqual([401, '/problems/not-signed-in']);
    expect(await location({ accept: 'text/html,*/*' }, 'redirect=1')).toEqual([302, signIn]);
    expect(await location({ accept: 'application/json' }, 'redirect=1')).toEqual([401, '/problems/not-signed-in']);
    expect(await location(page, 'refused=1')).toEqual([401, '/problems/not-signed-in']);
  });

  it('lets nothing pass', async () => {
    expect(await asked(member, 'refused=1')).toEqual([503, 'busy', { retryAfterSeconds: 1 }]);
    expect(await asked(member, 'refused=1&role=admin')).toEqual(forbidden({ role: 'admin' }));
    const { headers } = await member.ask('GET', '/auth/verify?refused=1');
    expect(Object.keys(headers).filter((name) => name.startsWith('x-auth-'))).toEqual([]);
  });
});
