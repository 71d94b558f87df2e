import { Button } from '@mantine/core';
import type { Factor } from '../../../../client/api.js';
import { useAsk } from '../../api/queries.js';
import { acts, type Column } from '../../kit/columns.js';
import { FormDialog } from '../../kit/dialogs.js';
import { Empty } from '../../kit/empty.js';
import { Section } from '../../kit/page.js';
import { RowButton } from '../../kit/row-button.js';
import { order, type Saved, saved } from '../../kit/saved.js';
import { SimpleTable } from '../../kit/simple-table.js';
import { State } from '../../kit/state.js';
import { TwoLines } from '../../kit/two-lines.js';
import { Unanswered } from '../../kit/unanswered.js';
import { useAction } from '../../kit/use-action.js';
import { useAsked } from '../../kit/use-asked.js';
import { When } from '../../kit/when.js';
import { plural } from '../../kit/words.js';
import type { Factors, Person } from './answers.js';
import { useMayChange } from './may-change.js';
import classes from './people.module.css';
import { calledOf, factorInWords } from './words.js';

const shown: Column<Factor>[] = [
  { id: 'name', header: 'Second factor', primary: true, cell: (factor) => <FactorName factor={factor} /> },
  { id: 'since', header: 'Added', width: 140, cell: ({ createdAt }) => <When at={createdAt} /> },
  { id: 'used', header: 'Last used', width: 140, cell: ({ lastUsedAt }) => <When at={lastUsedAt} none="never" /> },
];

/** What somebody proves themselves with besides the password, and how it is taken from them who have lost it. */
export function FactorsPanel({ person }: { readonly person: Person }) {
  const { allowed } = useMayChange(person);
  const path = `/admin/api/users/${person.id}/factors`;
  const found = useAsk<Factors>(path);
  const { about, opened, ask, close } = useAsked<Factor | 'all'>();
  const remove = acts<Factor>('Remove', 110, (one) => (
    <RowButton label={`Remove ${one.name}`} onClick={() => ask(one)}>
      Remove
    </RowButton>
  ));
  const items = found.data?.items ?? [];
  return (
    <Section
      title="Second factors"
      description={
        found.data?.required === true ? 'A role or a licence of theirs asks for one at each sign-in' : undefined
      }
      actions={
        allowed &&
        items.length > 0 && (
          <Button variant="default" size="xs" onClick={() => ask('all')}>
            Remove all
          </Button>
        )
      }
    >
      {found.data === undefined ? (
        <Unanswered asked={found} lines={2} />
      ) : (
        <>
          <SimpleTable
            name="Second factors"
            columns={allowed ? [...shown, remove] : shown}
            rows={items}
            rowKey={({ id }) => id}
            empty={<Empty title="No second factor">People add them on their own account page.</Empty>}
          />
          <CodesLeft codes={found.data.recoveryCodes} />
        </>
      )}
      {about !== null && <RemoveDialog person={person} asked={about} opened={opened} path={path} close={close} />}
    </Section>
  );
}

function FactorName({ factor }: { readonly factor: Factor }) {
  return (
    <TwoLines below={factorInWords(factor.kind)}>
      <span className={classes.name}>
        {factor.name} {factor.switchedOff && <State kind="danger">switched off after wrong codes</State>}
      </span>
    </TwoLines>
  );
}

function CodesLeft({ codes }: { readonly codes: Factors['recoveryCodes'] }) {
  if (codes === null) return null;
  const left = codes.left === 0 ? 'No recovery code is left.' : `${plural(codes.left, 'recovery code')} left.`;
  return <p className={classes.muted}>{codes.low ? `${left} They should make new ones.` : left}</p>;
}

interface RemoveParts {
  readonly person: Person;
  readonly asked: Factor | 'all';
  readonly opened: boolean;
  readonly path: string;
  close(): void;
}

function RemoveDialog({ person, asked, opened, path, close }: RemoveParts) {
  const all = asked === 'all';
  const called = calledOf(person);
  const action = useAction<void, Saved>({
    run: () => order('DELETE', asked === 'all' ? path : `${path}/${asked.id}`),
    done: (output) => saved(all ? 'All second factors were removed.' : 'The second factor was removed.', output),
    onDone: close,
    refresh: ['/admin/api/users', '/admin/api/sessions'],
    quiet: true,
  });
  return (
    <FormDialog
      opened={opened}
      onClose={close}
      title={all ? `Remove all second factors of ${called}?` : `Remove this second factor of ${called}?`}
      submitLabel={all ? 'Remove all' : 'Remove factor'}
      danger
      action={action}
      onSubmit={action.run}
    >
      <p>
        Until they add another, {all ? 'their password alone' : 'what is left'} signs them in. Do this only when you are
        sure who has asked: a voice on the telephone is no proof.
      </p>
      <p>Every session of theirs ends, and they are told by mail.</p>
    </FormDialog>
  );
}
