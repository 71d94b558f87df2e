import { Button } from '@mantine/core';
import { Download } from 'lucide-react';
import { useMemo } from 'react';
import { nowMs } from '../../../../client/clock.js';
import { addressOf } from '../../api/ask.js';
import { acts, type Column } from '../../kit/columns.js';
import { DataTable } from '../../kit/data-table.js';
import { Empty } from '../../kit/empty.js';
import { FilterSelect } from '../../kit/filter-select.js';
import { PersonLink } from '../../kit/link-to.js';
import { RowButton } from '../../kit/row-button.js';
import { State } from '../../kit/state.js';
import { useUrlState } from '../../kit/url-state.js';
import { useAsked } from '../../kit/use-asked.js';
import { type Listed, useList } from '../../kit/use-list.js';
import { When } from '../../kit/when.js';
import { count, plural } from '../../kit/words.js';
import { AskWhy, Why } from './ask-why.js';
import { licencePath } from './licence-calls.js';
import type { Denial, Licence } from './licence-types.js';
import { refusalWords } from './licence-words.js';
import classes from './licences.module.css';

const spans = [
  { value: '1', label: 'Last 24 hours' },
  { value: '7', label: 'Last 7 days' },
  { value: '365', label: 'Last year' },
];
const dayMs = 86_400_000;

/** A page of them, and the totals over the whole time. */
interface Refusals extends Listed<Denial> {
  readonly totals: {
    readonly refusals: number;
    readonly trueRefusals: number;
    readonly byReason: Readonly<Record<string, { readonly refusals: number }>>;
  };
}

/** Whom a licence refused, and why: each with its story, and a question of one's own. */
export function RefusalsPanel({ licence }: { readonly licence: Licence }) {
  const [{ days = '30' }] = useUrlState();
  const hour = Math.floor(nowMs() / 3_600_000);
  const from = useMemo(() => new Date((hour + 1) * 3_600_000 - Number(days) * dayMs).toISOString(), [hour, days]);
  const path = `${licencePath(licence.id)}/denials`;
  const query = { from, bucket: 'day' };
  const list = useList<Denial, Refusals>(path, query);
  const { about, opened, ask, close } = useAsked<Denial>();
  const columns = useMemo(() => columnsOf(ask), [ask]);
  return (
    <>
      <AskWhy licenceId={licence.id} />
      <div className={classes.row}>
        <FilterSelect label="Time" param="days" options={spans} any="Last 30 days" />
        <Button
          component="a"
          variant="default"
          href={addressOf(path, { ...query, format: 'csv' })}
          download={`refusals-${licence.serial}.csv`}
          leftSection={<Download size={16} aria-hidden />}
        >
          Download as CSV
        </Button>
        {list.first !== undefined && <span className={classes.muted}>{totalsInWords(list.first)}</span>}
      </div>
      <DataTable
        name="Refusals"
        list={list}
        columns={columns}
        rowKey={({ id }) => id}
        rowLabel={({ at, user }) => `${user?.email ?? 'somebody'} at ${at}`}
        empty={<Empty title="Nobody was refused">In this time everybody who asked for a seat got one.</Empty>}
      />
      {about?.user && (
        <Why user={about.user.email} at={about.at} licenceId={licence.id} opened={opened} onClose={close} />
      )}
    </>
  );
}

function totalsInWords({ totals: { refusals, trueRefusals, byReason } }: Refusals): string {
  const reasons = Object.entries(byReason)
    .filter(([, { refusals: some }]) => some > 0)
    .map(([reason, { refusals: some }]) => `${(refusalWords[reason] ?? reason).toLowerCase()} ${count(some)}`);
  if (refusals === 0) return '';
  return `${plural(refusals, 'refusal')}, ${count(trueRefusals)} turned away for good: ${reasons.join(', ')}`;
}

function columnsOf(onAsk: (denial: Denial) => void): Column<Denial>[] {
  return [
    {
      id: 'who',
      header: 'Person',
      primary: true,
      cell: ({ user }) =>
        user === null ? <span className={classes.muted}>not shown</span> : <PersonLink user={user} />,
    },
    { id: 'at', header: 'When', width: 130, cell: ({ at }) => <When at={at} /> },
    { id: 'reason', header: 'Why', cell: ({ reason }) => refusalWords[reason] ?? reason },
    {
      id: 'seats',
      header: 'Seats then',
      align: 'right',
      width: 120,
      wide: true,
      cell: ({ used, limit }) => (limit === null ? count(used) : `${count(used)} of ${count(limit)}`),
    },
    {
      id: 'outcome',
      header: 'After that',
      width: 170,
      cell: (denial) =>
        denial.true ? <State kind="warning">Turned away</State> : <State kind="neutral">Tried again at once</State>,
    },
    acts('Explain', 110, (denial) =>
      denial.user === null ? null : (
        <RowButton label={`Explain the refusal of ${denial.user.email}`} onClick={() => onAsk(denial)}>
          Explain
        </RowButton>
      ),
    ),
  ];
}
