import { count } from '../../kit/words.js';
import classes from './report.module.css';
import { limitAtPeak, stretchInWords, summaryOf, type UsageItem } from './usage-figures.js';

const width = 620;
const height = 130;
const foot = 18;

/** What the bars show. */
export interface ReportBarsProps {
  readonly items: readonly UsageItem[];
  /** The limit of each of them. */
  readonly limits: readonly number[];
}

/** The most seats in use each day as bars, with the limit of each: drawn to be printed as it is seen. */
export function ReportBars({ items, limits }: ReportBarsProps) {
  const { peak } = summaryOf(items);
  const seats = limits.at(-1) ?? 0;
  const top = Math.max(1, peak, ...limits) * 1.08;
  const step = width / Math.max(1, items.length);
  const y = (value: number) => height - (value / top) * height;
  return (
    <svg
      className={classes.bars}
      viewBox={`0 0 ${width} ${height + foot}`}
      role="img"
      aria-label={`Most seats in use each day: at most ${count(peak)} of ${count(limitAtPeak(items, limits) ?? seats)}.`}
    >
      {items.map(({ at, peak: most, refusals }, index) => (
        <g key={at}>
          <rect
            className={classes.bar}
            x={index * step + 1}
            width={Math.max(1, step - 3)}
            y={y(most)}
            height={height - y(most)}
          />
          {refusals > 0 && <path className={classes.mark} d={`M${index * step + step / 2 - 6} 2h10l-5 8z`} />}
          {index % 7 === 0 && (
            <text x={index * step + 1} y={height + 14}>
              {stretchInWords(at, 'day')
                .replace(/^\w+,? /, '')
                .replace(/ \d{4}$/, '')}
            </text>
          )}
        </g>
      ))}
      <path
        className={classes.limit}
        fill="none"
        d={limits.map((limit, index) => `${index === 0 ? 'M0 ' : 'V'}${y(limit)}H${(index + 1) * step}`).join('')}
      />
      <text className={classes.limitWords} x={width} y={y(seats) - 4} textAnchor="end">
        {count(seats)} seats
      </text>
    </svg>
  );
}
