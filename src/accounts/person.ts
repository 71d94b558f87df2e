import type { HeldRoles } from '../access/held-roles.js';
import type { Person } from '../kernel/actor.js';
import type { LicenceId } from '../kernel/ids.js';
import type { OutboxEntry } from '../platform/outbox.js';
import { userRefreshedPush } from '../sessions/pushes.js';
import { licenceTag } from '../sessions/session-id.js';

/** What sessions in a licence answer about an account; null: sessions in none. */
export function personIn(
  user: Omit<Person, 'roles' | 'permissions'>,
  held: HeldRoles,
  licence: LicenceId | null,
): Person {
  const { id, email, username, name, verified } = user;
  return { id, email, username, name, verified, ...held.rightsIn(licence) };
}

/** Brings an account, which has got a new epoch, to its sessions in these tags: to each what holds there. */
export function refreshedPush(
  user: Omit<Person, 'roles' | 'permissions'> & { readonly epoch: number },
  held: HeldRoles,
  tags: readonly string[],
  because?: string,
): OutboxEntry {
  const places = held.licences.map((licence) => [licenceTag(licence), personIn(user, held, licence)] as const);
  const inTag = new Map(places.filter(([tag]) => tags.includes(tag)));
  return userRefreshedPush(personIn(user, held, null), user.epoch, tags, { inTag, because });
}
