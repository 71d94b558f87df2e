import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SessionCheck } from '../../src/sessions/check.js';
import { ClientReader } from '../../src/sessions/client.js';
import { plainPolicy } from '../support/plain-policy.js';
import { openHouse, ownStoreLab, type StoreLab } from '../support/store-lab.js';

let own: Awaited<ReturnType<typeof ownStoreLab>>;
let lab: StoreLab;

beforeAll(async () => {
  own = await ownStoreLab();
  lab = own.lab;
});

afterAll(() => own.stop());

describe('a check that has to fetch the policy first', () => {
  it('knows another client although the right one asks meanwhile with the same cookie', async () => {
    const house = openHouse(lab);
    await house.policy({});
    const clients = new ClientReader('exact');
    const guest = await house.sit({ fingerprint: clients.fingerprint('home') });
    await lab.link.send(house.prefix, ['DEL', `${house.prefix}:policy`]);
    const policy = plainPolicy({ seats: 2 });
    const ask = (userAgent: string) =>
      check.check({ authorization: undefined, cookie: `sid=s:${guest.issued.signed}`, userAgent, background: false });
    const kinds: string[] = [];
    let asked = 0;
    const check: SessionCheck = new SessionCheck({
      ids: lab.ids,
      store: lab.store,
      clients,
      cookieName: 'sid',
      loadPolicy: async () => {
        asked += 1;
        if (asked === 1) kinds.push((await ask('home')).kind);
        return policy;
      },
    });
    kinds.push((await ask('elsewhere')).kind);
    expect(kinds).toEqual(['live', 'other-client']);
    expect(await ask('home')).toEqual({ kind: 'ended', reason: 'user-agent', message: null });
  });
});

describe('a huge User-Agent header', () => {
  it('is told from another, and fills no memory', async () => {
    const house = openHouse(lab);
    await house.policy({});
    const clients = new ClientReader('exact');
    const huge = 'x'.repeat(15_000);
    const guest = await house.sit({ fingerprint: clients.fingerprint(huge) });
    const check = new SessionCheck({
      ids: lab.ids,
      store: lab.store,
      clients,
      cookieName: 'sid',
      loadPolicy: async () => null,
    });
    const ask = (userAgent: string, turn: number) => {
      const cookie = `turn=${turn}; sid=s:${guest.issued.signed}`;
      return check.check({ authorization: undefined, cookie, userAgent, background: true });
    };
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    // Decoded anew like a header of each request, so that the texts are not one in memory.
    const bytes = Buffer.from(huge);
    const fill = async (turn: number) => expect((await ask(bytes.toString('latin1'), turn)).kind).toBe('live');
    for (let turn = 0; turn < 100; turn += 1) await fill(turn);
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let turn = 100; turn < 3100; turn += 1) await fill(turn);
    for (let turn = 0; turn < 2000; turn += 1) clients.fingerprint(bytes.toString('latin1') + turn);
    collect();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(20_000_000);
    expect((await ask(`${huge}y`, 1)).kind).toBe('other-client');
  });
});
