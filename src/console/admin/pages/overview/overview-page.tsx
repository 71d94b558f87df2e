import { Button } from '@mantine/core';
import { useThrottledCallback } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from 'wouter';
import { type FeedEvents, useLive } from '../../api/feed.js';
import { useMe } from '../../api/me.js';
import { useAsk } from '../../api/queries.js';
import { Empty } from '../../kit/empty.js';
import { Page } from '../../kit/page.js';
import { Unanswered } from '../../kit/unanswered.js';
import { AttentionList } from './attention-list.js';
import { DayChart } from './day-chart.js';
import { Figures } from './figures.js';
import { LicenceBars } from './licence-bars.js';
import classes from './overview.module.css';
import type { Overview } from './overview-answer.js';

const path = '/admin/api/overview';
/** It is read anew this often at most. */
const restMs = 2_500;

/** How the house stands at this moment. It moves by itself. */
export function OverviewPage() {
  const me = useMe();
  const asked = useAsk<Overview>(path, {}, { refetchInterval: 60_000 });
  useMovingFigures();
  return (
    <Page title="Overview" description="Who sits in the house now, and what needs you. The figures move by themselves.">
      {asked.data === undefined ? (
        <Unanswered asked={asked} lines={9} label="Loading the overview" />
      ) : (
        <Shown overview={asked.data} mayCreate={me.can('licence.write')} />
      )}
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
            <Button component={Link} href="/licences">
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
  const look = useThrottledCallback(() => void client.invalidateQueries({ queryKey: [path] }), restMs);
  const move = (change: (overview: Overview) => Overview) =>
    client.setQueryData<Overview>([path, {}], (overview) => (overview === undefined ? undefined : change(overview)));
  useLive('sessions', ({ live }) => move((overview) => ({ ...overview, sessions: { live } })));
  useLive('seats', (moved) => {
    move((overview) => withSeats(overview, moved));
    if (!isListed(client.getQueryData<Overview>([path, {}]), moved.licenceId)) look();
  });
  useLive('sign-ins', ({ at, results }) => {
    move((overview) => withHour(overview, at, results));
    // Who tried to sign in may have been refused, which the feed does not tell.
    look();
  });
  useLive('notice', look);
}

/** Only the fullest licences are listed: what the others had before is not known here. */
function isListed(overview: Overview | undefined, licenceId: string): boolean {
  return overview === undefined || overview.licences.items.some(({ id }) => id === licenceId);
}

/** The sums move by as much as the licence did. */
function withSeats(overview: Overview, { licenceId, used, limit }: FeedEvents['seats']): Overview {
  const before = overview.licences.items.find(({ id }) => id === licenceId);
  if (before === undefined || (before.used === used && before.seats === limit)) return overview;
  const after = { ...before, used, seats: limit, over: Math.max(0, used - limit) };
  const items = overview.licences.items.map((one) => (one === before ? after : one));
  const seats = {
    used: overview.seats.used + used - before.used,
    limit: overview.seats.limit + limit - before.seats,
  };
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
