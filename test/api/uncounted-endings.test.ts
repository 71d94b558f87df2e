import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bySystem } from '../../src/audit/audit-log.js';
import { Changes } from '../../src/audit/changes.js';
import { systemClock } from '../../src/kernel/clock.js';
import { type LicenceId, newId, type UserId } from '../../src/kernel/ids.js';
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
    'staff start a reset of the password',
    ({ account }) => root.must(200, 'POST', `/admin/api/users/${account.id}/reset`),
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

    it('goes on when the person becomes a member, whatever has been ended elsewhere before', async () => {
      const { account, guest, licenceId } = await inside(who);
      const { id } = await server.world.licence();
      await server.world.join(id, account);
      await root.must(204, 'DELETE', `/admin/api/licences/${id}/members/${account.id}`);
      await server.world.join(licenceId, account);
      await guest.must(200, 'GET', '/auth/session');
      await root.must(204, 'DELETE', `/admin/api/licences/${licenceId}/members/${account.id}`);
      expect((await guest.must(401, 'GET', '/auth/session')).reason).toBe('member-removed');
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
    const { dataSource, outbox, audit, users: accounts, appointments, endings } = lab;
    const changes = new Changes({ dataSource, outbox, audit, clock: systemClock });
    const service = new AppointmentService({ dataSource, changes, appointments, accounts, endings });
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

  it('leaves the sessions of a member who takes a seat', async () => {
    const { licenceId, ownerId, chief } = await server.world.institute();
    await server.world.join(licenceId, chief);
    const guest = await server.world.enter(chief);
    await root.must(204, 'DELETE', `/admin/api/licences/${licenceId}/managers/${chief.id}`);
    await root.must(204, 'DELETE', `/admin/api/owners/${ownerId}/managers/${chief.id}`);
    await guest.must(200, 'GET', '/auth/session');
    await guest.must(403, 'GET', '/admin/api/licences');
  });

  it('ends what a member had opened without a seat, who then needs one', async () => {
    const { account, guest, licenceId } = await inside('manager');
    await server.world.join(licenceId, account);
    const other = await server.world.institute();
    await server.world.join(other.licenceId, account);
    await server.world.appoint(`licences/${other.licenceId}`, account);
    const elsewhere = await server.world.enter(account, { licenceId: other.licenceId });
    const { id: ownerId } = (await root.must(200, 'GET', `/admin/api/licences/${licenceId}`)).owner;
    const again = await server.world.enter(account, { licenceId, uncounted: 'break-glass' });
    await root.must(204, 'DELETE', `/admin/api/licences/${licenceId}/managers/${account.id}`);
    await again.must(200, 'GET', '/auth/session');
    await root.must(204, 'DELETE', `/admin/api/owners/${ownerId}/managers/${account.id}`);
    for (const gone of [guest, again]) await gone.must(401, 'GET', '/auth/session');
    await elsewhere.must(200, 'GET', '/auth/session');
    const wish = { ...account.login, licenceId };
    expect(await server.nobody.trySignIn(wish)).toMatchObject({ json: { type: '/problems/no-seat-free' } });
    await root.must(200, 'PATCH', `/admin/api/licences/${licenceId}`, { seats: 1 });
    const member = await server.world.enter(account, { licenceId });
    // The end of another appointment is none of this licence's business.
    await root.must(204, 'DELETE', `/admin/api/licences/${other.licenceId}/managers/${account.id}`);
    await member.must(200, 'GET', '/auth/session');
  });
});

