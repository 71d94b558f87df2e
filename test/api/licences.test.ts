import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LicenceViews } from '../../src/admin/licence-views.js';
import { systemClock } from '../../src/kernel/clock.js';
import { newId } from '../../src/kernel/ids.js';
import { LicenceRepository } from '../../src/licences/licence-repository.js';
import { isSerial } from '../../src/licences/serial.js';
import { StoreUnavailable } from '../../src/platform/unavailable.js';
import { DomainLab } from '../support/domain-lab.js';

let lab: DomainLab;
let ownerId: string;

beforeAll(async () => {
  lab = await DomainLab.open();
  ownerId = (await lab.ask('POST', '/admin/api/owners', { name: 'Institute', surname: 'of Seats' })).json.id;
});

afterAll(() => lab.stop());

const path = '/admin/api/licences';
const make = async (over: object = {}) =>
  (await lab.ask('POST', path, { ownerId, name: 'Licence', seats: 3, ...over })).json;

describe('POST /admin/api/licences', () => {
  it('makes an active licence with a serial, nobody in it, and its policy beside the seats', async () => {
    const answer = await lab.ask('POST', path, { ownerId, name: ' Chemistry ', seats: 5, durationDays: 365 });
    expect(answer.status).toBe(201);
    const { json } = answer;
    expect(json).toMatchObject({
      name: 'Chemistry',
      owner: { id: ownerId, name: 'Institute of Seats' },
      seats: 5,
      used: 0,
      active: true,
      valid: true,
      over: 0,
      state: 'active',
      durationDays: 365,
      validFrom: null,
      validTo: null,
      startsOnFirstUse: true,
      policy: { whenFull: ['refuse'] },
      version: 1,
    });
    expect(isSerial(json.serial)).toBe(true);
    expect(await lab.store.seats(json.id)).toEqual({ used: 0, limit: 5 });
    expect((await lab.audited(json.id)).map((line) => line.action)).toEqual(['licence.created']);
  });

  it('names every fault at once and makes nothing', async () => {
    const before = (await lab.ask('GET', path)).json.total;
    const answer = await lab.ask('POST', path, { ownerId: 'x', seats: -1, colour: 'red', validTo: 'soon' });
    expect(answer.status).toBe(400);
    expect(answer.json.errors.map((fault: { pointer: string }) => fault.pointer).sort()).toEqual([
      '/colour',
      '/name',
      '/ownerId',
      '/seats',
      '/validTo',
    ]);
    for (const over of [
      { seats: 10_000_001 },
      { seats: 1.5 },
      { seats: '5' },
      { name: 'a\0b' },
      { name: 'x'.repeat(201) },
      { name: ['a'] },
      { name: 'lone \ud800' },
      { policy: { whenFull: ['overbook'] } },
      { ownerId: newId() },
      { validFrom: '2030-01-01T00:00:00Z', validTo: '2029-01-01T00:00:00Z' },
      { validTo: '2030-01-01T00:00:00Z', durationDays: 3 },
    ]) {
      const refused = await lab.ask('POST', path, { ownerId, name: 'Licence', seats: 3, ...over });
      expect([JSON.stringify(over), refused.status]).toEqual([JSON.stringify(over), 400]);
    }
    expect((await lab.ask('GET', path)).json.total).toBe(before);
  });

  it('lets only staff in', async () => {
    const body = { ownerId, name: 'Licence', seats: 3 };
    expect((await lab.ask('POST', path, body, null)).status).toBe(401);
    expect((await lab.ask('POST', path, body, 'user')).json).toMatchObject({
      status: 403,
      permission: 'licence.write',
    });
    expect((await lab.ask('POST', path, body, 'staff')).status).toBe(201);
  });
});

