import { nowMs } from '../../../../client/clock.js';
import { Facts } from '../../kit/facts.js';
import { count, plural } from '../../kit/words.js';
import type { Licence } from './licence-types.js';
import { dayInWords, refusalWords, stateOf, validityInWords } from './licence-words.js';
import { minutes, policyInShort } from './policy-words.js';
import classes from './report.module.css';
import { ReportBars } from './report-bars.js';
import {
  type Advice,
  adviceInWords,
  limitAtPeak,
  limitsOf,
  stretchInWords,
  summaryOf,
  type UsageItem,
} from './usage-figures.js';

/** The figures of the thirty days a report is about. */
export interface ReportUsage {
  readonly from: string;
  readonly to: string;
  readonly items: readonly UsageItem[];
}

/** What the report tells. */
export interface ReportSheetProps {
  readonly licence: Licence;
  readonly usage: ReportUsage;
  readonly byReason: Readonly<Record<string, { readonly refusals: number }>>;
  readonly advice: Advice;
  /** Who has it made. */
  readonly by: string;
}

/** The sheet itself, laid out for one page of paper. */
export function ReportSheet({ licence, usage, byReason, advice, by }: ReportSheetProps) {
  const { owner, serial, seats, members, policy } = licence;
  const sum = summaryOf(usage.items);
  const limits = limitsOf(usage.items, seats);
  const most = limitAtPeak(usage.items, limits) ?? seats;
  const { what, why } = adviceInWords({ ...advice, seats });
  const reasons = Object.entries(byReason).filter(([, { refusals }]) => refusals > 0);
  const last = new Date(Date.parse(usage.to) - 1).toISOString();
  return (
    <article className={classes.sheet}>
      <header>
        <p className={classes.kicker}>Licence report</p>
        <h2>{licence.name}</h2>
        <p>
          For {owner.name} · {dayInWords(usage.from)} to {dayInWords(last)}
        </p>
      </header>
      <Facts
        facts={[
          ['Serial', serial],
          ['Seats', count(seats)],
          ['Members', members === undefined ? '–' : count(members)],
          ['Valid', validityInWords(licence)],
          ['State', stateOf(licence).words],
        ]}
      />
      <section>
        <h3>Seats in use, day by day</h3>
        <ReportBars items={usage.items} limits={limits} />
        <Facts
          facts={[
            [
              'Peak',
              sum.peakAt === null ? '0' : `${count(sum.peak)} of ${count(most)}, ${stretchInWords(sum.peakAt, 'day')}`,
            ],
            ['Average', sum.average.toFixed(1)],
            ['Full for', sum.minutesFull < 1 ? '0 minutes' : minutes(Math.round(sum.minutesFull))],
            ['Sign-ins', count(sum.admissions)],
            ['Refused', `${count(sum.refusals)}, ${count(sum.trueRefusals)} turned away for good`],
          ]}
        />
      </section>
      <section>
        <h3>Recommended seats</h3>
        <p>
          <strong>{what}</strong> {why}
        </p>
      </section>
      {reasons.length > 0 && (
        <section>
          <h3>Why people were refused</h3>
          <ul>
            {reasons.map(([reason, { refusals }]) => (
              <li key={reason}>
                {refusalWords[reason] ?? reason}: {plural(refusals, 'time')}
              </li>
            ))}
          </ul>
        </section>
      )}
      <section>
        <h3>When it is full</h3>
        <p>{policyInShort(policy)}</p>
      </section>
      <footer>
        Made on {dayInWords(new Date(nowMs()).toISOString())} by {by}. Days are those of UTC.
      </footer>
    </article>
  );
}
