import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bySystem } from '../../src/audit/audit-log.js';
import { Changes } from '../../src/audit/changes.js';
import { systemClock } from '../../src/kernel/clock.js';
import { type LicenceId, newId, type UserId } from '../../src/kernel/ids.js';
import { AppointmentRepository } from '../../src/licences/appointment-repository.js';
import { AppointmentService } from '../../src/licences/appointment-service.js';
import { UncountedPlaces } from '../../src/licences/uncounted-places.js';
import { DomainLab } from '../support/domain-lab.js';
import type { Guest } from '../support/guest.js';
import { WholeServer } from '../support/whole-server.js';
import type { Account } from '../support/world.js';

let server: WholeServer;
let root: Guest;

beforeAll(async () => {
  server = await WholeServer.start();
  root = server.world.root;
}, 60_000);

afterAll(() => server?.stop());

interface Inside {
  readonly account: Account;
  readonly guest: Guest;
  readonly licenceId: string;
}

/** Somebody who sits uncounted in a licence without being a member: its manager, or somebody on the staff. */
async function inside(who: 'manager' | 'staff'): Promise<Inside> {
  const { licenceId, chief } = await server.world.institute({ seats: 0 });
  const account = who === 'manager' ? chief : await server.world.account(['staff']);
  const uncounted = who === 'manager' ? 'break-glass' : 'support';
  const guest = await server.world.enter(account, { licenceId, uncounted });
  expect(guest.view.licence.id).toBe(licenceId);
  return { account, guest, licenceId };
}

const endings: [what: string, end: (inside: Inside) => Promise<unknown>, reason: string | null][] = [
  [
    'the account is disabled',
    ({ account }) => root.must(200, 'POST', `/admin/api/users/${account.id}/disable`),
    'account-disabled',
  ],
  ['the account is deleted', ({ account }) => root.must(204, 'DELETE', `/admin/api/users/${account.id}`), null],
  [
    'the password is set by staff',
    ({ account }) =>
      root.must(200, 'PATCH', `/admin/api/users/${account.id}`, { password: 'another horse battery staple' }),
    'credentials-changed',
  ],
  [
    'a filter names the person',
    ({ account }) => root.must(200, 'POST', '/admin/api/sessions/end', { filter: { userId: account.id } }),
    'ended-by-staff',
  ],
];

describe.each(['manager', 'staff'] as const)(
  'a session of the %s that takes no seat and needs no membership',
  (who) => {
    it.each(endings)('ends when %s (ASVS 7.4.2)', async (_what, end, reason) => {
      const present = await inside(who);
      await end(present);
      const answer = await present.guest.must(401, 'GET', '/auth/session');
      if (reason !== null) expect(answer.reason).toBe(reason);
      const seats = await root.must(200, 'GET', `/admin/api/licences/${present.licenceId}/seats`);
      expect(seats.items).toEqual([]);
    });

    it('is among those the person sees and can end (ASVS 7.5.2)', async () => {
      const { account, guest, licenceId } = await inside(who);
      const elsewhere = await server.world.enter(account);
      const { items } = await elsewhere.must(200, 'GET', '/auth/sessions');
      expect(items.map(({ ref }: { ref: string }) => ref)).toContain(guest.view.session.ref);
      expect(await elsewhere.must(200, 'POST', '/auth/sessions/end-others')).toEqual({ ended: 1 });
      await guest.must(401, 'GET', '/auth/session');
      expect((await root.must(200, 'GET', `/admin/api/licences/${licenceId}/seats`)).used).toBe(0);
    });

    it('learns of a new name', async () => {
      const { account, guest } = await inside(who);
      await root.must(200, 'PATCH', `/admin/api/users/${account.id}`, { name: 'Renamed' });
      expect((await guest.must(200, 'GET', '/auth/session')).user.name).toBe('Renamed');
    });
  },
);

