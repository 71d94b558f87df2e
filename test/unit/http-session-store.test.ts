import { describe, expect, it } from '@jest/globals';
import { RedisStore } from 'connect-redis';
import { Store } from 'express-session';
import { ExpressSessionStore } from '../../src/http/express-session-store.js';

/** What reads or writes nothing by itself: it calls what is overridden, or the client, which refuses. */
const harmless = ['constructor', 'getTTL', 'getAllKeys', 'scanIterator'];

function methodsOf(prototype: object): string[] {
  return Object.getOwnPropertyNames(prototype).filter((name) => !harmless.includes(name));
}

describe('the store behind express-session', () => {
  const closed: string[] = [];
  const saved: ReadonlyMap<string, string | null>[] = [];
  const store = new ExpressSessionStore({
    store: {
      saveData: async (_, changes) => {
        saved.push(changes);
        return { kind: 'unknown' };
      },
      close: async (tag) => {
        closed.push(tag);
        return { closed: [], more: false };
      },
    },
    secure: true,
  });

  it('overrides every method of connect-redis and express-session, also those of a later release', () => {
    const base = [...methodsOf(RedisStore.prototype), ...methodsOf(Store.prototype)];
    const own = Object.getOwnPropertyNames(ExpressSessionStore.prototype);
    expect(base.filter((name) => !own.includes(name))).toEqual([]);
    expect(base.length).toBeGreaterThanOrEqual(10);
  });

  it('reaches no client, whatever is called around the overrides', () => {
    expect(() => store.client.get('x')).toThrow(/around its port/);
  });

  it.each(['all', 'ids', 'length', 'clear'] as const)('refuses %s, which would walk the keyspace', async (name) => {
    await expect(store[name]()).rejects.toThrow(/SessionStore\./);
    const told = await new Promise((resolve) => void store[name](resolve));
    expect(told).toBeInstanceOf(Error);
  });

  it('reads nothing outside the start of a request', async () => {
    await expect(store.get('id')).rejects.toThrow(/read once/);
    expect(await new Promise((resolve) => store.load('id', resolve))).toBeInstanceOf(Error);
  });

  it('stores nothing for somebody who has not signed in', async () => {
    const cookie = { originalMaxAge: null };
    await expect(store.set('id', { cookie, csrfSecret: 'x' })).rejects.toThrow(/has not signed in/);
  });

  it('has no need to touch, and answers at once so that the response leaves in one piece', () => {
    let answered = false;
    void store.touch('id', { cookie: { originalMaxAge: null } }, () => {
      answered = true;
    });
    expect(answered).toBe(true);
  });

  it('removes what JSON cannot say, instead of storing what nobody can read again', async () => {
    const data = new Map([
      ['a', '1'],
      ['b', '2'],
    ]);
    const checked = { kind: 'live', credential: {}, session: { delivery: 'cookie', data } };
    const request = { exchange: { checked } } as unknown as Parameters<typeof store.createSession>[0];
    const cookie = { originalMaxAge: null };
    const session = store.createSession(request, { cookie, data: { a: undefined, b: 2, c: undefined, d: 4 } });
    await expect(store.set('id', session)).rejects.toMatchObject({ slug: 'not-signed-in' });
    expect(saved).toEqual([
      new Map([
        ['a', null],
        ['d', '4'],
      ]),
    ]);
  });

  it('ends the session that is destroyed', async () => {
    await store.destroy('s07.handle.secret');
    expect(closed).toEqual(['s07']);
  });
});
