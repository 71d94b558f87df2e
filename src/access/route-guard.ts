import type { Actor } from '../kernel/actor.js';
import type { UserId } from '../kernel/ids.js';
import { Problem } from '../kernel/problem.js';
import type { Route } from '../kernel/route.js';
import type { Named, Scope, Visibility } from '../kernel/visibility.js';
import type { RoutePermission } from './permissions.js';

/** Knows who manages what. Asked anew at every request, so that an appointment and its end hold at once (ASVS 8.3.2). */
export interface Scopes {
  /** What the user manages; null when that is nothing. */
  of(userId: UserId): Promise<Scope | null>;
  /** Whether somebody, named by id, address or user name, is a member of a licence of the scope. */
  hasMember(scope: Scope, member: string): Promise<boolean>;
}

/** Where nobody has been appointed to anything. */
export const noScopes: Scopes = {
  of: async () => null,
  hasMember: async () => false,
};

type Guarded = Pick<Route<RoutePermission>, 'permission' | 'managers'>;

/** Decides who may call a route and, for those who manage licences, about what (ASVS 8.2.1, 8.2.2, 8.4.1). */
export class RouteGuard {
  readonly #scopes: Scopes;

  constructor(scopes: Scopes) {
    this.#scopes = scopes;
  }

  /**
   * What the actor may see through the route: everything with its permission; with the scope of those who manage licences,
   * where the route is declared to be for them, that; null where there is nothing to narrow. Throws `forbidden` to others.
   */
  async visibleTo(actor: Actor, { permission, managers }: Guarded): Promise<Visibility | null> {
    if (permission === 'public' || permission === 'session') return null;
    if (actor.permissions.has(permission)) return 'everything';
    const scope = managers === undefined ? null : await this.#scopes.of(actor.person.id);
    if (scope === null) throw new Problem('forbidden', { permission });
    return scope;
  }

  /** Throws `not-found`, as for what does not exist, unless all that the request names is visible. */
  async requireVisible(visible: Visibility | null, { managers }: Guarded, request: object): Promise<void> {
    if (visible === null || visible === 'everything' || managers === undefined) return;
    const named = managers.names(request);
    const names = Object.values(named).some((name) => name !== undefined);
    if (!names && !managers.narrowed)
      throw new Error('A route is for managers, but this request names nothing of theirs');
    if (!(await this.#covers(visible, named))) throw new Problem('not-found');
  }

  async #covers(scope: Scope, { licence, owner, member }: Named): Promise<boolean> {
    if (licence !== undefined && (licence === null || !scope.licences.has(licence))) return false;
    if (owner !== undefined && !scope.owners.has(owner)) return false;
    return member === undefined || (await this.#scopes.hasMember(scope, member));
  }
}
