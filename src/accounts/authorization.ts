import { grants } from '../access/grants.js';
import type { HeldRoles } from '../access/held-roles.js';
import type { Actor } from '../kernel/actor.js';
import type { LicenceId, UserId } from '../kernel/ids.js';
import { Problem } from '../kernel/problem.js';
import type { User, UserRepository } from './user-repository.js';

/** Something that is asked: whether somebody may do it, and where; left out: the caller, in the caller's licence. */
export interface AuthorizationCheck {
  readonly permission: string;
  readonly licenceId?: LicenceId | undefined;
  readonly userId?: UserId | undefined;
}

/** Why something is allowed, or not. */
export interface AuthorizationReason {
  readonly reason: 'granted' | 'not-granted' | 'not-in-licence' | 'account-disabled' | 'no-such-user';
  /** The roles that grant it, there. */
  readonly roles: readonly string[];
}

/** What is answered; `why` only to staff. */
export interface AuthorizationResult {
  readonly permission: string;
  readonly allowed: boolean;
  readonly why?: AuthorizationReason;
}

/** What Authorization is made of. */
export interface AuthorizationParts {
  readonly users: Pick<UserRepository, 'find' | 'rolesOf'>;
  readonly members: { isMember(userId: UserId, licenceId: LicenceId): Promise<boolean> };
}

/** Somebody asked about, and the roles they have. */
interface Subject {
  readonly user: User;
  readonly held: HeldRoles;
}

const mayAskAboutOthers = 'user.read';

/**
 * Answers whether somebody may do something. About the caller, where the caller's session is: from the session, which asks
 * Postgres nothing. In another licence, and about others, which is for staff: from Postgres. There only whoever may sit in
 * the licence is allowed anything by the role of an application: one given everywhere opens no institute one is no member of.
 */
export class Authorization {
  readonly #parts: AuthorizationParts;

  constructor(parts: AuthorizationParts) {
    this.#parts = parts;
  }

  /** One answer for each check, in their order. Throws `forbidden` to whoever asks about others and is no staff. */
  async answer(actor: Actor, checks: readonly AuthorizationCheck[]): Promise<AuthorizationResult[]> {
    const isStaff = actor.permissions.has(mayAskAboutOthers);
    const aboutOthers = checks.some(({ userId }) => userId !== undefined && userId !== actor.person.id);
    if (aboutOthers && !isStaff) throw new Problem('forbidden', { permission: mayAskAboutOthers });
    const asked = new Asked(this.#parts);
    const answers: AuthorizationResult[] = [];
    for (const check of checks) answers.push(await this.#one(actor, check, asked, isStaff));
    return answers;
  }

  async #one(actor: Actor, check: AuthorizationCheck, asked: Asked, isStaff: boolean): Promise<AuthorizationResult> {
    const { permission, userId = actor.person.id } = check;
    const own = userId === actor.person.id;
    const here = actor.licence?.id ?? null;
    const place = check.licenceId ?? (own ? here : null);
    if (own && place === here && !isStaff) return { permission, allowed: grants(actor.permissions, permission) };
    const why = await reasonFor(permission, await asked.subject(userId), place, async (subject) => {
      return (own && place === here) || asked.maySit(subject, place);
    });
    // The session is what counts, and may be a moment behind.
    const allowed = own && place === here ? grants(actor.permissions, permission) : why.reason === 'granted';
    return { permission, allowed, ...(isStaff ? { why } : {}) };
  }
}

/** What one batch of checks has learned from Postgres, each thing once. */
class Asked {
  readonly #parts: AuthorizationParts;
  readonly #subjects = new Map<UserId, Promise<Subject | null>>();
  readonly #places = new Map<string, Promise<boolean>>();

  constructor(parts: AuthorizationParts) {
    this.#parts = parts;
  }

  subject(id: UserId): Promise<Subject | null> {
    const known = this.#subjects.get(id) ?? this.#find(id);
    this.#subjects.set(id, known);
    return known;
  }

  /** Whether somebody may sit in the licence. Where there is none, everybody may be. */
  async maySit({ user, held }: Subject, place: LicenceId | null): Promise<boolean> {
    if (place === null || held.rightsIn(null).permissions.includes('seat.uncounted')) return true;
    const key = `${user.id} ${place}`;
    const known = this.#places.get(key) ?? this.#parts.members.isMember(user.id, place);
    this.#places.set(key, known);
    return known;
  }

  async #find(id: UserId): Promise<Subject | null> {
    const user = await this.#parts.users.find(id);
    return user === null ? null : { user, held: await this.#parts.users.rolesOf(user) };
  }
}

async function reasonFor(
  permission: string,
  subject: Subject | null,
  place: LicenceId | null,
  maySit: (subject: Subject) => Promise<boolean>,
): Promise<AuthorizationReason> {
  if (subject === null) return { reason: 'no-such-user', roles: [] };
  const granting = subject.held.in(place).filter((role) => grants(new Set(role.permissions), permission));
  const roles = [...new Set(granting.map(({ name }) => name))];
  if (subject.user.disabledAt !== null) return { reason: 'account-disabled', roles };
  if (roles.length === 0) return { reason: 'not-granted', roles };
  // Usher's own permissions are about the server, whatever the licence.
  const everywhere = !permission.includes(':');
  return { reason: everywhere || (await maySit(subject)) ? 'granted' : 'not-in-licence', roles };
}
