import { useState } from 'react';
import { count } from '../../kit/words.js';
import classes from './licences.module.css';
import { stretchInWords, type UsageItem, type UsageRange } from './usage-figures.js';

/** What the table shows. */
export interface UsageTableProps {
  readonly items: readonly UsageItem[];
  readonly limits: readonly (number | null)[];
  readonly bucket: UsageRange['bucket'];
}

/** The same figures as in the plot, for reading. They are laid out when they are asked for. */
export function UsageTable({ items, limits, bucket }: UsageTableProps) {
  const [opened, setOpened] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setOpened(currentTarget.open)}>
      <summary className={classes.summary}>The figures as a table</summary>
      {opened && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
        <section className={classes.scroll} tabIndex={0} aria-label="Figures of usage">
          <table className={classes.figures}>
            <thead>
              <tr>
                {[
                  'Time',
                  'Most in use',
                  'Limit',
                  'Average',
                  'Minutes full',
                  'People',
                  'Sign-ins',
                  'Refused',
                  'Turned away',
                ].map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {items.map((item, index) => (
                <tr key={item.at}>
                  <th scope="row">{stretchInWords(item.at, bucket)}</th>
                  <td>{count(item.peak)}</td>
                  <td>{limits[index] === null || limits[index] === undefined ? '–' : count(limits[index])}</td>
                  <td>{item.average.toFixed(1)}</td>
                  <td>{count(Math.round(item.minutesFull))}</td>
                  <td>{count(item.distinctUsers)}</td>
                  <td>{count(item.admissions)}</td>
                  <td>{count(item.refusals)}</td>
                  <td>{count(item.trueRefusals)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  );
}
