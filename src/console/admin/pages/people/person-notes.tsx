import { Alert } from '@mantine/core';
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
        <Alert
          variant="light"
          color={tone === 'danger' ? 'danger' : 'warning'}
          icon={<TriangleAlert size={18} aria-hidden />}
        >
          {means}
          {leaves}
        </Alert>
      )}
      {because !== null && (
        <Alert variant="light" color="gray" icon={<Info size={18} aria-hidden />}>
          {because}
        </Alert>
      )}
    </div>
  );
}
