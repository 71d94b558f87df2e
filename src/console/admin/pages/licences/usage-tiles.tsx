import type { ReactNode } from 'react';
import { spanInWords, When } from '../../kit/when.js';
import { count } from '../../kit/words.js';
import classes from './licences.module.css';
import { limitAtPeak, summaryOf, type UsageItem } from './usage-figures.js';

/** What stands out in a time, in figures. */
export function UsageTiles({
  items,
  limits,
}: {
  readonly items: readonly UsageItem[];
  readonly limits: readonly (number | null)[];
}) {
  const { peak, peakAt, average, minutesFull, admissions, refusals, trueRefusals } = summaryOf(items);
  const limit = limitAtPeak(items, limits);
  return (
    <dl className={classes.tiles}>
      <Tile name="Peak" figure={count(peak)}>
        {limit !== null && `of ${count(limit)}, `}
        <When at={peakAt} none="never" />
      </Tile>
      <Tile name="Average" figure={average.toFixed(1)}>
        seats in use
      </Tile>
      <Tile name="Full for" figure={spanInWords(Math.round(minutesFull * 60))}>
        no seat was free
      </Tile>
      <Tile name="Sign-ins" figure={count(admissions)}>
        let in
      </Tile>
      <Tile name="Refused" figure={count(refusals)}>
        {count(trueRefusals)} turned away for good
      </Tile>
    </dl>
  );
}

function Tile({
  name,
  figure,
  children,
}: {
  readonly name: string;
  readonly figure: string;
  readonly children: ReactNode;
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {figure}
        <small>{children}</small>
      </dd>
    </div>
  );
}
