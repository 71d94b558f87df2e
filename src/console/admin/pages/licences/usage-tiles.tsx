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
      <div>
        <dt>Peak</dt>
        <dd>
          {count(peak)}
          <small>
            {limit !== null && `of ${count(limit)}, `}
            <When at={peakAt} none="never" />
          </small>
        </dd>
      </div>
      <div>
        <dt>Average</dt>
        <dd>
          {average.toFixed(1)}
          <small>seats in use</small>
        </dd>
      </div>
      <div>
        <dt>Full for</dt>
        <dd>
          {spanInWords(Math.round(minutesFull * 60))}
          <small>no seat was free</small>
        </dd>
      </div>
      <div>
        <dt>Sign-ins</dt>
        <dd>
          {count(admissions)}
          <small>let in</small>
        </dd>
      </div>
      <div>
        <dt>Refused</dt>
        <dd>
          {count(refusals)}
          <small>{count(trueRefusals)} turned away for good</small>
        </dd>
      </div>
    </dl>
  );
}
