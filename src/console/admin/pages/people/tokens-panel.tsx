import { useState } from 'react';
import { useMe } from '../../api/me.js';
import { acts, type Column } from '../../kit/columns.js';
import { DataTable } from '../../kit/data-table.js';
import { FormDialog } from '../../kit/dialogs.js';
import { Empty } from '../../kit/empty.js';
import { Section } from '../../kit/page.js';
import { RowButton } from '../../kit/row-button.js';
import { order, type Saved } from '../../kit/saved.js';
import { State } from '../../kit/state.js';
import { useAction } from '../../kit/use-action.js';
import { useList } from '../../kit/use-list.js';
import { Until, When } from '../../kit/when.js';
import type { IssuedToken, Person } from './answers.js';

const shown: Column<IssuedToken>[] = [
  { id: 'audience', header: 'For', primary: true, cell: ({ audience }) => audience },
  { id: 'state', header: 'State', width: 140, cell: (token) => <TokenState token={token} /> },
  { id: 'issued', header: 'Issued', width: 140, cell: ({ issuedAt }) => <When at={issuedAt} /> },
  { id: 'ends', header: 'Ends', width: 120, cell: ({ expiresAt }) => <Until at={expiresAt} over="over" /> },
];

/** The tokens that somebody's sessions were exchanged for, and how one is revoked. */
export function TokensPanel({ person }: { readonly person: Person }) {
  const { can } = useMe();
  const list = useList<IssuedToken>('/admin/api/tokens', { userId: person.id });
  const [asked, setAsked] = useState<IssuedToken | null>(null);
  const close = () => setAsked(null);
  const action = useAction<IssuedToken, Saved>({
    run: ({ jti }) => order('DELETE', `/admin/api/tokens/${jti}`),
    done: () => 'The token was revoked.',
    onDone: close,
    refresh: ['/admin/api/tokens'],
    quiet: true,
  });
  const revoke = acts<IssuedToken>(
    'Revoke',
    120,
    (token) =>
      isLive(token) && (
        <RowButton label={`Revoke the token for ${token.audience}`} onClick={() => setAsked(token)}>
          Revoke
        </RowButton>
      ),
  );
  return (
    <Section title="Tokens for applications" description="They show until a day after their end">
      <DataTable
        name="Tokens"
        list={list}
        columns={can('session.end') ? [...shown, revoke] : shown}
        rowKey={({ jti }) => jti}
        rowLabel={({ audience }) => audience}
        empty={<Empty title="No tokens">No session of theirs was exchanged for one lately.</Empty>}
      />
      <FormDialog
        opened={asked !== null}
        onClose={close}
        title="Revoke this token?"
        submitLabel="Revoke token"
        danger
        action={action}
        onSubmit={() => asked !== null && action.run(asked)}
      >
        <p>
          Applications that ask about it learn so at once; others take it until it ends. The session goes on and can be
          exchanged for another: to stop that too, end the session.
        </p>
      </FormDialog>
    </Section>
  );
}

function isLive({ revokedAt, usedAt, expiresAt }: IssuedToken): boolean {
  return revokedAt === null && usedAt === null && Date.parse(expiresAt) > Date.now();
}

function TokenState({ token }: { readonly token: IssuedToken }) {
  if (token.revokedAt !== null) return <State kind="danger">revoked</State>;
  if (token.usedAt !== null) return <State kind="neutral">used</State>;
  return isLive(token) ? <State kind="good">good{token.once && ' once'}</State> : <State kind="neutral">over</State>;
}
