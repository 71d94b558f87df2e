import { describe, expect, it } from '@jest/globals';
import type { RoutePermission } from '../../src/access/permissions.js';
import { noScopes, RouteGuard, type Scopes } from '../../src/access/route-guard.js';
import type { Actor } from '../../src/kernel/actor.js';
import { type LicenceId, newId, type OwnerId, type UserId } from '../../src/kernel/ids.js';
import type { ForManagers } from '../../src/kernel/route.js';
import type { Named, Scope } from '../../src/kernel/visibility.js';

const licence = newId<LicenceId>();
const owner = newId<OwnerId>();
const scope: Scope = { licences: new Set([licence]), owners: new Set([owner]) };

/** Knows one manager and one member, and counts how often it is asked. */
class OneScope implements Scopes {
  asked = 0;

  async of(): Promise<Scope> {
    this.asked += 1;
    return scope;
  }

  async hasMember(_scope: Scope, member: string): Promise<boolean> {
    return member === 'anna';
  }
}

function actor(...permissions: string[]): Actor {
  return { person: { id: newId<UserId>() }, permissions: new Set(permissions) } as unknown as Actor;
}

function guarded(permission: RoutePermission, managers?: ForManagers<unknown>) {
  return managers === undefined ? { permission } : { permission, managers };
}

/** A route for managers whose requests name this. */
const naming = (named: Named, narrowed?: true) =>
  guarded('licence.read', { names: () => named, ...(narrowed && { narrowed }) });

describe('the guard of routes', () => {
  it('shows everything to whoever has the permission, without asking what they manage', async () => {
    const scopes = new OneScope();
    const guard = new RouteGuard(scopes);
    expect(await guard.visibleTo(actor('licence.read'), naming({ licence }))).toBe('everything');
    await guard.requireVisible('everything', naming({ licence: null }), {});
    expect(scopes.asked).toBe(0);
  });

  it('keeps a route that says nothing of managers closed to them, without asking what they manage', async () => {
    const scopes = new OneScope();
    const guard = new RouteGuard(scopes);
    await expect(guard.visibleTo(actor('user.read'), guarded('licence.read'))).rejects.toMatchObject({
      slug: 'forbidden',
      members: { permission: 'licence.read' },
    });
    expect(scopes.asked).toBe(0);
  });

  it('lets those in who manage something where the route is for managers, and nobody else', async () => {
    expect(await new RouteGuard(new OneScope()).visibleTo(actor(), naming({ licence }))).toBe(scope);
    const refused = new RouteGuard(noScopes).visibleTo(actor(), naming({ licence }));
    await expect(refused).rejects.toMatchObject({ slug: 'forbidden' });
  });

  it('narrows nothing where a route is open to everybody, or about oneself', async () => {
    const guard = new RouteGuard(new OneScope());
    for (const permission of ['public', 'session'] as const) {
      expect(await guard.visibleTo(actor(), guarded(permission))).toBeNull();
    }
  });

  it.each<[string, Named]>([
    ['their licence', { licence }],
    ['their owner', { owner }],
    ['a member', { member: 'anna' }],
    ['all of them', { licence, owner, member: 'anna' }],
  ])('lets a request pass that names %s', async (_what, named) => {
    await new RouteGuard(new OneScope()).requireVisible(scope, naming(named), {});
  });

  it.each<[string, Named]>([
    ['another licence', { licence: newId<LicenceId>() }],
    ['a place without licence', { licence: null }],
    ['another owner', { owner: newId<OwnerId>() }],
    ['the owner by the id of a licence', { owner: licence as string as OwnerId }],
    ['somebody else', { member: 'ben' }],
    ['somebody else beside their licence', { licence, member: 'ben' }],
    ['another owner beside their licence', { licence, owner: newId<OwnerId>() }],
  ])('finds nothing for a request that names %s (ASVS 8.2.2)', async (_what, named) => {
    const guard = new RouteGuard(new OneScope());
    await expect(guard.requireVisible(scope, naming(named), {})).rejects.toMatchObject({ slug: 'not-found' });
  });

  it('fails rather than let a request pass that names nothing, unless the route narrows its answer', async () => {
    const guard = new RouteGuard(new OneScope());
    for (const named of [{}, { licence: undefined, member: undefined }]) {
      await expect(guard.requireVisible(scope, naming(named), {})).rejects.toThrow('names nothing of theirs');
      await guard.requireVisible(scope, naming(named, true), {});
    }
  });
});
