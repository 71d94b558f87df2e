import { When } from '../../kit/when.js';
import type { Owner } from '../licences/licence-types.js';
import classes from './owners.module.css';

/** What is known of an owner. */
export function OwnerFacts({ owner }: { readonly owner: Owner }) {
  const { email, affiliation, comments, extra, createdOn } = owner;
  const facts = [
    ['Affiliation', affiliation],
    ['Address', email],
    ...Object.entries(extra),
    ['Notes for staff', comments],
  ].filter((fact): fact is [string, string] => fact[1] !== null && fact[1] !== '');
  return (
    <dl className={classes.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      <div>
        <dt>Made</dt>
        <dd>
          <When at={createdOn} />
        </dd>
      </div>
    </dl>
  );
}
