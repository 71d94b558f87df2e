import { Button, SegmentedControl, TextInput } from '@mantine/core';
import { Download } from 'lucide-react';
import { lazy, Suspense, useMemo } from 'react';
import { nowMs } from '../../../../client/clock.js';
import { addressOf } from '../../api/ask.js';
import { useAsk } from '../../api/queries.js';
import { Empty } from '../../kit/empty.js';
import { Unanswered } from '../../kit/unanswered.js';
import { useUrlState } from '../../kit/url-state.js';
import { Waiting } from '../../kit/waiting.js';
import { licencePath } from './licence-calls.js';
import type { Licence } from './licence-types.js';
import classes from './licences.module.css';
import { SeatAdvice } from './seat-advice.js';
import {
  customRange,
  limitsOf,
  namedRange,
  type RangeName,
  rangeNames,
  rangeWords,
  type UsageItem,
  type UsageRange,
} from './usage-figures.js';
import { UsageLegend } from './usage-legend.js';
import { UsageTable } from './usage-table.js';
import { UsageTiles } from './usage-tiles.js';

const UsagePlot = lazy(() => import('./usage-plot.js').then((module) => ({ default: module.UsagePlot })));

/** Usage as the server answers it. */
interface UsageAnswer {
  readonly bucket: UsageRange['bucket'];
  readonly items: readonly UsageItem[];
}

/** How full a licence was, as a plot and as a table, and how many seats it could do with. */
export function UsagePanel({ licence }: { readonly licence: Licence }) {
  const [params, set] = useUrlState();
  const name = rangeNames.find((one) => one === params['range']) ?? 'week';
  const { firstDay = '', lastDay = '' } = params;
  // The named ranges end with this hour, so that the question stays the same while one looks at it.
  const hour = Math.floor(nowMs() / 3_600_000);
  const range = useMemo(
    () => (name === 'custom' ? customRange(firstDay, lastDay) : namedRange(name, (hour + 1) * 3_600_000)),
    [name, firstDay, lastDay, hour],
  );
  return (
    <>
      <SeatAdvice licence={licence} />
      <div className={classes.row}>
        <SegmentedControl
          aria-label="Time shown"
          value={name}
          onChange={(next) => set({ range: next === 'week' ? null : next })}
          data={rangeNames.map((value) => ({ value, label: rangeWords[value] }))}
        />
        {name === 'custom' && <Days firstDay={firstDay} lastDay={lastDay} onChange={set} />}
      </div>
      {range === null ? (
        <p className={classes.muted}>Choose the first and the last day.</p>
      ) : (
        <UsageOf licence={licence} range={range} name={name} />
      )}
    </>
  );
}

function Days({
  firstDay,
  lastDay,
  onChange,
}: {
  firstDay: string;
  lastDay: string;
  onChange: (patch: Record<string, string>) => void;
}) {
  const wrong = firstDay !== '' && lastDay !== '' && lastDay < firstDay;
  return (
    <>
      <TextInput
        type="date"
        label="First day"
        value={firstDay}
        onChange={({ currentTarget }) => onChange({ firstDay: currentTarget.value })}
      />
      <TextInput
        type="date"
        label="Last day"
        value={lastDay}
        error={wrong ? 'Lies before the first day.' : undefined}
        onChange={({ currentTarget }) => onChange({ lastDay: currentTarget.value })}
      />
    </>
  );
}

function UsageOf({
  licence,
  range,
  name,
}: {
  readonly licence: Licence;
  readonly range: UsageRange;
  readonly name: RangeName;
}) {
  const { from, to, bucket } = range;
  const path = `${licencePath(licence.id)}/usage`;
  const usage = useAsk<UsageAnswer>(path, { from, to, bucket }, { keep: true, staleTime: 60_000 });
  const items = usage.data?.items;
  const limits = useMemo(() => limitsOf(items ?? [], licence.seats), [items, licence.seats]);
  if (items === undefined) return <Unanswered asked={usage} lines={8} label="Loading the figures" />;
  if (items.every(({ peak, refusals }) => peak === 0 && refusals === 0)) {
    return (
      <Empty title="Nobody sat here in this time">Choose a longer time, or come back when people have signed in.</Empty>
    );
  }
  return (
    <>
      <UsageTiles items={items} limits={limits} />
      <figure className={classes.figure}>
        <Suspense fallback={<Waiting lines={8} label="Drawing" />}>
          <UsagePlot items={items} limits={limits} bucket={usage.data?.bucket ?? bucket} />
        </Suspense>
        <figcaption>
          <UsageLegend />
        </figcaption>
      </figure>
      <div className={classes.row}>
        <Button
          component="a"
          href={addressOf(path, { from, to, bucket, format: 'csv' })}
          download={`usage-${licence.serial}-${name}.csv`}
          variant="default"
          leftSection={<Download size={16} aria-hidden />}
        >
          Download as CSV
        </Button>
      </div>
      <UsageTable items={items} limits={limits} bucket={bucket} />
    </>
  );
}
