import { isStaff } from '../access/roles.js';
import type { LicenceId } from '../kernel/ids.js';
import { Problem } from '../kernel/problem.js';
import type { SittableLicence } from '../licences/licence-repository.js';

/**
 * The licence a person sits in, null for none: the one that is named, else none for staff, else the only one, else the one
 * that comes first in the person's order of use. Throws `licence-choice-required` when there are several and the order does
 * not tell, and `no-licence` for one the person is no member of, or when there is none and `seatlessAllowed` is false.
 */
export function chooseLicence(
  person: { readonly roles: readonly string[] },
  licences: readonly SittableLicence[],
  named: LicenceId | undefined,
  seatlessAllowed: boolean,
): SittableLicence | null {
  if (named !== undefined) {
    const wanted = licences.find((licence) => licence.id === named);
    if (wanted === undefined) throw new Problem('no-licence', { licenceId: named });
    return wanted;
  }
  if (isStaff(person.roles)) return null;
  const [only, ...others] = licences;
  if (only === undefined) {
    if (seatlessAllowed) return null;
    throw new Problem('no-licence', { licenceId: null });
  }
  if (others.length === 0) return only;
  const first = firstInOrder(licences);
  if (first !== null) return first;
  const offered = licences.map(({ id, name, owner }) => ({ id, name, owner }));
  throw new Problem('licence-choice-required', { licences: offered });
}

/** The one with the smallest rank of those that let people in at this moment; null when two have it, or none has one. */
function firstInOrder(licences: readonly SittableLicence[]): SittableLicence | null {
  const ranked = licences.filter(({ open, rank }) => open && rank !== null);
  const smallest = Math.min(...ranked.map(({ rank }) => rank ?? Number.POSITIVE_INFINITY));
  const [first = null, ...others] = ranked.filter(({ rank }) => rank === smallest);
  return others.length === 0 ? first : null;
}
