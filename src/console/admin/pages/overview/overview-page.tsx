import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from 'wouter';
import { useLive } from '../../api/feed.js';
import { useMe } from '../../api/me.js';
import { useAsk } from '../../api/queries.js';
import { Empty } from '../../kit/empty.js';
import { Failed } from '../../kit/failed.js';
import { Page } from '../../kit/page.js';
import { Waiting } from '../../kit/waiting.js';
import { AttentionList } from './attention-list.js';
import { DayChart } from './day-chart.js';
import { Figures } from './figures.js';
import { LicenceBars } from './licence-bars.js';
import classes from './overview.module.css';
import type { Overview } from './overview-answer.js';

const path = '/admin/api/overview';

/** How the house stands at this moment. It moves by itself. */
export function OverviewPage() {
  const me = useMe();
  const { data, error, failureReason, refetch } = useAsk<Overview>(path, {}, { refetchInterval: 60_000 });
  useMovingFigures();
  const problem = error ?? failureReason;
  return (
    <Page title="Overview" description="Who sits in the house now, and what needs you. The figures move by themselves.">
      {data === undefined && problem !== null && <Failed problem={problem} onRetry={() => void refetch()} />}
      {data === undefined && problem === null && <Waiting lines={9} label="Loading the overview" />}
      {data !== undefined && <Shown overview={data} mayCreate={me.can('licence.write')} />}
    </Page>
  );
}

function Shown({ overview, mayCreate }: { readonly overview: Overview; readonly mayCreate: boolean }) {
  if (overview.licences.total === 0) {
    return (
      <Empty
        title="No licence yet"
        action={
          mayCreate && (
            <Button component={Link} href="/licences?new=1">
              Create the first licence
            </Button>
          )
        }
      >
        As soon as there is one, this page shows who sits in it, seat by seat.
      </Empty>
    );
  }
  return (
    <>
      <Figures overview={overview} />
      <div className={classes.halves}>
        <AttentionList attention={overview.attention} />
        <DayChart overview={overview} />
      </div>
      <LicenceBars licences={overview.licences} />
    </>
  );
}

/** Has the feed move the figures; what it does not tell is asked for again when something happened that changes it. */
function useMovingFigures(): void {
  const client = useQueryClient();
  const move = (change: (overview: Overview) => Overview) =>
    client.setQueryData<Overview>([path, {}], (overview) => (overview === undefined ? undefined : change(overview)));
  useLive('sessions', ({ live }) => move((overview) => ({ ...overview, sessions: { live } })));
  useLive('seats', ({ licenceId, used }) => move((overview) => withUsed(overview, licenceId, used)));
  useLive('sign-ins', ({ at, results }) => move((overview) => withHour(overview, at, results)));
  useLive('notice', () => void client.invalidateQueries({ queryKey: [path] }));
}

/** The sum moves by as much as the licence did. */
function withUsed(overview: Overview, licenceId: string, used: number): Overview {
  const before = overview.licences.items.find(({ id }) => id === licenceId);
  if (before === undefined || before.used === used) return overview;
  const items = overview.licences.items.map((one) => (one === before ? { ...one, used } : one));
  const seats = { ...overview.seats, used: overview.seats.used + used - before.used };
  return { ...overview, seats, licences: { ...overview.licences, items } };
}

function withHour(overview: Overview, at: string, results: Readonly<Record<string, number>>): Overview {
  const { signIns } = overview;
  if (signIns === null || signIns === undefined) return overview;
  const before = signIns.hours.find((hour) => hour.at === at);
  const hours =
    before === undefined
      ? [...signIns.hours.slice(1), { at, results }]
      : signIns.hours.map((hour) => (hour === before ? { at, results } : hour));
  const totals: Record<string, number> = {};
  for (const hour of hours) {
    for (const [name, number] of Object.entries(hour.results)) totals[name] = (totals[name] ?? 0) + number;
  }
  return { ...overview, signIns: { ...signIns, hours, totals } };
}
