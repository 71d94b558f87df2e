import { useId, useState } from 'react';
import { Section } from '../../kit/page.js';
import { count, plural } from '../../kit/words.js';
import { reasonInWords } from './attention-words.js';
import classes from './overview.module.css';
import { type Overview, sumOf } from './overview-answer.js';

interface Hour {
  readonly at: string;
  /** Null: it has not been counted. */
  readonly signedIn: number | null;
  readonly refused: number;
}

const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const height = 120;

/** The last 24 hours as bars: who got in, and who was refused by a licence. */
export function DayChart({ overview }: { readonly overview: Overview }) {
  const hours = hoursOf(overview);
  const [at, setAt] = useState<number | null>(null);
  const most = Math.max(1, ...hours.map(({ signedIn, refused }) => (signedIn ?? 0) + refused));
  const shown = at === null ? null : hours[at];
  const pattern = useId();
  return (
    <Section title="Sign-ins and refusals, last 24 hours">
      <p className={classes.legend} aria-hidden="true">
        {overview.signIns !== null && (
          <span>
            <i className={classes.keySignedIn} /> signed in
          </span>
        )}
        <span>
          <i className={classes.keyRefused} /> refused
        </span>
        <span className={classes.reading}>{shown ? wordsOf(shown) : `the highest bar: ${count(most)} in an hour`}</span>
      </p>
      <svg
        className={classes.chart}
        viewBox={`0 0 ${hours.length * 10} ${height}`}
        preserveAspectRatio="none"
        aria-hidden="true"
        onPointerLeave={() => setAt(null)}
      >
        <defs>
          <pattern id={pattern} width="3" height="3" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect className={classes.patternGround} width="3" height="3" />
            <rect className={classes.patternLine} width="1.4" height="3" />
          </pattern>
        </defs>
        {hours.map((hour, index) => (
          <Bars
            key={hour.at}
            hour={hour}
            index={index}
            most={most}
            fill={`url(#${pattern})`}
            shown={at === index}
            onShow={() => setAt(index)}
          />
        ))}
      </svg>
      <p className={classes.axis} aria-hidden="true">
        {[0, 6, 12, 18].map((index) => (
          <span key={index}>{time.format(new Date(hours[index]?.at ?? overview.at))}</span>
        ))}
        <span>now</span>
      </p>
      <Reasons overview={overview} />
      <HoursAsTable hours={hours} signInsKnown={overview.signIns !== null} />
    </Section>
  );
}

function Bars({
  hour,
  index,
  most,
  fill,
  shown,
  onShow,
}: {
  readonly hour: Hour;
  readonly index: number;
  readonly most: number;
  readonly fill: string;
  readonly shown: boolean;
  onShow(): void;
}) {
  const signedIn = ((hour.signedIn ?? 0) / most) * height;
  const refused = (hour.refused / most) * height;
  return (
    <g onPointerEnter={onShow}>
      <rect className={shown ? classes.hourShown : classes.hour} x={index * 10} width="10" height={height} />
      <rect className={classes.signedIn} x={index * 10 + 1} y={height - signedIn} width="8" height={signedIn} />
      <rect x={index * 10 + 1} y={height - signedIn - refused} width="8" height={refused} fill={fill} />
    </g>
  );
}

function Reasons({ overview }: { readonly overview: Overview }) {
  const reasons = Object.entries(overview.refusals.totals)
    .filter(([, number]) => number > 0)
    .sort(([, a], [, b]) => b - a);
  if (reasons.length === 0) return <p className={classes.reasons}>No licence has refused anybody.</p>;
  const told = reasons.map(([reason, number]) => `${count(number)} because ${reasonInWords(reason)}`);
  return <p className={classes.reasons}>Refused: {told.join(', ')}.</p>;
}

/** The same for those who do not see bars. */
function HoursAsTable({ hours, signInsKnown }: { readonly hours: readonly Hour[]; readonly signInsKnown: boolean }) {
  return (
    <details className={classes.figures}>
      <summary>As a table</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">From</th>
            {signInsKnown && <th scope="col">Signed in</th>}
            <th scope="col">Refused</th>
          </tr>
        </thead>
        <tbody>
          {hours.map(({ at, signedIn, refused }) => (
            <tr key={at}>
              <th scope="row">{time.format(new Date(at))}</th>
              {signInsKnown && <td>{count(signedIn ?? 0)}</td>}
              <td>{count(refused)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function hoursOf({ signIns, refusals }: Overview): Hour[] {
  const refused = new Map(refusals.hours.map(({ at, reasons }) => [at, sumOf(reasons)]));
  const signedIn = new Map(signIns?.hours.map(({ at, results }) => [at, results['signed-in'] ?? 0]));
  const all = [...new Set([...refused.keys(), ...signedIn.keys()])].sort();
  return all.map((at) => ({ at, signedIn: signIns && (signedIn.get(at) ?? 0), refused: refused.get(at) ?? 0 }));
}

function wordsOf({ at, signedIn, refused }: Hour): string {
  const signIns = signedIn === null ? '' : `${plural(signedIn, 'sign-in')}, `;
  return `from ${time.format(new Date(at))}: ${signIns}${count(refused)} refused`;
}
