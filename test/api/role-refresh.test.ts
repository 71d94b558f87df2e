import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RoleRepository } from '../../src/access/role-repository.js';
import { RoleService, roleChangedPush } from '../../src/access/role-service.js';
import { RoleRefresh } from '../../src/accounts/role-refresh.js';
import { bySystem } from '../../src/audit/audit-log.js';
import { Changes } from '../../src/audit/changes.js';
import { systemClock } from '../../src/kernel/clock.js';
import { MemberRoles } from '../../src/licences/member-roles.js';
import { DomainLab } from '../support/domain-lab.js';
import type { Visited } from '../support/sign-in-lab.js';
import { firefox } from '../support/web-lab.js';

let lab: DomainLab;
let roles: RoleService;
let memberRoles: MemberRoles;
let made = 0;

beforeAll(async () => {
  lab = await DomainLab.open();
  const { dataSource, outbox, users, audit } = lab;
  const changes = new Changes({ dataSource, outbox, audit, clock: systemClock });
  const refresh = new RoleRefresh({ dataSource, outbox, users, audit, clock: systemClock });
  refresh.register();
  roles = new RoleService(new RoleRepository(dataSource), changes, refresh);
  memberRoles = new MemberRoles({ dataSource, changes, accounts: users });
});

afterAll(() => lab.stop());

async function role(...permissions: string[]): Promise<string> {
  made += 1;
  return (await roles.create({ name: `exams:role-${made}`, permissions }, bySystem)).name;
}

/** What a session answers that its owner may do. */
async function seenBy(visited: Visited): Promise<readonly string[]> {
  const { sessionToken } = visited.view;
  const checked = await lab.signIns.check.check({
    ...{ authorization: `Bearer ${sessionToken}`, cookie: undefined, userAgent: firefox, background: true },
  });
  assert.ok(checked.kind === 'live');
  return lab.signIns.check.actor(checked.session, checked.snapshot).person.permissions;
}

describe('a changed role', () => {
  it('is pending while Redis is away, and reaches those who hold it when it is back', async () => {
    const name = await role('exam:read');
    const licence = await lab.licence();
    const anna = await lab.user([licence], ['user', name] as never);
    const inside = await lab.signIns.visit(anna, { delivery: 'bearer' });
    lab.away = true;
    expect(await roles.patch(name, { permissions: ['exam:grade'] }, bySystem)).toMatchObject({ reached: 'pending' });
    expect(await seenBy(inside)).toEqual(['exam:read']);
    lab.outbox.start();
    lab.away = false;
    const end = performance.now() + 2000;
    while ((await seenBy(inside)).join() === 'exam:read' && performance.now() < end)
      await new Promise((go) => setTimeout(go, 20));
    expect(await seenBy(inside)).toEqual(['exam:grade']);
    await lab.outbox.stop();
    expect(await roles.patch(name, { permissions: ['exam:*'] }, bySystem)).toMatchObject({ reached: 'applied' });
    expect(await seenBy(inside)).toEqual(['exam:*']);
  });

  it('is what a sign-in opens with that was in flight when it changed', async () => {
    const name = await role('exam:read');
    const licence = await lab.licence();
    const anna = await lab.user([licence], ['user', name] as never);
    lab.signIns.meanwhile = async () => void (await roles.patch(name, { permissions: ['exam:grade'] }, bySystem));
    expect(await seenBy(await lab.signIns.visit(anna, { delivery: 'bearer' }))).toEqual(['exam:grade']);
    lab.signIns.meanwhile = async () => void (await roles.remove(name, bySystem));
    expect(await seenBy(await lab.signIns.visit(anna, { delivery: 'bearer' }))).toEqual([]);
  });

  it('is taken from everybody when it is deleted while an earlier change is still on its way', async () => {
    const name = await role('exam:read');
    const anna = await lab.user([], ['user', name] as never);
    await lab.dataSource.transaction((tx) =>
      lab.outbox.enqueue(tx, roleChangedPush(name, 'ffffffff-ffff-4fff-bfff-ffffffffffff')),
    );
    expect(await roles.remove(name, bySystem)).toMatchObject({ reached: 'applied' });
    expect((await lab.users.find(anna.id))?.roles).toEqual(['user']);
    expect(await roles.create({ name, permissions: ['exam:read'] }, bySystem)).toMatchObject({ version: 1 });
  });

  it('cannot be given any more once it is being deleted, and goes with a deleted account', async () => {
    const name = await role('exam:read');
    const licence = await lab.licence();
    const [anna, bert] = [await lab.user([licence]), await lab.user([licence])];
    await memberRoles.set({ licenceId: licence, userId: anna.id }, [name], bySystem, 'everything');
    await lab.accounts.remove(anna.id, bySystem);
    expect(await lab.dataSource.query('SELECT 1 FROM licence_roles WHERE role = $1', [name])).toEqual([]);
    const giving = Array.from({ length: 8 }, () =>
      memberRoles.set({ licenceId: licence, userId: bert.id }, [name], bySystem, 'everything'),
    );
    const [removed, ...given] = await Promise.allSettled([roles.remove(name, bySystem), ...giving]);
    expect(removed.status).toBe('fulfilled');
    for (const one of given)
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ slug: 'invalid-request' });
    expect(await lab.dataSource.query('SELECT 1 FROM licence_roles WHERE role = $1', [name])).toEqual([]);
    expect(await lab.dataSource.query('SELECT 1 FROM app_roles WHERE name = $1', [name])).toEqual([]);
  });
});
