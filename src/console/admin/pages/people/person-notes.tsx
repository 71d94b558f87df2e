import { Info, TriangleAlert } from 'lucide-react';
import type { Person } from './answers.js';
import { useMayChange } from './may-change.js';
import classes from './people.module.css';
import { stateOf } from './words.js';

const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long' });

/** What whoever opens the page should know before anything else. */
export function PersonNotes({ person }: { readonly person: Person }) {
  const { because } = useMayChange(person);
  const { tone, means } = stateOf(person);
  const leaves = person.deletesAt === null ? '' : ` It is deleted on ${day.format(new Date(person.deletesAt))}.`;
  return (
    <div className={classes.notes}>
      {tone !== 'good' && (
        <p className={classes.note} data-tone={tone}>
          <TriangleAlert size={18} aria-hidden />
          <span>
            {means}
            {leaves}
          </span>
        </p>
      )}
      {because !== null && (
        <p className={classes.note}>
          <Info size={18} aria-hidden />
          <span>{because}</span>
        </p>
      )}
    </div>
  );
}
