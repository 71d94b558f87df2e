import { Facts } from '../../kit/facts.js';
import { When } from '../../kit/when.js';
import type { Owner } from '../licences/licence-types.js';
import classes from './owners.module.css';

/** What is known of an owner. */
export function OwnerFacts({ owner }: { readonly owner: Owner }) {
  const { email, affiliation, comments, extra, createdOn } = owner;
  const told = [
    ['Affiliation', affiliation],
    ['Address', email],
    ...Object.entries(extra),
    ['Notes for staff', comments],
  ] as const;
  return (
    <div className={classes.facts}>
      <Facts facts={[...told.filter(([, value]) => value), ['Made', <When key="made" at={createdOn} />]]} />
    </div>
  );
}
