import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { EventReader } from '../support/event-reader.js';
import type { Guest } from '../support/guest.js';
import { WholeServer } from '../support/whole-server.js';
import type { Account } from '../support/world.js';

const path = '/auth/events';
const rounds = 100;

let server: WholeServer;
let other: Awaited<ReturnType<WholeServer['another']>>;
let licenceId: string;
let member: Account;
let readers: EventReader[] = [];

beforeAll(async () => {
  server = await WholeServer.start();
  other = await server.another();
  ({ id: licenceId } = await server.world.licence({ seats: 20 }));
  member = await newMember();
}, 60_000);

afterEach(() => {
  for (const reader of readers) reader.close();
  readers = [];
});

afterAll(async () => {
  await other?.stop();
  await server?.stop();
});

async function newMember(): Promise<Account> {
  const account = await server.world.account();
  await server.world.join(licenceId, account);
  return account;
}

async function open(guest: Guest, port = server.client.port, query = ''): Promise<EventReader> {
  const reader = await EventReader.open(port, path + query, guest.headers);
  readers.push(reader);
  return reader;
}

/** A stream on each of the two processes. */
const openBoth = (guest: Guest) => Promise.all([open(guest), open(guest, other.nobody.client.port)]);

const lastSeen = async (guest: Guest): Promise<string> => {
  const { items } = await server.world.root.must(200, 'GET', '/admin/api/sessions?limit=200');
  return items.find(({ ref }: { ref: string }) => ref === guest.view.session.ref).lastSeenAt;
};

describe('the stream of one’s own session', () => {
  it('begins at once, for whoever is signed in and nobody else', async () => {
    const guest = await server.world.enter(member);
    const reader = await open(guest);
    expect(reader.status).toBe(200);
    expect(reader.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
    });
    const refused = await server.nobody.ask('GET', path);
    expect([refused.status, refused.json.type]).toEqual([401, '/problems/not-signed-in']);
    await guest.must(204, 'POST', '/auth/logout', {});
    const ended = await guest.ask('GET', path);
    expect([ended.status, ended.json.reason]).toEqual([401, 'signed-out']);
  });

  it(`says within a second on both processes that staff ended the session, and why, ${rounds} of ${rounds} times (ASVS 7.4.1)`, async () => {
    const late: number[] = [];
    for (let i = 0; i < rounds; i += 1) {
      const guest = await server.world.enter(member);
      const both = await openBoth(guest);
      const began = performance.now();
      await server.world.root.must(200, 'DELETE', `/admin/api/sessions/${guest.view.session.ref}?message=Lunch`);
      await Promise.all(both.map((reader) => reader.until(() => reader.ended, 5_000)));
      const ms = performance.now() - began;
      if (ms > 1_000) late.push(ms);
      for (const reader of both) {
        expect(reader.events).toEqual([
          { name: 'ended', id: null, data: { reason: 'ended-by-staff', message: 'Lunch', resumable: false } },
        ]);
        reader.close();
      }
    }
    expect(late).toEqual([]);
  }, 120_000);

  it('says why to the others when somebody signs out of all of them', async () => {
    const [here, there] = [await server.world.enter(member), await server.world.enter(member)];
    const [staying, leaving] = [await open(here), await open(there, other.nobody.client.port)];
    await here.must(200, 'POST', '/auth/sessions/end-others', {});
    await leaving.until(() => leaving.ended, 1_000);
    expect(leaving.named('ended')).toEqual([{ reason: 'ended-by-user', resumable: false }]);
    expect([staying.ended, staying.events]).toEqual([false, []]);
  });

  it('says so when a new sign-in of the same person has taken the place', async () => {
    const policy = { whenFull: [{ step: 'displace', which: 'oldest' }], maxSessionsPerUser: 1 };
    const { id } = await server.world.licence({ seats: 5, policy });
    const person = await server.world.account();
    await server.world.join(id, person);
    const first = await server.world.enter(person);
    const reader = await open(first, other.nobody.client.port);
    await server.world.enter(person);
    await reader.until(() => reader.ended, 1_000);
    expect(reader.named('ended')).toEqual([{ reason: 'displaced', resumable: false }]);
  });

  it('tells both processes of other roles within a second, without a sign-out', async () => {
    const person = await newMember();
    const guest = await server.world.enter(person);
    const both = await openBoth(guest);
    await server.world.root.must(200, 'PATCH', `/admin/api/users/${person.id}`, { roles: ['user', 'staff'] });
    await Promise.all(both.map((reader) => reader.until(() => reader.events.length > 0, 1_000)));
    const { user } = await guest.must(200, 'GET', '/auth/session');
    for (const reader of both) {
      expect(reader.named('role-changed')).toEqual([{ roles: user.roles, permissions: user.permissions }]);
      expect(reader.ended).toBe(false);
    }
    expect(user.roles).toContain('staff');
  });

  it('never slides the session', async () => {
    const guest = await server.world.enter(member);
    const before = await lastSeen(guest);
    const reader = await open(guest);
    await pause(3_500);
    expect(reader.ended).toBe(false);
    expect(await lastSeen(guest)).toBe(before);
  });

  it('ends after so many seconds where the reader wants it so, and refuses other queries', async () => {
    const guest = await server.world.enter(member);
    const reader = await open(guest, undefined, '?seconds=0');
    await reader.until(() => reader.ended, 1_000);
    expect(reader.events).toEqual([]);
    const refused = await guest.ask('GET', `${path}?seconds=soon`);
    expect(refused.json.errors).toEqual([{ pointer: 'query:seconds', rule: 'must be a whole number of seconds' }]);
  });
});

describe('the stream of a session that ends by itself', () => {
  it('warns before it, says that it may be resumed, and does not outlive it', async () => {
    const short = await server.another({ SESSION_IDLE_SECONDS: '10', SESSION_ABSOLUTE_SECONDS: '10' });
    try {
      const guest = await short.nobody.signIn(member.login);
      const reader = await open(guest, short.nobody.client.port);
      const endsAt = Date.parse(guest.view.session.absoluteExpiresAt);
      await reader.until(() => reader.named('expiring').length > 0, 12_000);
      const { expiresAt, absoluteExpiresAt } = guest.view.session;
      expect(reader.named('expiring')).toEqual([{ expiresAt, absoluteExpiresAt }]);
      expect(endsAt - Date.now()).toBeGreaterThan(1_000);
      await reader.until(() => reader.ended, 12_000);
      expect(Math.abs(Date.now() - endsAt)).toBeLessThan(1_000);
      expect(reader.named('ended')).toEqual([{ reason: 'lifetime', resumable: true }]);
    } finally {
      await short.stop();
    }
  });
});