describe('an appointment that goes by another way than dismissal', () => {
  it('ends the sessions without a seat of those who managed the owner a licence has left', async () => {
    const { licenceId, ownerId, chief } = await server.world.institute({ seats: 0 });
    const both = await server.world.account();
    const only = await server.world.account();
    await server.world.appoint(`licences/${licenceId}`, both);
    for (const account of [both, only]) await server.world.appoint(`owners/${ownerId}`, account);
    await root.must(204, 'DELETE', `/admin/api/licences/${licenceId}/managers/${chief.id}`);
    const broken = { licenceId, uncounted: 'break-glass' };
    const [first, second, kept] = [
      await server.world.enter(chief, broken),
      await server.world.enter(only, broken),
      await server.world.enter(both, broken),
    ];
    const seatless = await server.world.enter(only);
    const path = `/admin/api/licences/${licenceId}`;
    await root.must(200, 'PATCH', path, { ownerId });
    await first.must(200, 'GET', '/auth/session');
    await root.must(200, 'PATCH', path, { ownerId: await server.world.owner() });
    for (const gone of [first, second]) {
      expect((await gone.must(401, 'GET', '/auth/session')).reason).toBe('member-removed');
    }
    // Still manages what else the owner holds, and what it will hold.
    await seatless.must(200, 'GET', '/auth/session');
    await kept.must(200, 'GET', '/auth/session');
    const again = await server.nobody.trySignIn({ ...chief.login, ...broken });
    expect(again).toMatchObject({ status: 403, json: { type: '/problems/forbidden' } });
  });

  it.each(['licences', 'owners'] as const)('ends the sessions in no licence with the last of the %s', async (kind) => {
    const one = kind === 'licences' ? (await server.world.licence()).id : await server.world.owner();
    const other = kind === 'licences' ? (await server.world.licence()).id : await server.world.owner();
    const account = await server.world.account();
    for (const id of [one, other]) await server.world.appoint(`${kind}/${id}`, account);
    const guest = await server.world.enter(account);
    expect(guest.view.licence).toBeNull();
    await root.must(204, 'DELETE', `/admin/api/${kind}/${one}`);
    await guest.must(200, 'GET', '/auth/session');
    await root.must(204, 'DELETE', `/admin/api/${kind}/${other}`);
    expect((await guest.must(401, 'GET', '/auth/session')).reason).toBe('member-removed');
  });

  it('lets nobody stay who is appointed or breaks the glass while it goes', async () => {
    for (let round = 0; round < 10; round++) {
      const { licenceId, ownerId, chief } = await server.world.institute({ seats: 0 });
      await root.must(204, 'DELETE', `/admin/api/licences/${licenceId}/managers/${chief.id}`);
      const late = await server.world.account();
      const next = await server.world.owner();
      const pause = new Promise((resolve) => setTimeout(resolve, round * 2));
      const broken = { licenceId, uncounted: 'break-glass', delivery: 'bearer' };
      await Promise.all([
        server.nobody.trySignIn({ ...chief.login, ...broken }),
        server.world
          .appoint(`owners/${ownerId}`, late)
          .then(() => server.nobody.trySignIn({ ...late.login, ...broken })),
        pause.then(() => root.must(200, 'PATCH', `/admin/api/licences/${licenceId}`, { ownerId: next })),
      ]);
      expect((await root.must(200, 'GET', `/admin/api/licences/${licenceId}/seats`)).items).toEqual([]);
    }
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

describe('a manager whose own licence lets nobody in', () => {
  it.each([
    ['suspended', 'suspend', {}],
    ['drained', 'suspend', { mode: 'drain' }],
    ['not begun', null, { validFrom: '2090-01-01T00:00:00Z', validTo: null }],
    ['over', null, { validFrom: '2020-01-01T00:00:00Z', validTo: '2021-01-01T00:00:00Z' }],
  ])('signs in without a seat, to manage, when it is %s', async (_what, verb, body) => {
    const { licenceId, chief } = await server.world.institute();
    await server.world.join(licenceId, chief);
    const path = `/admin/api/licences/${licenceId}`;
    if (verb === null) await root.must(200, 'PATCH', path, body);
    else await root.must(200, 'POST', `${path}/${verb}`, body);
    const guest = await server.world.enter(chief);
    expect(guest.view.licence).toBeNull();
    expect((await guest.must(200, 'GET', `${path}/members`)).total).toBe(2);
    expect(await server.nobody.trySignIn({ ...chief.login, licenceId })).toMatchObject({ status: 403 });
    const member = await memberOf(licenceId);
    expect(await server.nobody.trySignIn(member.login)).toMatchObject({ status: 403 });
  });

  it('sits in another of the own licences that is open', async () => {
    const { licenceId, chief } = await server.world.institute();
    const open = await server.world.licence();
    for (const id of [licenceId, open.id]) await server.world.join(id, chief);
    await root.must(200, 'POST', `/admin/api/licences/${licenceId}/suspend`);
    const asked = await server.nobody.trySignIn(chief.login);
    expect(asked).toMatchObject({ status: 409, json: { type: '/problems/licence-choice-required' } });
    expect((await server.world.enter(chief, { licenceId: open.id })).view.licence.id).toBe(open.id);
  });
});

async function memberOf(licenceId: string): Promise<Account> {
  const account = await server.world.account();
  await server.world.join(licenceId, account);
  return account;
}
