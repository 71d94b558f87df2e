import type { ReactNode } from 'react';
import { useMe } from '../../api/me.js';
import { Gauge } from '../../kit/gauge.js';
import { LinkTo } from '../../kit/link-to.js';
import { count } from '../../kit/words.js';
import classes from './overview.module.css';
import { type Overview, sumOf } from './overview-answer.js';

/** The few numbers that say how the house stands. */
export function Figures({ overview }: { readonly overview: Overview }) {
  const { sessions, seats, signIns, refusals } = overview;
  const { managesOnly } = useMe();
  return (
    <div className={classes.figureRow}>
      <Figure name="Live sessions" number={sessions.live}>
        <LinkTo href="/sessions">See who they are</LinkTo>
      </Figure>
      <div className={classes.figure}>
        <h2>Seats in use</h2>
        <Gauge used={seats.used} limit={seats.limit} label="Seats in use, all licences" size="lg" />
      </div>
      {signIns !== null && (
        <Figure name="Signed in, last 24 h" number={signIns.totals['signed-in'] ?? 0}>
          {count(sumOf(signIns.totals, isFailure))} attempts failed
        </Figure>
      )}
      {signIns === null && !managesOnly && (
        <div className={classes.figure}>
          <h2>Signed in, last 24 h</h2>
          <p className={classes.beside}>
            Too many to count at once. They are being counted hour by hour, and are here in a few minutes.
          </p>
        </div>
      )}
      <Figure name="Refused, last 24 h" number={sumOf(refusals.totals)}>
        {count(refusals.totals['FULL'] ?? 0)} for want of a seat
      </Figure>
    </div>
  );
}

/** A step on the way in is none. */
function isFailure(result: string): boolean {
  return !['signed-in', 'second-factor-required', 'licence-choice-required'].includes(result);
}

function Figure({
  name,
  number,
  children,
}: {
  readonly name: string;
  readonly number: number;
  readonly children: ReactNode;
}) {
  return (
    <div className={classes.figure}>
      <h2>{name}</h2>
      <p className={classes.number}>{count(number)}</p>
      <p className={classes.beside}>{children}</p>
    </div>
  );
}
