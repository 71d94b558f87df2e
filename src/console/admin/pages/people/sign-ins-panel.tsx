import { Button } from '@mantine/core';
import { useMemo } from 'react';
import { useMe } from '../../api/me.js';
import { useAsk } from '../../api/queries.js';
import type { Column } from '../../kit/columns.js';
import { DataTable } from '../../kit/data-table.js';
import { Device } from '../../kit/device.js';
import { Empty } from '../../kit/empty.js';
import { LicenceLink } from '../../kit/link-to.js';
import { Section } from '../../kit/page.js';
import { State } from '../../kit/state.js';
import { useUrlState } from '../../kit/url-state.js';
import { useList } from '../../kit/use-list.js';
import { When } from '../../kit/when.js';
import type { Memberships, Person, SignIn } from './answers.js';
import classes from './people.module.css';
import { outcomeInWords, toneOf } from './words.js';

/** An attempt with the licence it was for, where that is known. */
type Told = SignIn & {
  readonly licence: { readonly id: string; readonly name: string } | null;
  readonly asksWhy: boolean;
};

const columns: Column<Told>[] = [
  { id: 'at', header: 'When', width: 140, cell: ({ at }) => <When at={at} /> },
  { id: 'outcome', header: 'How it ended', primary: true, cell: (one) => <Outcome attempt={one} /> },
  { id: 'licence', header: 'Licence', cell: ({ licence }) => <LicenceLink licence={licence} none="–" /> },
  { id: 'from', header: 'From', cell: (one) => <Device {...one} /> },
];

/** Each time somebody signed in or tried to, newest first. */
export function SignInsPanel({ person }: { readonly person: Person }) {
  const { can } = useMe();
  const list = useList<SignIn>('/admin/api/sign-ins', { userId: person.id });
  const known = useAsk<Memberships>(`/admin/api/users/${person.id}/licences`);
  const asksWhy = can('usage.read');
  const told = useMemo(() => {
    const licences = new Map((known.data?.items ?? []).map(({ licence }) => [licence.id, licence]));
    return list.items.map((one) => ({ ...one, licence: licenceOf(one, licences), asksWhy }));
  }, [list.items, known.data, asksWhy]);
  return (
    <Section title="Sign-in log" description="Also the attempts that failed">
      <DataTable
        name="Sign-ins"
        list={{ ...list, items: told, removeItems: () => () => {} }}
        columns={columns}
        rowKey={({ id }) => id}
        rowLabel={({ outcome }) => outcomeInWords(outcome)}
        empty={<Empty title="Never tried to sign in">The first attempt will show here.</Empty>}
      />
    </Section>
  );
}

function licenceOf({ licenceId }: SignIn, known: ReadonlyMap<string, { id: string; name: string }>) {
  if (licenceId === null) return null;
  return known.get(licenceId) ?? { id: licenceId, name: 'a licence they left' };
}

function Outcome({ attempt }: { readonly attempt: Told }) {
  const [, set] = useUrlState();
  const tone = toneOf(attempt.outcome);
  return (
    <span className={classes.outcome}>
      <State kind={tone}>{outcomeInWords(attempt.outcome)}</State>
      {attempt.asksWhy && (tone === 'danger' || tone === 'warning') && (
        <Button variant="subtle" size="compact-xs" onClick={() => set({ tab: 'refusals', at: attempt.at })}>
          Why?
        </Button>
      )}
    </span>
  );
}
