import { Progress } from '@mantine/core';
import { count } from '../../kit/words.js';
import classes from './sessions.module.css';

/** How many of those that are to end have ended. */
export function HowFar({ ended, total }: { readonly ended: number; readonly total: number }) {
  const share = total === 0 ? 100 : Math.min(100, (ended / total) * 100);
  return (
    <div className={classes.progress}>
      <Progress value={share} aria-label="Sessions ended" transitionDuration={100} />
      <p role="status">
        {count(ended)} of {count(total)} ended
      </p>
    </div>
  );
}