describe('GET /admin/api/licences', () => {
  it('pages through exactly what there is, newest first, by owner and by text', async () => {
    const owner = (await lab.ask('POST', '/admin/api/owners', { name: 'Pages' })).json.id;
    const made: string[] = [];
    for (let i = 0; i < 5; i += 1) made.unshift((await make({ ownerId: owner, name: `Page 100%_${i}` })).id);
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = (await lab.ask('GET', `${path}?ownerId=${owner}&limit=2${cursor}`)).json;
      expect(page.total).toBe(5);
      seen.push(...page.items.map((item: { id: string }) => item.id));
      cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
    } while (cursor !== '');
    expect(seen).toEqual(made);
    expect((await lab.ask('GET', `${path}?q=${encodeURIComponent('100%_3')}`)).json.total).toBe(1);
    expect((await lab.ask('GET', `${path}?q=${encodeURIComponent('1%3')}`)).json.total).toBe(0);
  });

  it('refuses cursors and limits that make no sense', async () => {
    for (const query of [
      'limit=0',
      'limit=201',
      'limit=x',
      'cursor=x',
      'cursor=W10',
      'q=',
      'page=2',
      'limit=1&limit=2',
    ]) {
      expect([query, (await lab.ask('GET', `${path}?${query}`)).status]).toEqual([query, 400]);
    }
    const absurd = Buffer.from(JSON.stringify([1e300, newId()])).toString('base64url');
    expect((await lab.ask('GET', `${path}?cursor=${absurd}`)).status).toBe(400);
  });

  it('answers 404 for one that is not there and 400 for what is no id', async () => {
    for (const [method, end] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/suspend'],
      ['GET', '/seats'],
      ['GET', '/members'],
    ] as const) {
      expect((await lab.ask(method, `${path}/${newId()}${end}`)).status).toBe(404);
      expect((await lab.ask(method, `${path}/nothing${end}`)).status).toBe(400);
    }
  });
});

describe('the seats in use', () => {
  const away = () => Promise.reject(new StoreUnavailable('redis'));
  const frozen = { seats: away, counts: away };

  it('are never guessed: a list whose seats cannot be counted is not answered', async () => {
    const views = new LicenceViews(new LicenceRepository(lab.dataSource), frozen, systemClock);
    await expect(views.of([await lab.licences.get(await lab.licence())])).rejects.toBeInstanceOf(StoreUnavailable);
  });

  it('are null when a change has been made and they cannot be counted: it is pending, not denied', async () => {
    const views = new LicenceViews(new LicenceRepository(lab.dataSource), frozen, systemClock);
    const reply = await views.changeReply(await lab.licences.get(await lab.licence()), 'applied', 200);
    expect(reply).toMatchObject({ status: 202, body: { pending: true, used: null, seats: 5 } });
  });
});

describe('PATCH /admin/api/licences/{id}', () => {
  it('changes what is given, and new seats count at once', async () => {
    const { id } = await make({ seats: 0 });
    const user = await lab.user([id]);
    await expect(lab.signIns.visit(user)).rejects.toThrow('no-seat-free');
    const answer = await lab.ask('PATCH', `${path}/${id}`, { seats: 1, version: 1 });
    expect(answer.json).toMatchObject({ seats: 1, version: 2, name: 'Licence' });
    await lab.signIns.visit(user);
    expect((await lab.ask('GET', `${path}/${id}`)).json.used).toBe(1);
    const line = (await lab.audited(id)).find(({ action }) => action === 'licence.updated');
    expect(line?.detail).toEqual({ seats: { from: 0, to: 1 } });
  });

  it('refuses a change made from an old version and leaves everything as it was', async () => {
    const { id } = await make();
    await lab.ask('PATCH', `${path}/${id}`, { name: 'New' });
    const answer = await lab.ask('PATCH', `${path}/${id}`, { name: 'Newer', version: 1 });
    expect(answer.json).toMatchObject({ status: 409, type: '/problems/stale-version', pointer: '/version' });
    expect((await lab.ask('GET', `${path}/${id}`)).json.name).toBe('New');
  });

  it('tells a licence that has run out, and renews it', async () => {
    const { id } = await make({ validFrom: '2020-01-01T00:00:00Z', validTo: '2021-01-01T00:00:00Z' });
    const user = await lab.user([id]);
    expect((await lab.ask('GET', `${path}/${id}`)).json).toMatchObject({ active: true, valid: false });
    await expect(lab.signIns.visit(user)).rejects.toThrow('licence-expired');
    expect((await lab.ask('POST', `${path}/${id}/renew`, {})).status).toBe(400);
    const answer = await lab.ask('POST', `${path}/${id}/renew`, { durationDays: 30 });
    expect(answer.json).toMatchObject({ valid: true, durationDays: 30 });
    await lab.signIns.visit(user);
  });

  it('is never made to end earlier by renewing it', async () => {
    const { id: endless } = await make({});
    const { id } = await make({ validTo: '2090-01-01T00:00:00Z' });
    for (const [licence, body, pointer] of [
      [endless, { durationDays: 30 }, '/durationDays'],
      [endless, { validTo: '2080-01-01T00:00:00Z' }, '/validTo'],
      [id, { validTo: '2080-01-01T00:00:00Z' }, '/validTo'],
      [id, { validTo: '2090-01-01T00:00:00Z' }, '/validTo'],
    ] as const) {
      const before = (await lab.ask('GET', `${path}/${licence}`)).json;
      const answer = await lab.ask('POST', `${path}/${licence}/renew`, body);
      expect([answer.status, answer.json.errors]).toEqual([
        400,
        [{ pointer, rule: expect.stringContaining('use PATCH to') }],
      ]);
      expect((await lab.ask('GET', `${path}/${licence}`)).json).toEqual(before);
    }
    expect((await lab.ask('POST', `${path}/${id}/renew`, { durationDays: 1 })).json.validTo).toContain('2090-01-02');
  });
});

