import { Button } from '@mantine/core';
import { useAsk } from '../../api/queries.js';
import { acts, type Column } from '../../kit/columns.js';
import { Device } from '../../kit/device.js';
import { FormDialog } from '../../kit/dialogs.js';
import { Empty } from '../../kit/empty.js';
import { Section } from '../../kit/page.js';
import { RowButton } from '../../kit/row-button.js';
import { order, type Saved } from '../../kit/saved.js';
import { SimpleTable } from '../../kit/simple-table.js';
import { Unanswered } from '../../kit/unanswered.js';
import { useAction } from '../../kit/use-action.js';
import { useAsked } from '../../kit/use-asked.js';
import { Until, When } from '../../kit/when.js';
import type { Person, RememberedBrowser } from './answers.js';
import { useMayChange } from './may-change.js';
import { browserInWords, calledOf } from './words.js';

const shown: Column<RememberedBrowser>[] = [
  {
    id: 'device',
    header: 'Browser',
    primary: true,
    cell: (one) => <Device {...one} />,
  },
  { id: 'since', header: 'Remembered since', width: 160, cell: ({ createdAt }) => <When at={createdAt} /> },
  { id: 'used', header: 'Last used', width: 130, cell: ({ lastUsedAt }) => <When at={lastUsedAt} /> },
  { id: 'until', header: 'For another', width: 130, cell: ({ expiresAt }) => <Until at={expiresAt} /> },
];

/** The browsers in which somebody stays signed in, and how they are forgotten. */
export function BrowsersPanel({ person }: { readonly person: Person }) {
  const { allowed } = useMayChange(person);
  const path = `/admin/api/users/${person.id}/browsers`;
  const found = useAsk<{ items: RememberedBrowser[] }>(path);
  const { about, opened, ask, close } = useAsked<RememberedBrowser | 'all'>();
  const items = found.data?.items ?? [];
  const forget = acts<RememberedBrowser>('Forget', 110, (one) => (
    <RowButton label={`Forget ${browserInWords(one)}`} onClick={() => ask(one)}>
      Forget
    </RowButton>
  ));
  return (
    <Section
      title="Remembered browsers"
      description="There they come back without their password"
      actions={
        allowed &&
        items.length > 1 && (
          <Button variant="default" size="xs" onClick={() => ask('all')}>
            Forget all {items.length}
          </Button>
        )
      }
    >
      {found.data === undefined ? (
        <Unanswered asked={found} lines={2} />
      ) : (
        <SimpleTable
          name="Remembered browsers"
          columns={allowed ? [...shown, forget] : shown}
          rows={items}
          rowKey={({ id }) => id}
          empty={<Empty title="No browser is remembered">They sign in with their password each time.</Empty>}
        />
      )}
      {about !== null && <ForgetDialog person={person} asked={about} opened={opened} path={path} close={close} />}
    </Section>
  );
}

interface ForgetParts {
  readonly person: Person;
  readonly asked: RememberedBrowser | 'all';
  readonly opened: boolean;
  readonly path: string;
  close(): void;
}

function ForgetDialog({ person, asked, opened, path, close }: ForgetParts) {
  const all = asked === 'all';
  const called = calledOf(person);
  const action = useAction<void, Saved>({
    run: () => order('DELETE', asked === 'all' ? path : `${path}/${encodeURIComponent(asked.id)}`),
    done: () => (all ? 'All browsers were forgotten.' : 'The browser was forgotten.'),
    onDone: close,
    refresh: [path],
    quiet: true,
  });
  return (
    <FormDialog
      opened={opened}
      onClose={close}
      title={all ? `Forget all browsers of ${called}?` : `Forget this browser of ${called}?`}
      submitLabel={all ? 'Forget all' : 'Forget browser'}
      action={action}
      onSubmit={action.run}
    >
      <p>
        They need their password there the next time. A session that is open stays open: to end it, use “Live sessions”.
      </p>
    </FormDialog>
  );
}
