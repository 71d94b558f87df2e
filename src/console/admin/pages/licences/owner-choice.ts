import type { Owner } from './licence-types.js';
import type { Choice } from './picker.js';

/** What an owner is called. */
export function ownerName({ name, surname }: Pick<Owner, 'name' | 'surname'>): string {
  return surname === null ? name : `${name} ${surname}`;
}

/** How an owner is chosen from a list. */
export function ownerChoice(owner: Owner): Choice {
  const { id, affiliation } = owner;
  return { value: id, label: affiliation === null ? ownerName(owner) : `${ownerName(owner)}, ${affiliation}` };
}