describe('suspending and removing a licence', () => {
  it('ends every session, tells why, lets nobody in, and reinstating lets people in again', async () => {
    const { id } = await make({ seats: 1 });
    const user = await lab.user([id]);
    const visit = await lab.signIns.visit(user);
    expect((await lab.ask('POST', `${path}/${id}/suspend`)).json).toMatchObject({
      active: false,
      valid: false,
      used: 0,
    });
    const check = await lab.signIns.check.check({
      authorization: undefined,
      cookie: `sid=${encodeURIComponent(visit.cookies['sid'] ?? '')}`,
      userAgent: lab.signIns.caller().userAgent,
      background: false,
    });
    expect(check).toMatchObject({ kind: 'ended', reason: 'licence-suspended' });
    await expect(lab.signIns.visit(user)).rejects.toThrow('licence-suspended');
    expect((await lab.ask('POST', `${path}/${id}/suspend`)).json.version).toBe(2);
    expect((await lab.ask('POST', `${path}/${id}/reinstate`)).json).toMatchObject({ active: true, version: 3 });
    await lab.signIns.visit(user);
  });

  it('removes a licence with its memberships and ends its sessions', async () => {
    const { id } = await make();
    const user = await lab.user([id]);
    await lab.signIns.visit(user);
    expect((await lab.ask('DELETE', `${path}/${id}`)).status).toBe(204);
    expect(await lab.seated(id)).toBe(0);
    expect((await lab.ask('GET', `${path}/${id}`)).status).toBe(404);
    await expect(lab.signIns.visit(user)).rejects.toThrow('no-licence');
  });

  it('does not let a sign-in in behind it that has read the licence before', async () => {
    const { id } = await make();
    const user = await lab.user([id]);
    lab.signIns.meanwhile = () => lab.ask('POST', `${path}/${id}/suspend`);
    await expect(lab.signIns.visit(user)).rejects.toThrow('licence-suspended');
    expect(await lab.seated(id)).toBe(0);
  });

  it('answers 202 pending while Redis is away, and the outbox ends the sessions as soon as it is back', async () => {
    const { id } = await make();
    await lab.signIns.visit(await lab.user([id]));
    lab.away = true;
    const answer = await lab.ask('POST', `${path}/${id}/suspend`);
    expect(answer).toMatchObject({ status: 202, json: { id, active: false, pending: true } });
    expect((await lab.ask('POST', `${path}/${id}/suspend`)).status).toBe(202);
    expect(await lab.seated(id)).toBe(1);
    lab.away = false;
    expect((await lab.ask('POST', `${path}/${id}/suspend`)).status).toBe(200);
    expect(await lab.seated(id)).toBe(0);
  });
});