describe('a sign-in without a seat', () => {
  let lab: DomainLab;
  let places: UncountedPlaces;

  beforeAll(async () => {
    lab = await DomainLab.open();
    places = new UncountedPlaces(lab.dataSource);
  }, 60_000);

  afterAll(() => lab?.stop());

  it('lets nobody in who is disabled while it is under way, whichever comes first', async () => {
    const { licenceId } = await server.world.institute();
    for (let round = 0; round < 12; round++) {
      const account = await server.world.account(['staff']);
      const pause = new Promise((resolve) => setTimeout(resolve, round));
      await Promise.all([
        server.nobody.trySignIn({ ...account.login, licenceId, uncounted: 'support', delivery: 'bearer' }),
        pause.then(() => root.must(200, 'POST', `/admin/api/users/${account.id}/disable`)),
      ]);
      expect((await root.must(200, 'GET', `/admin/api/licences/${licenceId}/seats`)).items).toEqual([]);
    }
  });

  it('begins anew when the account has been ended since its password was checked', async () => {
    const licence = await lab.licence();
    const { id } = await lab.user();
    expect(await places.note({ id, epoch: 1 }, licence)).toBe(true);
    expect(await places.note({ id, epoch: 1 }, licence)).toBe(true);
    expect(await lab.members.tagsOf(id)).toContain(licence);
    expect(await places.note({ id, epoch: 2 }, await lab.licence())).toBe(false);
    expect(await places.note({ id, epoch: 1 }, newId<LicenceId>())).toBe(false);
    expect(await places.note({ id: newId<UserId>(), epoch: 1 }, licence)).toBe(false);
    expect(await lab.members.tagsOf(id)).toHaveLength(2);
  });

  it('waits for an ending that is under way, and then begins anew', async () => {
    const licence = await lab.licence();
    const { id } = await lab.user();
    const runner = lab.dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.query('UPDATE users SET epoch = epoch + 1 WHERE id = $1', [id]);
    const noted = places.note({ id, epoch: 1 }, licence);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await runner.commitTransaction();
    await runner.release();
    expect(await noted).toBe(false);
    expect(await lab.members.tagsOf(id)).not.toContain(licence);
  });

  it('begins anew when the appointment it saw has been ended', async () => {
    const { dataSource, outbox, audit, users: accounts } = lab;
    const changes = new Changes({ dataSource, outbox, audit, clock: systemClock });
    const appointments = new AppointmentRepository(dataSource, (text) => text);
    const service = new AppointmentService({ dataSource, changes, appointments, accounts, seatless: true });
    const licence = await lab.licence();
    const { id } = await lab.user();
    const post = { type: 'licence', id: licence } as const;
    await service.appoint(post, id, bySystem);
    const user = await accounts.find(id);
    assert.ok(user !== null && (await appointments.manages(id, licence)));
    await service.dismiss(post, id, bySystem);
    expect(await appointments.managesAnything(id)).toBe(false);
    expect(await places.note(user, licence)).toBe(false);
  });
});

describe('the dismissal of a manager', () => {
  it('ends the sessions that only the appointment allowed', async () => {
    const { account, guest, licenceId } = await inside('manager');
    const { id: ownerId } = (await root.must(200, 'GET', `/admin/api/licences/${licenceId}`)).owner;
    const seatless = await server.world.enter(account);
    await root.must(204, 'DELETE', `/admin/api/licences/${licenceId}/managers/${account.id}`);
    // The owner's appointment covers the licence as well.
    await guest.must(200, 'GET', '/auth/session');
    await root.must(204, 'DELETE', `/admin/api/owners/${ownerId}/managers/${account.id}`);
    await guest.must(401, 'GET', '/auth/session');
    await seatless.must(401, 'GET', '/auth/session');
    const again = await server.nobody.trySignIn(account.login);
    expect(again).toMatchObject({ status: 403, json: { type: '/problems/no-licence' } });
    const broken = await server.nobody.trySignIn({ ...account.login, licenceId, uncounted: 'break-glass' });
    expect(broken).toMatchObject({ status: 403, json: { type: '/problems/forbidden' } });
  });

  it('leaves the sessions of a member', async () => {
    const { licenceId, ownerId, chief } = await server.world.institute();
    const before = await server.world.enter(chief, { licenceId, uncounted: 'break-glass' });
    await before.must(204, 'POST', '/auth/logout');
    await server.world.join(licenceId, chief);
    const guest = await server.world.enter(chief);
    await root.must(204, 'DELETE', `/admin/api/licences/${licenceId}/managers/${chief.id}`);
    await root.must(204, 'DELETE', `/admin/api/owners/${ownerId}/managers/${chief.id}`);
    await guest.must(200, 'GET', '/auth/session');
    await guest.must(403, 'GET', '/admin/api/licences');
  });
});

describe('a manager who is no member of anything', () => {
  it('signs in without a seat, to manage', async () => {
    const { licenceId, chief } = await server.world.institute({ seats: 0 });
    const guest = await server.world.enter(chief);
    expect(guest.view.licence).toBeNull();
    expect((await guest.must(200, 'GET', `/admin/api/licences/${licenceId}/members`)).total).toBe(1);
  });
});
